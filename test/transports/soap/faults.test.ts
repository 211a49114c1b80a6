/** T32, T62: what a SOAP request must not be is a fault in the form of the service, with no value in it and nothing about this program. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseOf, openGateway, type TestGateway } from '../../support/gateway.ts';
import {
  ACTIONS,
  CJSE,
  checkSoapAnswer,
  courtList,
  envelope11,
  post,
  retrieveBody,
  SOAP_11,
  SOAP_12,
  type SoapAnswer,
  submitBody,
} from '../../support/soap.ts';

const CLIENT = 'wessex.police.records';
const SECRET = 'Quillfeather';
const MOST_BYTES = 400_000;
let gateway: TestGateway;
let base: string;
let token: string;

beforeAll(async () => {
  gateway = await openGateway({
    limits: { bodyBytes: MOST_BYTES, requestSeconds: 2, headerBytes: 16_384 },
    config: {
      transports: [
        {
          name: 'all',
          kind: 'soap',
          client: CLIENT,
          settings: { port: 0, services: { cjse: '/cjse', 'court-lists': '/lists', darts: '/darts' } },
        },
      ],
    },
  });
  base = new URL(gateway.gateway.transports.get('all')?.transport.addresses[0] ?? '').origin;
  token = await gateway.token('force');
}, 60_000);
afterAll(() => gateway.close());

const valid = () => submitBody(caseOf(1));
const send = (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<SoapAnswer> =>
  post('cjse', `${base}/cjse`, body, {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'text/xml; charset=utf-8',
    SOAPAction: `"${ACTIONS.submit}"`,
    ...headers,
  });
const sendList = (body: string, headers: Record<string, string> = {}): Promise<SoapAnswer> =>
  post('court-lists', `${base}/lists`, body, { Authorization: `Bearer ${token}`, 'Content-Type': 'application/soap+xml', ...headers });
const sendDarts = (body: string, headers: Record<string, string> = {}): Promise<SoapAnswer> =>
  post('darts', `${base}/darts`, body, { Authorization: `Bearer ${token}`, 'Content-Type': 'text/xml', SOAPAction: '""', ...headers });

/** Nothing that the answer must not hold. */
function expectSilent({ text }: SoapAnswer): void {
  expect(text).not.toContain(SECRET);
  expect(text).not.toMatch(/\bat .*\.(?:ts|js|mjs):\d+|node_modules|libxml|saxes|Error:/);
}

