/** Stock clients, each made from a WSDL: the package `soap`, zeep, and curl. They work unchanged with the WSDL that we serve and with the original. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClientAsync } from 'soap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BodySchema } from '../../../gateway/transports/soap/schema.ts';
import type { ServiceName } from '../../../gateway/transports/soap/services.ts';
import { CORPUS } from '../../support/corpus.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { ACTIONS, checkSoapAnswer, courtList, dailyList, envelope11, post, retrieveBody, submitBody, textIn } from '../../support/soap.ts';
import { elementSchema } from '../../support/xml.ts';
import { pythonWithZeep } from '../../support/zeep.ts';

const run = promisify(execFile);
const ORIGINAL = { cjse: join(CORPUS, 'spi-xsd/spi.wsdl'), darts: join(CORPUS, 'darts-schema/ws/dartsService.wsdl') };
const hasOriginals = existsSync(ORIGINAL.cjse);
const folder = temporary();
let gateway: TestGateway;
let tokens: Readonly<Record<'force' | 'court', string>>;
const addresses: Record<string, string> = {};

beforeAll(async () => {
  mkdirSync(join(folder, 'outbox'));
  const transport = (name: string, client: string, services: object, more: object = {}) => ({
    name,
    kind: 'soap',
    client,
    settings: { port: 0, services, ...more } as never,
  });
  gateway = await openGateway({
    config: {
      transports: [
        transport('spi', 'wessex.police.records', { cjse: '/cjse' }, { outbox: join(folder, 'outbox') }),
        transport('lists', 'wessex.magistrates.results', { 'court-lists': '/lists', darts: '/darts' }),
      ],
    },
  });
  tokens = { force: await gateway.token('force'), court: await gateway.token('court') };
  for (const { transport: opened } of gateway.gateway.transports.values())
    for (const address of opened.addresses) addresses[new URL(address).pathname.slice(1)] = address;
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

const submission = (n: number, more: object = {}) => ({
  RequestID: `request-${n}`,
  SourceID: 'Z00POLICE',
  DestinationID: ['C00CommonPlatform', 'B00LIBRA'],
  ExecMode: 'ASYNCH',
  Timestamp: '2026-11-16T10:00:00Z',
  Message: caseOf(n),
  ...more,
});

/** The acknowledgements of two requests. */
const acknowledgementsOf = (messages: readonly string[], first: number): readonly string[] =>
  messages.filter((message) => message.includes(`>request-${first}<`) || message.includes(`>request-${first + 1}<`));

/** The WSDL of a client: ours, and the original where this machine has it. */
const wsdlsOf = (service: 'cjse' | 'darts') => [
  { from: 'our WSDL', wsdl: () => `${addresses[service]}?wsdl` },
  ...(hasOriginals ? [{ from: 'the original WSDL', wsdl: () => ORIGINAL[service] }] : []),
];

describe.each(wsdlsOf('cjse'))('the package soap, made from $from', ({ from, wsdl }) => {
  const first = from === 'our WSDL' ? 100 : 200;
  const open = async () => {
    const client = await createClientAsync(wsdl(), { endpoint: addresses.cjse as string });
    client.addHttpHeader('Authorization', `Bearer ${tokens.force}`);
    return client;
  };
  it('submits, and gets the response code', async () => {
    const client = await open();
    const [answer] = await client.submitAsync(submission(first));
    expect(answer).toMatchObject({ RequestID: `request-${first}`, ResponseCode: '202' });
    const [refused] = await client.submitAsync(submission(first + 1, { Message: 'no case at all' }));
    expect(refused).toMatchObject({ ResponseCode: '422', ResponseText: expect.stringContaining('no-adapter') });
  });
  it('retrieves the asynchronous acknowledgements', async () => {
    const client = await open();
    const [answer] = await client.retrieveAsync({
      RequestID: 'retrieve',
      SourceID: 'Z00POLICE',
      Filter: { TimeFrom: '2020-01-01T00:00:00Z' },
    });
    expect(answer.TimeLast).toBeInstanceOf(Date);
    const mine = acknowledgementsOf(answer.Message, first);
    expect(mine.map((acknowledgement) => /<ResponseCode>(\d+)</.exec(acknowledgement)?.[1])).toEqual(['202', '422']);
  });
  it('gets a fault, in its own form', async () => {
    const client = await open();
    const fault = await client.submitAsync(submission(1, { ExecMode: 'ANY' })).catch((error: Error) => error);
    expect(fault).toMatchObject({ root: { Envelope: { Body: { Fault: { faultcode: 'soap:Client' } } } } });
    client.addHttpHeader('Authorization', 'Bearer none');
    const unknown = await client.submitAsync(submission(1)).catch((error: Error) => error);
    expect((unknown as Error).message).toContain('not-authenticated');
  });
});

