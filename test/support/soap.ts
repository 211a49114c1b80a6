/** Sends requests to the SOAP transport, and reads the answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeText } from '../../adapters/xml/characters.ts';
import { HOME } from '../../gateway/config.ts';
import { BodySchema } from '../../gateway/transports/soap/schema.ts';
import { SERVICES, type ServiceName, wsdlOf } from '../../gateway/transports/soap/services.ts';

export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
export const CJSE = 'http://schemas.cjse.gov.uk/endpoint/types/';
export const ACTIONS = {
  submit: 'http://schemas.cjse.gov.uk/endpoint/wsdl/submit',
  retrieve: 'http://schemas.cjse.gov.uk/endpoint/wsdl/retrieve',
};

export const envelope11 = (body: string, header = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="${SOAP_11}">${header === '' ? '' : `<e:Header>${header}</e:Header>`}<e:Body>${body}</e:Body></e:Envelope>`;

export interface Submission {
  readonly id?: string;
  readonly mode?: 'SYNCH' | 'ASYNCH' | 'ROUTE';
  /** The content of the element, already escaped. */
  readonly content?: string;
}

export const submitBody = (message: string, { id = 'request-1', mode = 'SYNCH', content = escapeText(message) }: Submission = {}): string =>
  `<c:SubmitRequestMes xmlns:c="${CJSE}"><c:RequestID>${id}</c:RequestID><c:SourceID>Z00POLICE</c:SourceID>` +
  `<c:DestinationID>C00CommonPlatform</c:DestinationID><c:ExecMode>${mode}</c:ExecMode>` +
  `<c:Timestamp>2026-11-16T10:00:00Z</c:Timestamp><c:Message>${content}</c:Message></c:SubmitRequestMes>`;

export const retrieveBody = (id = 'retrieve-1', filter = ''): string =>
  `<c:RetrieveRequestMes xmlns:c="${CJSE}"><c:RequestID>${id}</c:RequestID><c:SourceID>Z00POLICE</c:SourceID>${filter}</c:RetrieveRequestMes>`;

export const timeFilter = (from: string, to?: string): string =>
  `<c:Filter><c:TimeFrom>${from}</c:TimeFrom>${to === undefined ? '' : `<c:TimeTo>${to}</c:TimeTo>`}</c:Filter>`;

export interface SoapAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The code of the fault, if it is a fault of this gateway. */
  readonly fault: string | undefined;
}

/** The faults that the schemas of SOAP allow, in their only form here. */
const FAULT_11 =
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<soap:Envelope xmlns:soap="[^"]+"><soap:Body><soap:Fault><faultcode>soap:(?:Client|Server|MustUnderstand|VersionMismatch)<\/faultcode><faultstring>([a-z-]+): [^<]+<\/faultstring>(?:<detail><runtime:ServiceException xmlns:runtime="http:\/\/rt\.fs\.documentum\.emc\.com\/"><message>[^<]*<\/message><messageId>[a-z-]+<\/messageId><\/runtime:ServiceException><\/detail>)?<\/soap:Fault><\/soap:Body><\/soap:Envelope>\n$/;
const FAULT_12 =
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<soap:Envelope xmlns:soap="[^"]+"><soap:Body><soap:Fault><soap:Code><soap:Value>soap:(?:Sender|Receiver|MustUnderstand|VersionMismatch)<\/soap:Value>(?:<soap:Subcode>.*?<\/soap:Subcode>)?<\/soap:Code><soap:Reason><soap:Text xml:lang="en">([a-z-]+): [^<]+<\/soap:Text><\/soap:Reason><\/soap:Fault><\/soap:Body><\/soap:Envelope>\n$/;

const schemas = new Map<ServiceName, BodySchema>();

/** Throws where an answer is neither a fault nor valid by the schema of the WSDL. Returns the code of the fault. */
export function checkSoapAnswer(service: ServiceName, status: number, text: string): string | undefined {
  const { version } = SERVICES[service];
  const fault = (version === '1.1' ? FAULT_11 : FAULT_12).exec(text)?.[1];
  if (status !== 200) {
    if (fault === undefined) throw new Error(`${status} without a fault: ${text.slice(0, 500)}`);
    return fault;
  }
  const schema = schemas.get(service) ?? new BodySchema(wsdlOf(service), version);
  schemas.set(service, schema);
  schema.check(text);
  return undefined;
}

/** Sends a request, and checks the answer. */
export async function post(
  service: ServiceName,
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
): Promise<SoapAnswer> {
  const response = await fetch(url, { method: 'POST', body: body as NonNullable<RequestInit['body']>, headers });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, fault: checkSoapAnswer(service, response.status, text) };
}

/** The content of the first element of a name, unescaped once. */
export const textIn = (answer: string, name: string): string | undefined =>
  new RegExp(`<(?:\\w+:)?${name}(?: [^>]*)?>([^<]*)<`)
    .exec(answer)?.[1]
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

export const courtList = (): string => readFileSync(join(HOME, 'adapters/libra/samples/court-list.xml'), 'utf8');
export const dailyList = (): string => readFileSync(join(HOME, 'adapters/xhibit/samples/daily-list.xml'), 'utf8');