const SIGNATURE = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:Reference URI="#signed"/></ds:SignedInfo></ds:Signature>`;
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const raw = (inside: string, envelope = `xmlns:e="${SOAP_11}"`): string => `<e:Envelope ${envelope}>${inside}</e:Envelope>`;
const body = (inside: string): string => `<e:Body>${inside}</e:Body>`;

describe('T62 an envelope', () => {
  const cases: readonly (readonly [name: string, code: string, content: () => string])[] = [
    ['with two bodies', 'not-one-body', () => raw(body(valid()) + body(valid()))],
    ['with two elements in its body', 'not-one-body', () => envelope11(valid() + valid())],
    ['with nothing in its body', 'not-one-body', () => envelope11('')],
    ['without a body', 'not-one-body', () => raw('')],
    ['with a header after its body', 'not-an-envelope', () => raw(`${body(valid())}<e:Header/>`)],
    ['with two headers', 'not-an-envelope', () => raw(`<e:Header/><e:Header/>${body(valid())}`)],
    ['with an element after its body', 'not-an-envelope', () => raw(`${body(valid())}<more xmlns="urn:x">${SECRET}</more>`)],
    ['with text between its parts', 'not-an-envelope', () => raw(`${SECRET}${body(valid())}`)],
    ['that is none', 'not-an-envelope', () => `<${SECRET}/>`],
    ['of the other version', 'wrong-version', () => raw(body(valid()), `xmlns:e="${SOAP_12}"`)],
    ['of no version', 'wrong-version', () => raw(body(valid()), `xmlns:e="urn:${SECRET}"`)],
    [
      'with a header that must be understood and is not',
      'not-understood',
      () => envelope11(valid(), `<h:${SECRET} xmlns:h="urn:x" e:mustUnderstand="1">${SECRET}</h:${SECRET}>`),
    ],
    [
      'with such a header for the next that receives it',
      'not-understood',
      () => envelope11(valid(), `<h:x xmlns:h="urn:x" e:mustUnderstand="1" e:actor="http://schemas.xmlsoap.org/soap/actor/next"/>`),
    ],
    [
      'whose signed body was moved into its header, before another body',
      'security-header',
      () =>
        envelope11(
          valid(),
          `<s:Security xmlns:s="${WSSE}">${SIGNATURE}</s:Security><w:wrapper xmlns:w="urn:w"><e:Body w:Id="signed">${submitBody('', { id: 'b' })}</e:Body></w:wrapper>`,
        ),
    ],
    ['with a signature in another header', 'security-header', () => envelope11(valid(), SIGNATURE)],
    ['with a security header that nobody asked for', 'security-header', () => envelope11(valid(), `<s:Security xmlns:s="${WSSE}"/>`)],
    ['with an operation that the service does not have', 'unknown-operation', () => envelope11(`<x xmlns="${CJSE}">${SECRET}</x>`)],
    ['with an answer in place of a request', 'unknown-operation', () => envelope11(`<SubmitResponseMes xmlns="${CJSE}"/>`)],
    ['with an operation of no namespace', 'unknown-operation', () => envelope11('<SubmitRequestMes/>')],
    ['that is cut', 'xml-not-well-formed', () => envelope11(valid()).slice(0, -20)],
    ['with an entity that is not declared', 'xml-not-well-formed', () => envelope11(submitBody('', { content: `&${SECRET};` }))],
    ['that nests too deep', 'xml-limit', () => envelope11(submitBody('', { content: '<x>'.repeat(200) + '</x>'.repeat(200) }))],
    [
      'with thousands of elements, which a schema checks slowly',
      'xml-limit',
      () => envelope11(valid().replace(/<c:DestinationID>.*?<\/c:DestinationID>/, '<c:DestinationID i="1"/>'.repeat(5000))),
    ],
    ['without a message', 'no-message', () => envelope11(submitBody('', { content: ' \n ' }))],
    ['with a very long identifier', 'identifier-too-long', () => envelope11(submitBody(caseOf(1), { id: 'x'.repeat(201) }))],
  ];
  it.each(cases)('%s gives a fault: %s', async (_, code, content) => {
    const answer = await send(content());
    expect([answer.fault, answer.status]).toEqual([code, 500]);
    expectSilent(answer);
  });
  it('with an optional header, or a header for another actor, is accepted', async () => {
    const header = '<h:x xmlns:h="urn:x">y</h:x><h:z xmlns:h="urn:x" e:mustUnderstand="1" e:actor="urn:another"/>';
    expect(await send(envelope11(valid(), header))).toMatchObject({ status: 200 });
  });
});

describe('T62 a body that the schema of the WSDL does not allow', () => {
  const cases: readonly (readonly [name: string, content: () => string])[] = [
    ['an identifier with a space', () => submitBody(caseOf(1), { id: `${SECRET} ${SECRET}` })],
    ['another mode', () => valid().replace('SYNCH', SECRET)],
    ['an invalid time', () => valid().replace('2026-11-16T10:00:00Z', SECRET)],
    ['elements in the message', () => submitBody('', { content: caseOf(1).replace(/^<\?xml[^>]*\?>/, '') })],
    ['an element that is missing', () => valid().replace(/<c:SourceID>.*?<\/c:SourceID>/, '')],
    ['an element too many', () => valid().replace('</c:Message>', `</c:Message><c:More>${SECRET}</c:More>`)],
    ['the elements in another order', () => valid().replace(/(<c:RequestID>.*?<\/c:RequestID>)(<c:SourceID>.*?<\/c:SourceID>)/, '$2$1')],
    ['an attribute', () => valid().replace('<c:Message>', `<c:Message secret="${SECRET}">`)],
    [
      'its own type',
      () => valid().replace('<c:Message>', `<c:Message xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="${SECRET}">`),
    ],
    [
      'its own schema',
      () =>
        valid().replace(
          '<c:SubmitRequestMes',
          `<c:SubmitRequestMes xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:x http://127.0.0.1:1/${SECRET}.xsd" x="1"`,
        ),
    ],
  ];
  it.each(cases)('%s gives a fault with its line', async (_, content) => {
    const answer = await send(envelope11(content()));
    expect(answer.fault).toBe('invalid-body');
    expect(answer.text).toMatch(/, line \d+</);
    expectSilent(answer);
  });
  it('is not replaced by a value in an earlier header', async () => {
    const answer = await send(envelope11(retrieveBody(), valid()));
    expect(answer.fault).toBe('wrong-action');
  });
});