describe.each(wsdlsOf('darts'))('the package soap for DARTS, made from $from', ({ wsdl }) => {
  it('adds a daily list', async () => {
    const client = await createClientAsync(wsdl(), { endpoint: addresses.darts as string });
    client.addHttpHeader('Authorization', `Bearer ${tokens.court}`);
    const [answer] = await client.addDocumentAsync({ messageId: '1', type: 'DL', subType: 'DL', document: dailyList() });
    expect(answer).toMatchObject({ return: { code: '200' } });
  });
});

describe.skipIf(!hasOriginals)('real requests of existing systems', () => {
  const sample = (name: string) => readFileSync(join(CORPUS, name), 'utf8');
  const send = (service: ServiceName, body: string, headers: Record<string, string>) =>
    post(service, addresses[service === 'court-lists' ? 'lists' : service] as string, body, headers);
  const plain = { 'Content-Type': 'text/xml' };
  const spi = () => ({ ...plain, Authorization: `Bearer ${tokens.force}`, SOAPAction: ACTIONS.submit });
  const court = () => ({ Authorization: `Bearer ${tokens.court}` });

  it('of CJSE are accepted, and the response is valid in the original schema', async () => {
    const folderOf = readdirSync(join(CORPUS, 'spi-envelopes')).find((name) => name.includes('spi-in-with-namespace-prefix')) ?? '';
    const { fault, text } = await send('cjse', sample(`spi-envelopes/${folderOf}`), spi());
    expect(fault).toBeUndefined();
    expect(textIn(text, 'RequestID')).toBe('230111-102636-3067-K9X5-3X2E');
    new BodySchema(readFileSync(ORIGINAL.cjse, 'utf8'), '1.1').check(text);
    const retrieved = await send('cjse', envelope11(retrieveBody()), { ...spi(), SOAPAction: ACTIONS.retrieve });
    new BodySchema(readFileSync(ORIGINAL.cjse, 'utf8'), '1.1').check(retrieved.text);
  });
  it('of Libra get an acknowledgement that is valid in the original schema', async () => {
    const check = elementSchema(join(CORPUS, 'libra-court-list-xsd/generic/Acknowledgement/Acknowledgement.xsd'), 'Acknowledgement');
    const headers = { ...court(), 'Content-Type': 'application/soap+xml' };
    const { status, text } = await send('court-lists', sample('libra-court-list/sample-request.xml'), headers);
    expect([status, check(text)]).toEqual([200, []]);
    expect(['DELIVERED', 'REFUSED']).toContain(textIn(text, 'MessageStatus'));
  });
  it.each(['addCase__soapRequest', 'courtlogs__valid-post-courtlogs', 'events__valid-newCaseMessage', 'events__valid-updateCaseMessage'])(
    'of DARTS are stored: %s',
    async (name) => {
      const file = readdirSync(join(CORPUS, 'darts-soap')).find((entry) => entry.includes(name)) ?? '';
      const body = sample(`darts-soap/${file}`).replace(/^<\?xml[^>]*\?>/, '');
      const { status, text } = await send('darts', envelope11(body), { ...plain, ...court(), SOAPAction: '""' });
      // No adapter reads these documents yet, so each waits in quarantine.
      expect([status, textIn(text, 'code'), text]).toEqual([200, '400', expect.stringContaining('Receipt: ')]);
    },
  );
});

