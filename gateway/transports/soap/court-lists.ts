/** Court lists in SOAP 1.2 with WS-Addressing. The whole request is the message: its header says where the list comes from. */
import { escapeText } from '../../../adapters/xml/characters.ts';
import { isComplete } from '../outcome.ts';
import { ADDRESSING } from './addressing.ts';
import { SoapFault } from './fault.ts';
import { type Operate, timeText } from './operation.ts';
import { reportText } from './report-text.ts';

const ACKNOWLEDGEMENT = 'http://www.justice.gov.uk/magistrates/ack';

const addressing = (name: string, text: string): string => `<wsa:${name} xmlns:wsa="${ADDRESSING}">${escapeText(text)}</wsa:${name}>`;

export const operateCourtLists: Operate = async ({ bytes, charset, rights, operation, messageId }, { submit, now }) => {
  if (!rights.has('messages:write')) throw new SoapFault('not-allowed');
  const report = await submit(bytes, charset);
  const relates = messageId === undefined || messageId === '' ? '' : addressing('RelatesTo', messageId);
  const ack =
    `<MessageStatus>${isComplete(report) ? 'DELIVERED' : 'REFUSED'}</MessageStatus>` +
    `<MessageComment>${escapeText(reportText(report))}</MessageComment><TimeStamp>${timeText(now())}</TimeStamp>`;
  return {
    header: addressing('Action', `${operation.action}Response`) + relates,
    body: `<ack:Acknowledgement xmlns:ack="${ACKNOWLEDGEMENT}"><Ack>${ack}</Ack></ack:Acknowledgement>`,
    report,
  };
};