describe('T32 a document type', () => {
  const BOMB = '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
  it.each([
    ['that names a file', '<!DOCTYPE e SYSTEM "file:///etc/passwd">'],
    ['with an external entity', '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ['with entities in entities', BOMB],
    ['in lower case', '<!doctype e>'],
  ])('%s is refused before it is parsed', async (_, doctype) => {
    const answer = await send(doctype + raw(body(submitBody('', { content: '&x;&b;' }))));
    expect([answer.fault, answer.status]).toEqual(['xml-doctype', 500]);
    expect(answer.text).not.toContain('root:');
  });
  it('in a large request is also refused', async () => {
    const answer = await send(BOMB + raw(body(submitBody('x'.repeat(200_000)))));
    expect(answer.fault).toBe('xml-doctype');
  });
});

describe('T62 an HTTP request', () => {
  const cases: readonly (readonly [name: string, code: string, status: number, headers: Record<string, string>])[] = [
    ['with the SOAP action of another operation', 'wrong-action', 500, { SOAPAction: `"${ACTIONS.retrieve}"` }],
    ['with another SOAP action', 'wrong-action', 500, { SOAPAction: SECRET }],
    ['with an empty SOAP action', 'wrong-action', 500, { SOAPAction: '""' }],
    ['with another content type', 'wrong-content-type', 415, { 'Content-Type': 'application/xml' }],
    ['with the content type of SOAP 1.2', 'wrong-content-type', 415, { 'Content-Type': 'application/soap+xml' }],
    ['in several parts', 'wrong-content-type', 415, { 'Content-Type': 'multipart/related; type="text/xml"; boundary=x' }],
    ['that is compressed', 'compressed', 415, { 'Content-Encoding': 'gzip' }],
    ['in a charset that is not known', 'charset', 500, { 'Content-Type': `text/xml; charset=${SECRET}` }],
    ['in a charset that its bytes are not in', 'charset', 500, { 'Content-Type': 'text/xml; charset=utf-16' }],
    ['without a token', 'not-authenticated', 401, { Authorization: '' }],
    ['with an invalid token', 'not-authenticated', 401, { Authorization: `Bearer ${SECRET}.${SECRET}.${SECRET}` }],
  ];
  it.each(cases)('%s gives a fault: %s', async (_, code, status, headers) => {
    const answer = await send(envelope11(valid()), headers);
    expect([answer.fault, answer.status]).toEqual([code, status]);
    expectSilent(answer);
  });
  it('without a SOAP action gives a fault', async () => {
    const { Authorization, ...headers } = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/xml' };
    expect((await post('cjse', `${base}/cjse`, envelope11(valid()), { Authorization, ...headers })).fault).toBe('wrong-action');
  });
  it('from another client is not allowed', async () => {
    const answer = await send(envelope11(valid()), { Authorization: `Bearer ${await gateway.token('cps')}` });
    expect([answer.fault, answer.status]).toEqual(['not-allowed', 403]);
  });
  it('whose token may not send messages is not allowed', async () => {
    const only = await gateway.forge({ client_id: CLIENT, sub: CLIENT, scope: 'events:read' });
    expect(await send(envelope11(valid()), { Authorization: `Bearer ${only}` })).toMatchObject({ fault: 'not-allowed', status: 403 });
  });
  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('with %s gives a fault', async (method) => {
    const response = await fetch(`${base}/cjse`, { method });
    expect([response.status, checkSoapAnswer('cjse', response.status, await response.text())]).toEqual([405, 'method-not-allowed']);
  });
  it('to another address gives a fault', async () => {
    const response = await fetch(`${base}/cjse/..%2f${SECRET}`, { method: 'POST', body: 'x' });
    expect([response.status, checkSoapAnswer('cjse', response.status, await response.text())]).toEqual([404, 'not-found']);
  });
});

describe('T58 T62 the cost of a request', () => {
  it('is limited by its length before it is read', async () => {
    const answer = await send(envelope11(submitBody('x'.repeat(MOST_BYTES))));
    expect([answer.fault, answer.status]).toEqual(['message-too-large', 413]);
  });
  it('is limited where it has no length', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly [number, string]>();
    const request = httpRequest(`${base}/cjse`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'text/xml',
        SOAPAction: `"${ACTIONS.submit}"`,
        'Transfer-Encoding': 'chunked',
      },
    });
    request.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve([response.statusCode ?? 0, text]);
    });
    request.on('error', reject);
    request.write('x'.repeat(MOST_BYTES));
    request.write('x');
    const [status, text] = await promise;
    request.destroy();
    expect([status, checkSoapAnswer('cjse', status, text)]).toEqual([413, 'message-too-large']);
  });
  it.each([
    ['that arrives too slowly', `POST /cjse HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n`, 408, 'request-timeout'],
    [
      'with headers that are too large',
      `POST /cjse HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['that is not HTTP', `${SECRET}\r\n\r\n`, 400, 'invalid-request'],
  ])(
    'is limited for a request %s',
    async (_, bytes, status, code) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      let answer = '';
      const socket = connect(Number(new URL(base).port), '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      const [head = '', text = ''] = (await promise).split('\r\n\r\n');
      expect(head).toContain(`HTTP/1.1 ${status} `);
      expect(checkSoapAnswer('cjse', status, text)).toBe(code);
    },
    20_000,
  );
});

describe('T62 a court list', () => {
  const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
  const changed = (from: string | RegExp, to: string) => courtList().replace(from, to);
  const cases: readonly (readonly [name: string, code: string, content: () => string])[] = [
    ['without an action', 'action-missing', () => changed(/<wsa:Action>.*?<\/wsa:Action>/, '')],
    ['with another action', 'action-not-supported', () => changed('>externalDocument<', `>${SECRET}<`)],
    ['with two actions', 'invalid-addressing', () => changed(/(<wsa:Action>.*?<\/wsa:Action>)/, '$1$1')],
    [
      'that wants its answer elsewhere',
      'only-anonymous',
      () => changed('<wsa:RelatesTo>', `<wsa:ReplyTo><wsa:Address>http://${SECRET}</wsa:Address></wsa:ReplyTo><wsa:RelatesTo>`),
    ],
    ['of SOAP 1.1', 'wrong-version', () => changed(SOAP_12, SOAP_11)],
    [
      'with a header that must be understood and is not',
      'not-understood',
      () => changed('<wsa:RelatesTo>', '<h:x xmlns:h="urn:x" soap:mustUnderstand="true"/><wsa:RelatesTo>'),
    ],
    ['with content that its schema does not allow', 'invalid-body', () => changed('<documents>', `<documents/><${SECRET}/><documents>`)],
  ];
  it.each(cases)('%s gives a fault: %s', async (_, code, content) => {
    const answer = await sendList(content());
    // SOAP 1.2 part 2, 7.5.2.2: what the sender did wrong is 400, and what was not understood is 500.
    expect([answer.fault, answer.status]).toEqual([code, code === 'wrong-version' || code === 'not-understood' ? 500 : 400]);
    expectSilent(answer);
  });
  it('with an action that must be understood is understood', async () => {
    const answer = await sendList(changed('<wsa:Action>', '<wsa:Action soap:mustUnderstand="true">'));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`xmlns:wsa="${ADDRESSING}"`);
  });
  it('with the action of another operation in its content type gives a fault', async () => {
    expect(await sendList(courtList(), { 'Content-Type': 'application/soap+xml; action="dailyList"' })).toMatchObject({
      fault: 'wrong-action',
    });
  });
});

