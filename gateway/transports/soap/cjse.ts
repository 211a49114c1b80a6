/** The CJSE endpoint: messages are submitted, and what waits for the client is retrieved. */
import { escapeText, isWritable } from '../../../adapters/xml/characters.ts';
import { isComplete, type Report } from '../outcome.ts';
import { type FaultCode, SoapFault } from './fault.ts';
import { bytesOfText } from './message-bytes.ts';
import { type Answer, type Asked, type Exchange, type Operate, timeText } from './operation.ts';
import { reportText } from './report-text.ts';
import type { ResponseCodes } from './settings.ts';
import type { TimeRange, WaitingKind } from './waiting-messages.ts';

const NAMESPACE = 'http://schemas.cjse.gov.uk/endpoint/types/';
const LONGEST_IDENTIFIER = 200;
const DEFAULT_CODES: ResponseCodes = { accepted: 202, refused: 422 };

function identifierOf({ fields }: Asked): string {
  const id = fields.get('RequestID') ?? '';
  if (id.length > LONGEST_IDENTIFIER) throw new SoapFault('identifier-too-long');
  return id;
}

function mustHave(rights: ReadonlySet<string>, scope: string): void {
  if (!rights.has(scope)) throw new SoapFault('not-allowed');
}

const element = (name: string, text: string): string => `<${name}>${escapeText(text)}</${name}>`;

function responseTo(id: string, report: Report, codes: ResponseCodes): string {
  const code = isComplete(report) ? codes.accepted : codes.refused;
  const parts = element('RequestID', id) + element('ResponseCode', String(code)) + element('ResponseText', reportText(report));
  return `<SubmitResponseMes xmlns="${NAMESPACE}">${parts}</SubmitResponseMes>`;
}

/** Adds the acknowledgement to what waits. The response says the same, so a submission does not fail where it cannot be added. */
async function acknowledge({ waiting, onLost }: Exchange, id: string, response: string): Promise<void> {
  await waiting?.add('acknowledgement', id, response).catch(onLost);
}

async function submit(asked: Asked, exchange: Exchange, codes: ResponseCodes): Promise<Answer> {
  mustHave(asked.rights, 'messages:write');
  const id = identifierOf(asked);
  const text = asked.fields.get('Message') ?? '';
  if (!/\S/.test(text)) throw new SoapFault('no-message');
  const report = await exchange.submit(bytesOfText(text));
  const body = responseTo(id, report, codes);
  if (asked.fields.get('ExecMode') === 'ASYNCH') await acknowledge(exchange, id, body);
  return { body, report };
}

/** An `xs:dateTime` in milliseconds. Without a time zone it is UTC. */
function timeOf(text: string): number {
  const trimmed = text.trim();
  const time = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(trimmed) ? trimmed : `${trimmed}Z`);
  if (Number.isNaN(time)) throw new SoapFault('invalid-time' satisfies FaultCode);
  return time;
}

function rangeOf({ fields }: Asked): TimeRange | undefined {
  const from = fields.get('Filter/TimeFrom');
  const to = fields.get('Filter/TimeTo');
  if (from === undefined) return undefined;
  return { from: timeOf(from), to: to === undefined ? Number.POSITIVE_INFINITY : timeOf(to) };
}

/** What a request may retrieve. Throws SoapFault where it is nothing. */
function kindsOf(rights: ReadonlySet<string>): ReadonlySet<WaitingKind> {
  const kinds = new Set<WaitingKind>();
  if (rights.has('messages:write')) kinds.add('acknowledgement');
  if (rights.has('events:read')) kinds.add('event');
  if (kinds.size === 0) throw new SoapFault('not-allowed');
  return kinds;
}

async function retrieve(asked: Asked, { waiting, now }: Exchange, { accepted }: ResponseCodes): Promise<Answer> {
  const kinds = kindsOf(asked.rights);
  const id = identifierOf(asked);
  const range = rangeOf(asked);
  const page = await waiting?.page(kinds, range);
  const messages = (page?.messages ?? []).map((text) => element('Message', text)).join('');
  const head = element('RequestID', id) + element('ResponseCode', String(accepted));
  const body = `<RetrieveResponseMes xmlns="${NAMESPACE}">${head}${element('TimeLast', timeText(page?.timeLast ?? now()))}${messages}</RetrieveResponseMes>`;
  return { body, ...(page === undefined ? {} : { sent: page.retrieved }) };
}

/** The text of an event as `retrieve` gives it, or undefined where XML cannot hold it. */
export function retrievableText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return isWritable(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

export const operateCjse =
  (codes: ResponseCodes = DEFAULT_CODES): Operate =>
  (asked, exchange) =>
    asked.operation.name === 'submit' ? submit(asked, exchange, codes) : retrieve(asked, exchange, codes);
