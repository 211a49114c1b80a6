/** Why a request is not taken, and how SOAP 1.1 and 1.2 say it. A fault never holds a value of the request, and nothing of this program. */
import { escapeText } from '../../../adapters/xml/characters.ts';
import { ADDRESSING } from './addressing.ts';

export type SoapVersion = '1.1' | '1.2';

/** Who has to do something: the sender, this side (the same request may succeed later), or what the envelope demands is not understood. */
type Side = 'sender' | 'receiver' | 'must-understand' | 'version';

interface FaultKind {
  readonly side: Side;
  /** The status of HTTP. Without it, that which SOAP names for its side. */
  readonly status?: number;
  readonly reason: string;
  /** The code of WS-Addressing, where it has one. */
  readonly addressing?: string;
}

const FAULTS = {
  charset: { side: 'sender', reason: 'The characters are not in the encoding that the request declares' },
  'xml-not-well-formed': { side: 'sender', reason: 'The request is not well-formed XML' },
  'xml-doctype': { side: 'sender', reason: 'Document type and entity declarations are refused' },
  'xml-limit': { side: 'sender', reason: 'The request nests too deep, or has too many elements or attributes' },
  'wrong-version': { side: 'version', reason: 'The envelope is not of the SOAP version of this service' },
  'not-an-envelope': { side: 'sender', reason: 'The request is not a SOAP envelope: at most one Header, and then one Body' },
  'not-one-body': { side: 'sender', reason: 'The envelope must have one Body, with one element in it' },
  'not-understood': { side: 'must-understand', reason: 'A header that must be understood is not understood here' },
  'security-header': { side: 'sender', reason: 'This service takes no security header and no signature. Send the request without' },
  'unknown-operation': { side: 'sender', reason: 'The service does not have this operation' },
  'wrong-action': { side: 'sender', reason: 'The SOAP action is not that of the operation' },
  'action-missing': { side: 'sender', reason: 'The addressing header Action is missing', addressing: 'MessageAddressingHeaderRequired' },
  'action-not-supported': {
    side: 'sender',
    reason: 'The addressing header Action is not that of the operation',
    addressing: 'ActionNotSupported',
  },
  'invalid-addressing': { side: 'sender', reason: 'An addressing header is there twice', addressing: 'InvalidAddressingHeader' },
  'only-anonymous': {
    side: 'sender',
    reason: 'Answers go back on the same connection, and to no other address',
    addressing: 'InvalidAddressingHeader',
  },
  'invalid-body': { side: 'sender', reason: 'The body is not valid by the schema of the WSDL' },
  'invalid-time': { side: 'sender', reason: 'A time of the filter is not one that can be compared' },
  'identifier-too-long': { side: 'sender', reason: 'The identifier of a request can have 200 characters' },
  'no-message': { side: 'sender', reason: 'There is no message in the request' },
  'invalid-request': { side: 'sender', status: 400, reason: 'This is not an HTTP request' },
  'not-authenticated': { side: 'sender', status: 401, reason: 'The request does not show whose it is' },
  'not-allowed': { side: 'sender', status: 403, reason: 'This client may not do this here' },
  'not-found': { side: 'sender', status: 404, reason: 'There is no service at this address' },
  'method-not-allowed': { side: 'sender', status: 405, reason: 'Only POST is answered, and GET with ?wsdl' },
  'request-timeout': { side: 'sender', status: 408, reason: 'The request took too long to arrive' },
  'message-too-large': { side: 'sender', status: 413, reason: 'The request is too large' },
  'wrong-content-type': { side: 'sender', status: 415, reason: 'The content type is not that of the SOAP version of this service' },
  compressed: { side: 'sender', status: 415, reason: 'Send the request uncompressed' },
  'headers-too-large': { side: 'sender', status: 431, reason: 'The HTTP headers are too large' },
  'message-limit': { side: 'sender', reason: 'The request takes too long to read' },
  'too-many-requests': { side: 'receiver', status: 429, reason: 'Too much of this client is under way. Send it again later' },
  unavailable: { side: 'receiver', status: 503, reason: 'Nothing of it is stored. Send it again later' },
  failed: { side: 'receiver', status: 500, reason: 'The request failed. Send it again later' },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultCode = keyof typeof FAULTS;

/** A request is not taken. */
export class SoapFault extends Error {
  override readonly name = 'SoapFault';
  readonly code: FaultCode;
  /** The line of the request, where it is known. */
  readonly line: number | undefined;
  constructor(code: FaultCode, line?: number) {
    super(FAULTS[code].reason);
    this.code = code;
    this.line = line;
  }
}

/** The namespaces of the envelopes. */
export const ENVELOPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

/** The media types of the envelopes. */
export const MEDIA_TYPES: Readonly<Record<SoapVersion, string>> = { '1.1': 'text/xml', '1.2': 'application/soap+xml' };

const SIDES: Readonly<Record<SoapVersion, Readonly<Record<Side, string>>>> = {
  '1.1': { sender: 'Client', receiver: 'Server', 'must-understand': 'MustUnderstand', version: 'VersionMismatch' },
  '1.2': { sender: 'Sender', receiver: 'Receiver', 'must-understand': 'MustUnderstand', version: 'VersionMismatch' },
};

/** An envelope with what its header and its body hold. */
export const envelope = (version: SoapVersion, body: string, header = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ENVELOPES[version]}">${
    header === '' ? '' : `<soap:Header>${header}</soap:Header>`
  }<soap:Body>${body}</soap:Body></soap:Envelope>\n`;

export interface FaultAnswer {
  readonly status: number;
  readonly body: string;
}

/** A fault as an answer. `detailOf` makes what the WSDL of the service declares as the detail of its faults. */
export function faultAnswer(
  version: SoapVersion,
  { code, line }: Pick<SoapFault, 'code' | 'line'>,
  detailOf?: (code: string, reason: string) => string,
): FaultAnswer {
  const { side, status, reason, addressing }: FaultKind = FAULTS[code];
  const text = escapeText(`${code}: ${reason}${line === undefined ? '' : `, line ${line}`}`);
  const value = `soap:${SIDES[version][side]}`;
  if (version === '1.1') {
    // SOAP 1.1, 4.4: there is a detail only where the content of the body is at fault.
    const detail =
      detailOf === undefined || side === 'must-understand' || side === 'version' ? '' : `<detail>${detailOf(code, text)}</detail>`;
    const fault = `<soap:Fault><faultcode>${value}</faultcode><faultstring>${text}</faultstring>${detail}</soap:Fault>`;
    return { status: status ?? 500, body: envelope(version, fault) };
  }
  const subcode =
    addressing === undefined ? '' : `<soap:Subcode><soap:Value xmlns:wsa="${ADDRESSING}">wsa:${addressing}</soap:Value></soap:Subcode>`;
  const fault =
    `<soap:Fault><soap:Code><soap:Value>${value}</soap:Value>${subcode}</soap:Code>` +
    `<soap:Reason><soap:Text xml:lang="en">${text}</soap:Text></soap:Reason></soap:Fault>`;
  return { status: status ?? (side === 'sender' ? 400 : 500), body: envelope(version, fault) };
}