const python = pythonWithZeep();
interface Call {
  readonly operation: string;
  readonly values: object;
  readonly document?: string;
}

/** What zeep got for each call. */
async function zeep(wsdl: string, endpoint: string | undefined, token: string, calls: readonly Call[]) {
  const child = run(python ?? '', [join(import.meta.dirname, 'zeep_client.py')], { timeout: 60_000 });
  child.child.stdin?.end(JSON.stringify({ wsdl, endpoint, token, calls }));
  // biome-ignore lint/suspicious/noExplicitAny: answers of every operation
  return JSON.parse((await child).stdout) as any[];
}

describe.skipIf(python === undefined)('zeep', () => {
  it.each(wsdlsOf('cjse'))(
    'made from $from submits, retrieves, and gets a fault',
    async ({ from, wsdl }) => {
      const first = from === 'our WSDL' ? 300 : 400;
      const retrieve = { RequestID: 'retrieve', SourceID: 'Z00POLICE', Filter: { TimeFrom: '2020-01-01T00:00:00Z' } };
      const [accepted, refused, fault, waiting] = await zeep(wsdl(), from === 'our WSDL' ? undefined : addresses.cjse, tokens.force, [
        { operation: 'submit', values: submission(first) },
        { operation: 'submit', values: submission(first + 1, { Message: 'no case at all' }) },
        { operation: 'submit', values: submission(first + 2, { RequestID: 'x'.repeat(201) }) },
        { operation: 'retrieve', values: retrieve },
      ]);
      expect(accepted.answer).toMatchObject({ RequestID: `request-${first}`, ResponseCode: 202 });
      expect(refused.answer).toMatchObject({ ResponseCode: 422 });
      expect(fault).toMatchObject({ fault: 'soap:Client', message: expect.stringContaining('identifier-too-long') });
      const mine = acknowledgementsOf(waiting.answer.Message, first);
      expect(mine).toHaveLength(2);
    },
    90_000,
  );
  it('made from our WSDL sends a court list in SOAP 1.2 with WS-Addressing', async () => {
    const document = /<document>.*<\/document>/s.exec(courtList())?.[0] ?? '';
    const calls = [{ operation: 'externalDocument', values: {}, document }];
    const [answer] = await zeep(`${addresses.lists}?wsdl`, undefined, tokens.court, calls);
    expect(answer).toMatchObject({ answer: { MessageStatus: 'DELIVERED' } });
  }, 90_000);
  it('made from our WSDL adds a daily list to DARTS, and gets a fault with its detail', async () => {
    const [answer, fault] = await zeep(`${addresses.darts}?wsdl`, undefined, tokens.court, [
      { operation: 'addDocument', values: { messageId: '1', type: 'DL', subType: 'DL', document: dailyList() } },
      { operation: 'addCase', values: {} },
    ]);
    expect(answer.answer).toMatchObject({ code: '200' });
    expect(fault).toMatchObject({ fault: 'soap:Client', message: expect.stringContaining('no-message') });
  }, 90_000);
});

it('curl submits a file', async () => {
  const file = join(folder, 'request.xml');
  writeFileSync(file, envelope11(submitBody(caseOf(500))));
  const headers = ['Content-Type: text/xml; charset=utf-8', `SOAPAction: "${ACTIONS.submit}"`, `Authorization: Bearer ${tokens.force}`];
  const { stdout } = await run('curl', [
    '-s',
    ...headers.flatMap((header) => ['-H', header]),
    '--data-binary',
    `@${file}`,
    addresses.cjse as string,
  ]);
  expect(checkSoapAnswer('cjse', 200, stdout)).toBeUndefined();
  expect(stdout).toContain('<ResponseCode>202<');
});
