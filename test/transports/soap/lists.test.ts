/** Court lists in SOAP 1.2 with WS-Addressing, and the operations of DARTS that carry lists and what happens in cases. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { escapeText } from '../../../adapters/xml/characters.ts';
import { HOME } from '../../../gateway/config.ts';
import { openGateway, type TestGateway } from '../../support/gateway.ts';
import { courtList, dailyList, envelope11, post, SOAP_12, type SoapAnswer, textIn } from '../../support/soap.ts';

const DARTS = 'http://com.synapps.mojdarts.service.com';
let gateway: TestGateway;
let base: string;
let token: string;

beforeAll(async () => {
  gateway = await openGateway({
    config: {
      transports: [
        {
          name: 'lists',
          kind: 'soap',
          client: 'wessex.magistrates.results',
          settings: { port: 0, services: { 'court-lists': '/lists', darts: '/darts' } },
        },
      ],
    },
  });
  base = new URL(gateway.gateway.transports.get('lists')?.transport.addresses[0] ?? '').origin;
  token = await gateway.token('court');
}, 60_000);
afterAll(() => gateway.close());

const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');
const receiptOf = async ({ text }: SoapAnswer) => {
  const id = /Receipt: ([\w-]{43})/.exec(text)?.[1];
  return (await gateway.call(`/v1/messages/${id}`, {}, 'court')).body;
};

describe('a court list', () => {
  const send = (body: string, action?: string) =>
    post('court-lists', `${base}/lists`, body, {
      Authorization: `Bearer ${token}`,
      'Content-Type': `application/soap+xml; charset=utf-8${action === undefined ? '' : `; action="${action}"`}`,
    });
  const inEnvelope = (list: string, action: string): string =>
    `<s:Envelope xmlns:s="${SOAP_12}"><s:Header><Action xmlns="http://www.w3.org/2005/08/addressing">${action}</Action></s:Header><s:Body>${list.replace(/^<\?xml[^>]*\?>/, '')}</s:Body></s:Envelope>`;

  it('of Libra is accepted, and the answer refers to its request', async () => {
    const answer = await send(courtList(), 'externalDocument');
    expect(textIn(answer.text, 'MessageStatus')).toBe('DELIVERED');
    expect(textIn(answer.text, 'Action')).toBe('externalDocumentResponse');
    expect(textIn(answer.text, 'RelatesTo')).toBe('7b0e6f4a-5a3f-4a8e-9a51-6a1f0c9b2d11');
    expect(await receiptOf(answer)).toMatchObject({ status: 'accepted', adapter: 'libra-court-list', sha256: sha256(courtList()) });
  });
  it('that comes again has no second effect', async () => {
    const first = await receiptOf(await send(courtList()));
    expect(await receiptOf(await send(courtList()))).toEqual(first);
  });
  it.each([
    ['daily', 'dailyList', 'DailyList'],
    ['firm', 'firmList', 'FirmList'],
    ['warned', 'warnedList', 'WarnedList'],
  ])('of XHIBIT, a %s list, is accepted', async (kind, action) => {
    const list = readFileSync(join(HOME, `adapters/xhibit/samples/${kind}-list.xml`), 'utf8');
    const answer = await send(inEnvelope(list, action));
    expect(await receiptOf(answer)).toMatchObject({ status: 'accepted', adapter: 'xhibit-list' });
  });
  it('without content is refused, and kept with the reason', async () => {
    const empty = courtList().replace(/<data>.*<\/data>/s, '<data/>');
    const answer = await send(empty);
    expect([answer.status, textIn(answer.text, 'MessageStatus')]).toEqual([200, 'REFUSED']);
    expect(textIn(answer.text, 'MessageComment')).toContain('no-case');
    expect(await receiptOf(answer)).toMatchObject({ status: 'quarantined' });
  });
});

describe('an operation of DARTS', () => {
  const send = (body: string, header = '') =>
    post('darts', `${base}/darts`, envelope11(body, header), {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'text/xml',
      SOAPAction: '""',
    });
  const addDocument = (type: string, document: string): string =>
    `<d:addDocument xmlns:d="${DARTS}"><messageId>1</messageId><type>${type}</type><subType>${type}</subType><document>${escapeText(document)}</document></d:addDocument>`;

  it('with a daily list is accepted, and the list is stored byte for byte', async () => {
    const answer = await send(addDocument('DL', dailyList()));
    expect([textIn(answer.text, 'code'), textIn(answer.text, 'message')]).toEqual(['200', expect.stringContaining('Accepted')]);
    expect(await receiptOf(answer)).toMatchObject({ status: 'accepted', adapter: 'xhibit-list', sha256: sha256(dailyList()) });
  });
  it('with the token and context of existing clients is accepted, but they are not trusted', async () => {
    const header =
      '<ServiceContext xmlns="http://context.core.datamodel.fs.documentum.emc.com/" token="temporary/1"><Identities password="invented" repositoryName="x" userName="x"/></ServiceContext>' +
      '<s:Security xmlns:s="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><s:BinarySecurityToken>temporary/1</s:BinarySecurityToken></s:Security>';
    expect(textIn((await send(addDocument('DL', dailyList()), header)).text, 'code')).toBe('200');
    expect(gateway.log()).not.toContain('temporary/1');
  });
  it.each([
    ['addCase', '<case type="1" id="T20261234"><courthouse>TREWARREN</courthouse></case>'],
    ['addLogEntry', '<log_entry Y="2026" M="11" D="16" H="10" MIN="0" S="0"><courthouse>TREWARREN</courthouse></log_entry>'],
  ])('that no adapter reads, %s, is quarantined with the reason', async (name, document) => {
    const answer = await send(`<d:${name} xmlns:d="${DARTS}"><document>${escapeText(document)}</document></d:${name}>`);
    expect([answer.status, textIn(answer.text, 'code')]).toEqual([200, '400']);
    expect(await receiptOf(answer)).toMatchObject({ status: 'quarantined', reasons: [{ code: 'no-adapter' }] });
  });
  it('without a document gives a fault', async () => {
    expect((await send(`<d:addCase xmlns:d="${DARTS}"/>`)).fault).toBe('no-message');
  });
});
