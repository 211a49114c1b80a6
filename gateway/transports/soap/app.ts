/** Answers the requests of HTTP: a SOAP response, a SOAP fault, or the WSDL. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { escapeAttribute } from '../../../adapters/xml/characters.ts';
import { kindOfFault } from '../../kind-of-fault.ts';
import { ByteBudget } from '../byte-budget.ts';
import type { Authenticate } from './authentication.ts';
import { serviceException } from './darts.ts';
import { envelope, faultAnswer, MEDIA_TYPES, SoapFault } from './fault.ts';
import type { Answer, Exchange, Operate } from './operation.ts';
import type { RequestReader } from './request-reader.ts';
import { SERVICES, type ServiceName, wsdlOf } from './services.ts';

/** A service at its path. */
export interface ServedService {
  readonly name: ServiceName;
  readonly path: string;
  readonly operate: Operate;
}

export interface AppContext {
  readonly services: readonly ServedService[];
  readonly authenticate: Authenticate;
  readonly reader: Pick<RequestReader, 'read'>;
  readonly exchange: Exchange;
  /** The largest request, in bytes. */
  readonly mostBytes: number;
  /** How many requests may be under way at once. */
  readonly mostRequests: number;
  /** The address that clients use, without a path. */
  readonly publicUrl: () => string;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

/** How many requests of the largest size are in memory at once. */
const LARGE_REQUESTS = 4;

const SECURITY_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

interface Head {
  readonly charset?: string;
  readonly action?: string;
}

/** Media type, charset and action of a request. Throws {@link SoapFault} for a request that is not of the SOAP version. */
function headOf({ headers }: IncomingMessage, name: ServiceName): Head {
  const { version } = SERVICES[name];
  const contentType = headers['content-type'] ?? '';
  const [mediaType = ''] = contentType.split(';');
  if (mediaType.trim().toLowerCase() !== MEDIA_TYPES[version]) throw new SoapFault('wrong-content-type');
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw new SoapFault('compressed');
  const charset = /;\s*charset\s*=\s*"?([A-Za-z0-9_.:-]{1,40})"?/i.exec(contentType)?.[1]?.toLowerCase();
  const soapAction = headers.soapaction;
  const action =
    version === '1.1'
      ? Array.isArray(soapAction)
        ? soapAction.join()
        : soapAction
      : /;\s*action\s*=\s*(?:"([^"]*)"|([^\s;]+))/i
          .exec(contentType)
          ?.slice(1)
          .find((group) => group !== undefined);
  return { ...(charset === undefined ? {} : { charset }), ...(action === undefined ? {} : { action }) };
}

/** The body, or {@link SoapFault}. What is left of a body that is refused is not kept. */
async function bodyOf(request: IncomingMessage, most: number, take: (bytes: number) => boolean): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw new SoapFault('message-too-large');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new SoapFault('message-too-large');
    if (!take(chunk.length)) throw new SoapFault('too-many-requests');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What an error is to the sender. */
function faultOf(error: unknown, log: AppContext['log']): SoapFault {
  if (error instanceof SoapFault) return error;
  const { name } = error as Error;
  if (name === 'BusUnavailable') return new SoapFault('unavailable');
  if (name === 'NoSender') return new SoapFault('not-allowed');
  log.error({ fault: kindOfFault(error) }, 'a request failed');
  return new SoapFault('failed');
}

export type App = (request: IncomingMessage, response: ServerResponse) => void;

export function makeApp(context: AppContext): App {
  const { services, authenticate, reader, exchange, mostBytes, mostRequests, publicUrl, log } = context;
  const budget = new ByteBudget({ bytes: 2 * LARGE_REQUESTS * mostBytes, clients: () => 0 });
  const byPath = new Map(services.map((service) => [service.path, service]));
  const [first] = services as readonly [ServedService];
  let underWay = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse, { name, operate }: ServedService): Promise<Answer> => {
    const rights = await authenticate(request);
    if (underWay >= mostRequests) throw new SoapFault('too-many-requests');
    const account = budget.open('client');
    underWay++;
    response.once('close', () => {
      underWay--;
      account.close();
    });
    const head = headOf(request, name);
    const bytes = await bodyOf(request, mostBytes, (size) => account.take(size));
    const asked = { ...(await reader.read({ ...head, service: name, bytes })), bytes, rights };
    return operate({ ...asked, ...(head.charset === undefined ? {} : { charset: head.charset }) }, exchange);
  };

  const refuse = (request: IncomingMessage, response: ServerResponse, name: ServiceName, error: unknown): void => {
    if (request.errored !== null || response.destroyed) return;
    const fault = faultOf(error, log);
    const { version } = SERVICES[name];
    const { status, body } = faultAnswer(version, fault, name === 'darts' ? serviceException : undefined);
    log.info({ service: name, fault: fault.code }, 'a request was refused');
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      'Content-Type': `${MEDIA_TYPES[version]}; charset=utf-8`,
      ...(fault.code === 'not-authenticated' ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(fault.code === 'method-not-allowed' ? { Allow: 'POST' } : {}),
      ...(status === 503 || status === 429 ? { 'Retry-After': '5' } : {}),
    });
    response.end(body);
    // A sender that has not finished must see the fault: what is left of its request is passed over.
    request.resume();
  };

  const serve = async (request: IncomingMessage, response: ServerResponse, service: ServedService): Promise<void> => {
    const { version } = SERVICES[service.name];
    try {
      const { body, header, report, sent } = await answer(request, response, service);
      response.once('finish', () => void sent?.().catch((error) => faultOf(error, log)));
      response.writeHead(200, { ...SECURITY_HEADERS, 'Content-Type': `${MEDIA_TYPES[version]}; charset=utf-8` });
      response.end(envelope(version, body, header));
      if (report !== undefined) log.info({ service: service.name, status: report.status, receipt: report.receipt }, 'a message was taken');
    } catch (error) {
      refuse(request, response, service.name, error);
    }
  };

  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const service = byPath.get(path);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (service === undefined) refuse(request, response, first.name, new SoapFault('not-found'));
    else if (isRead && query.toLowerCase() === 'wsdl') {
      const wsdl = wsdlOf(service.name).replace('LOCATION', () => escapeAttribute(publicUrl() + service.path));
      response.writeHead(200, { ...SECURITY_HEADERS, 'Content-Type': 'text/xml; charset=utf-8' });
      response.end(wsdl);
    } else if (request.method === 'POST') void serve(request, response, service);
    else refuse(request, response, service.name, new SoapFault('method-not-allowed'));
  };
}
