/** The operations of DARTS that carry lists and what happens in cases. Each holds a document as text. */
import { escapeText } from '../../../adapters/xml/characters.ts';
import { isComplete } from '../outcome.ts';
import { SoapFault } from './fault.ts';
import { bytesOfText } from './message-bytes.ts';
import type { Operate } from './operation.ts';
import { reportText } from './report-text.ts';

const NAMESPACE = 'http://com.synapps.mojdarts.service.com';
const RUNTIME = 'http://rt.fs.documentum.emc.com/';

export const operateDarts: Operate = async ({ fields, rights, operation }, { submit }) => {
  if (!rights.has('messages:write')) throw new SoapFault('not-allowed');
  const document = fields.get('document') ?? '';
  if (!/\S/.test(document)) throw new SoapFault('no-message');
  const report = await submit(bytesOfText(document));
  const code = isComplete(report) ? '200' : '400';
  const answer = `<return><code>${code}</code><message>${escapeText(reportText(report))}</message></return>`;
  return { body: `<darts:${operation.name}Response xmlns:darts="${NAMESPACE}">${answer}</darts:${operation.name}Response>`, report };
};

/** The detail that the WSDL declares for the faults of these operations. */
export const serviceException = (code: string, text: string): string =>
  `<runtime:ServiceException xmlns:runtime="${RUNTIME}"><message>${text}</message><messageId>${code}</messageId></runtime:ServiceException>`;