describe('T62 an operation of DARTS', () => {
  it('without a list and without an event gives a fault with the detail of its WSDL', async () => {
    const answer = await sendDarts(
      envelope11(`<getCases xmlns="http://com.synapps.mojdarts.service.com"><courthouse xmlns="">${SECRET}</courthouse></getCases>`),
    );
    expect([answer.fault, answer.status]).toEqual(['unknown-operation', 500]);
    expect(answer.text).toContain('<messageId>unknown-operation</messageId>');
    expectSilent(answer);
  });
  it('with a signature gives a fault, even where a token is ignored', async () => {
    const answer = await sendDarts(
      envelope11('<addCase xmlns="http://com.synapps.mojdarts.service.com"/>', `<s:Security xmlns:s="${WSSE}">${SIGNATURE}</s:Security>`),
    );
    expect(answer.fault).toBe('security-header');
  });
});

it('T62 a valid envelope that was damaged anywhere gives a fault, or is acknowledged', async () => {
  const envelope = envelope11(valid());
  const damage = fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(envelope.length), length: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ kind: fc.constant('double' as const), at: fc.nat(envelope.length), length: fc.integer({ min: 1, max: 200 }) }),
    fc.record({
      kind: fc.constant('put' as const),
      at: fc.nat(envelope.length),
      text: fc.oneof(
        fc.string({ maxLength: 8, unit: 'binary' }),
        fc.constantFrom(
          '<',
          '>',
          '&',
          '&lt;',
          '"',
          ']]>',
          '<![CDATA[',
          '<!--',
          '<?x?>',
          '<x/>',
          '</c:Message>',
          '</e:Body><e:Body>',
          '\u0000',
          'xmlns:e="urn:x"',
        ),
      ),
    }),
  );
  const apply = (text: string, change: { kind: string; at: number; length?: number; text?: string }): string => {
    const [before, after] = [text.slice(0, change.at), text.slice(change.at)];
    if (change.kind === 'cut') return before + after.slice(change.length);
    return before + (change.kind === 'double' ? after.slice(0, change.length) : change.text) + after;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      const answer = await send(damages.reduce(apply, envelope));
      expectSilent(answer);
      expect(answer.fault).not.toBe('failed');
    }),
    { numRuns: 300 },
  );
}, 120_000);

it('T62 no request failed inside the gateway, and the log has no values', () => {
  expect(gateway.log()).not.toContain('a request failed');
  expect(gateway.log()).not.toContain(SECRET);
});
