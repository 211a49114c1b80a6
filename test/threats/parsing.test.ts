/** T32 to T36: input that is hostile to parsers is refused early, is read in one way only, and loads nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { HOME } from '../../gateway/config.ts';
import { makeAjv } from '../../gateway/rules/standards.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';
import { POLICY, sampleCase, take } from '../support/rules-in-force.ts';

let gateway: TestGateway;
let hits: string[] = [];
const server = createServer((request, response) => {
  hits.push(request.url ?? '');
  response.end('<x/>');
});
let remote = '';
beforeAll(async () => {
  gateway = await openGateway();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await gateway.close();
});

const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>';
const doctype = (declaration: string, text = sampleCase) => text.replace('<NewCaseMessage', `${declaration}<NewCaseMessage`);
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const laughs = `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(20)}">`).join('')}]>`;

/** The most resident memory that was seen while something ran, over what there was before, in MiB. */
async function memoryOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 10);
  await work();
  clearInterval(timer);
  return (Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20;
}

describe('T32 entities and document types are refused before parsing', () => {
  it.each([
    ['a document type', () => doctype('<!DOCTYPE NewCaseMessage>')],
    ['one that is repeated', () => doctype('<!DOCTYPE a><!DOCTYPE b>')],
    ['a billion laughs', () => doctype(laughs).replace('Jory', '&a20;')],
    ['quadratic blowup', () => doctype(`<!DOCTYPE x [<!ENTITY a "${'x'.repeat(30_000)}">]>`).replace('Jory', '&a;'.repeat(10_000))],
    ['an external entity', () => doctype(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`).replace('Jory', '&a;')],
    ['an external subset', () => doctype(`<!DOCTYPE x SYSTEM "${remote}/x.dtd">`)],
    ['a parameter entity', () => doctype(`<!DOCTYPE x [<!ENTITY % a SYSTEM "${remote}/a"> %a;]>`)],
    [
      'in the inner document',
      () => `<RouteData><DataStreamContent>${escaped(doctype(laughs).replace(PROLOG, ''))}</DataStreamContent></RouteData>`,
    ],
    ['in UTF-16', () => Buffer.from(`\ufeff${doctype('<!DOCTYPE x>').replace('UTF-8', 'UTF-16')}`, 'utf16le')],
    ['after a comment', () => doctype(`<!-- > --><!DOCTYPE\nx [<!ENTITY a "b">]>`)],
  ])('%s', async (_, make) => {
    hits = [];
    let answer: Awaited<ReturnType<TestGateway['post']>> | undefined;
    const memory = await memoryOf(async () => {
      answer = await gateway.post('/v1/messages', make(), 'force');
    });
    expect(answer?.status).toBe(422);
    expect(answer?.body.reasons[0].code).toMatch(/^xml-(doctype|not-well-formed)$/);
    expect(memory).toBeLessThan(300);
    expect(hits).toEqual([]);
  });
  it('and many numeric entities take no more time than their size', async () => {
    for (const entity of ['&#65;', '&#x41;', '&amp;', '&#x0000000000000041;']) {
      const text = sampleCase.replace('Jory', entity.repeat(Math.floor(4_000_000 / entity.length)));
      const started = performance.now();
      const memory = await memoryOf(async () => {
        expect([202, 422]).toContain((await gateway.post('/v1/messages', text, 'force')).status);
      });
      expect(memory).toBeLessThan(600);
      expect(performance.now() - started).toBeLessThan(10_000);
    }
    expect((await gateway.post('/v1/messages', caseOf(32), 'force')).status).toBe(202);
  });
});

const SURNAME = "string(//*[local-name()='Defendant'][1]//*[local-name()='PersonFamilyName'][1])";
/** What libxml2 reads, or undefined for what it refuses. */
function read(text: string): string | undefined {
  try {
    using document = XmlDocument.fromString(text);
    return String(document.eval(SURNAME));
  } catch {
    return undefined;
  }
}

describe('T33 a document that two parsers read differently is refused', () => {
  const surname = (inner: string) => sampleCase.replace('>TREMAYNE<', `>${inner}<`);
  it.each([
    ['plain', surname('TREMAYNE')],
    ['a comment in a value', surname('TRE<!-- x -->MAYNE')],
    ['a comment that looks like markup', surname('TRE<!-- </PersonFamilyName><PersonFamilyName>X -->MAYNE')],
    ['CDATA', surname('<![CDATA[TREMAYNE]]>')],
    ['CDATA in part', surname('TRE<![CDATA[MAY]]>NE')],
    ['nested CDATA', surname('<![CDATA[TRE<![CDATA[MAY]]>NE]]>')],
    ['CDATA end in text', surname('TRE]]>MAYNE')],
    ['CDATA with markup', surname('<![CDATA[<b>TREMAYNE</b>]]>')],
    ['a processing instruction', surname('TRE<?x y?>MAYNE')],
    ['an entity twice escaped', surname('TRE&amp;lt;MAYNE')],
    ['a numeric entity', surname('TRE&#77;AYNE')],
    ['a forbidden character', surname('TRE&#0;MAYNE')],
    ['a surrogate', surname('TRE&#xD800;MAYNE')],
    ['two of it', sampleCase.replace(/<PersonFamilyName>TREMAYNE<\/PersonFamilyName>/, '$&<PersonFamilyName>OTHER</PersonFamilyName>')],
    ['a duplicate attribute', sampleCase.replace('<Case>', '<Case a="1" a="2">')],
    ['a duplicate attribute by namespace', sampleCase.replace('<Case>', '<Case xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2">')],
    ['two roots', `${sampleCase}<NewCaseMessage/>`],
    ['text after the root', `${sampleCase}x`],
    ['text before the root', `x${sampleCase}`],
    ['a second declaration', sampleCase.replace(PROLOG, `${PROLOG}${PROLOG}`)],
    ['a declaration inside', sampleCase.replace('<Case>', `${PROLOG}<Case>`)],
    ['a BOM', `\ufeff${sampleCase}`],
    ['two BOMs', `\ufeff\ufeff${sampleCase}`],
    ['a BOM inside', surname('TRE\ufeffMAYNE')],
    ['carriage returns', surname('TRE\r\nMAYNE')],
    ['a tag in another case', sampleCase.replace('</PersonFamilyName>', '</personfamilyname>')],
    ['attributes without quotes', sampleCase.replace('<Case>', '<Case a=1>')],
    ['an unclosed comment', surname('TRE<!-- MAYNE')],
    ['a double hyphen in a comment', surname('TRE<!-- a -- b -->MAYNE')],
    ['the namespace bound anew', sampleCase.replace('<Case>', '<Case xmlns="urn:other">')],
    ['a colon too many', sampleCase.replace('<Case>', '<Case a:b:c="1">')],
    ['XML 1.1', sampleCase.replace('version="1.0"', 'version="1.1"')],
    ['NEL as white space', sampleCase.replace('<Case>', '<Case\u0085>')],
  ])('%s', async (_, text) => {
    const { status, body } = await gateway.post('/v1/messages', text, 'force');
    const reading = read(text);
    if (status === 422) return expect(body.reasons.length).toBeGreaterThan(0);
    const event = await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force');
    const familyName = event.body.data.defendants[0].person?.name?.familyName as string | undefined;
    // White space at the edges has no meaning in a name.
    expect([familyName?.trim() ?? '']).toEqual([reading?.trim()]);
  });
});

describe('T34 no message pollutes a prototype', () => {
  const before = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) =>
    Object.getOwnPropertyNames(prototype).toSorted(),
  );
  const check = () => {
    expect(
      [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) =>
        Object.getOwnPropertyNames(prototype).toSorted(),
      ),
    ).toEqual(before);
    const plain = {} as Record<string, unknown>;
    for (const name of ['polluted', 'isAdmin', 'classification', 'sensitive', 'label']) expect(plain[name]).toBeUndefined();
  };
  const value = '{"polluted":true,"isAdmin":true,"classification":"OFFICIAL","label":1}';
  const names = ['__proto__', 'constructor', 'prototype', '__defineGetter__', 'toString', 'hasOwnProperty', '\\u005f_proto__'];
  const payloads = names.flatMap((name) => [`{"${name}":${value}}`, `{"${name}":{"prototype":${value}}}`, `{"a":[{"${name}":${value}}]}`]);
  const event = (data: string, more = '') => `{"specversion":"1.0","type":"uk.justice.case.registered.v1"${more},"data":${data}}`;
  const events = payloads.flatMap((payload) => {
    const inner = payload.slice(1, -1);
    return [
      event(`{"case":{"urn":"52WX3400001"},"defendants":[{}],${inner}}`),
      event(`{"case":{"urn":"52WX3400001",${inner}},"defendants":[{}]}`),
      event(`{"case":{"urn":"52WX3400001"},"defendants":[{"person":{${inner}}}]}`),
      event(
        `{"case":{"urn":"52WX3400001"},"defendants":[{}],"label":{"policy":${JSON.stringify(POLICY)},"classification":"OFFICIAL",${inner}}}`,
      ),
      event(`{"case":{"urn":"52WX3400001"},"defendants":[{}],"extensions":{${inner}}}`),
      event(`{"case":{"urn":"52WX3400001"},"defendants":[{}]}`, `,${inner}`),
    ];
  });
  const xml = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'].flatMap((name) => [
    sampleCase.replace('<CaseInitiation>', `<${name}><polluted>true</polluted></${name}><CaseInitiation>`),
    sampleCase.replace('<CaseInitiation>', `<CaseInitiation ${name}="polluted">`),
    sampleCase.replace('<Case>', `<Case xmlns:${name === '__proto__' ? 'p' : name}="${name}">`),
    sampleCase.replaceAll('CaseInitiation', name),
    sampleCase.replaceAll('PersonFamilyName', name),
    sampleCase.replace('Jory', name),
    sampleCase.replaceAll('52WX1000426', name),
    `<${name}/>`,
  ]);
  it('in the pipeline', async () => {
    for (const text of events) await take(text, { canonical: true });
    for (const text of xml) await take(text);
    for (const payload of payloads) await take(sampleCase, { assertion: JSON.parse(payload) });
    check();
  });
  it('over HTTP, and none lowers a label', async () => {
    for (const text of events) {
      const answer = await gateway.post('/v1/events', text, 'force');
      expect([202, 400, 422]).toContain(answer.status);
      if (text.includes('__proto__') || text.includes('\\u005f')) expect(answer.status).not.toBe(202);
    }
    for (const text of xml) expect([202, 422]).toContain((await gateway.post('/v1/messages', text, 'force')).status);
    for (const payload of payloads)
      expect([400, 422]).toContain(
        (await gateway.post('/v1/messages', sampleCase.replace('Jory', 'Nest'), 'force', { 'Interchange-Label': payload })).status,
      );
    for (const query of ['__proto__[polluted]=1', 'constructor[prototype][polluted]=1', '__proto__.polluted=1', '__proto__=1'])
      expect((await gateway.call(`/v1/events?${query}`, {}, 'cps')).status).toBe(400);
    await gateway.raw('GET /ping HTTP/1.1\r\nHost: x\r\n__proto__: polluted\r\nconstructor: x\r\nConnection: close\r\n\r\n');
    check();
    expect((await gateway.post('/v1/messages', caseOf(34), 'force')).body.classification).toBe('OFFICIAL-SENSITIVE');
  });
});

/** Every `pattern` and `x-form` in a document, with its place. */
function* patternsIn(node: unknown, at: string): Generator<readonly [string, string]> {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if ((name === 'pattern' || name === 'x-form') && typeof value === 'string') yield [at, value];
    if (name === 'patternProperties') for (const pattern of Object.keys(value as object)) yield [`${at}/patternProperties`, pattern];
    yield* patternsIn(value, `${at}/${name}`);
  }
}

/** Milliseconds that a pattern took, or Infinity when it was ended. */
function timeOf(pattern: string, text: string): number {
  const context = createContext({ pattern, text });
  const started = performance.now();
  try {
    runInContext('new RegExp(pattern, "u").test(text)', context, { timeout: 400 });
    return performance.now() - started;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return Number.POSITIVE_INFINITY;
    throw error;
  }
}
const UNITS = ['a', 'A', '0', ' ', '.', '-', '_', '/', '@', ',', "'", 'é', 'A1', 'a.', '0-', 'a ', '~0', '1 A', 'a@', '+44', ':'];
const hostileTexts = UNITS.flatMap((unit) =>
  [200, 20_000].flatMap((length) => [unit.repeat(length), `${unit.repeat(length)}\u0001`, `a${unit.repeat(length)}!`]),
);

describe('T35 no published pattern can take exponential time', () => {
  const schemas = readdirSync(join(HOME, 'schemas'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  const found = [
    ...schemas.flatMap((name) => [...patternsIn(JSON.parse(readFileSync(join(HOME, 'schemas', name), 'utf8')), name)]),
    ...patternsIn(parse(readFileSync(join(HOME, 'contracts/openapi.yaml'), 'utf8'), { merge: true }), 'openapi.yaml'),
    ...patternsIn(JSON.parse(readFileSync(join(HOME, 'gateway/config.schema.json'), 'utf8')), 'config.schema.json'),
  ];
  const patterns = new Map(found.map(([at, pattern]) => [pattern, at]));
  it('and the test detects a pattern that can', () => {
    expect(timeOf('^(a+)+$', `${'a'.repeat(40)}!`)).toBe(Number.POSITIVE_INFINITY);
    expect(found.length).toBeGreaterThan(20);
  });
  it.each([...patterns].map(([pattern, at]) => [at, pattern] as const))('%s: %s', (_, pattern) => {
    // Twice, since the first time the machine may have been busy.
    const slow = hostileTexts.filter((text) => Math.min(timeOf(pattern, text), timeOf(pattern, text)) > 100);
    expect(slow.map((text) => `${text.slice(0, 4)}… of ${text.length}`)).toEqual([]);
    expect(pattern, 'an unanchored pattern says nothing of the rest').toMatch(/^\^.*\$$|^\^https\?:\/\/$/s);
  });
});

describe('T36 nothing that a message or schema refers to is fetched', () => {
  it('as the server in this test would count', async () => {
    await fetch(`${remote}/self`);
    expect(hits).toContain('/self');
    hits = [];
  });
  it('in XML', async () => {
    const attribute = (text: string) => sampleCase.replace('<NewCaseMessage', `<NewCaseMessage ${text}`);
    const messages = [
      attribute(
        `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.dca.gov.uk/xmlschemas/libra ${remote}/a.xsd"`,
      ),
      attribute(`xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="${remote}/b.xsd"`),
      attribute(`xmlns:other="${remote}/ns"`),
      attribute(`xml:base="${remote}/"`),
      doctype(`<!DOCTYPE x SYSTEM "${remote}/c.dtd">`),
      doctype(`<!DOCTYPE x [<!ENTITY a SYSTEM "${remote}/d">]>`).replace('Jory', '&a;'),
      doctype(`<?xml-stylesheet href="${remote}/e.xsl" type="text/xsl"?>`),
      sampleCase.replace('<Case>', `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${remote}/f"/><Case>`),
    ];
    for (const text of messages) await gateway.post('/v1/messages', text, 'force');
    expect(hits).toEqual([]);
  });
  it('in events, labels and tokens', async () => {
    const data = { case: { urn: '52WX3600001' }, defendants: [{}] };
    const event = { specversion: '1.0', type: 'uk.justice.case.registered.v1', data };
    const events = [
      { ...event, dataschema: `${remote}/schema` },
      { ...event, data: { ...data, $ref: `${remote}/ref`, $schema: `${remote}/meta` } },
      { ...event, source: remote, subject: remote },
      { ...event, data: { ...data, label: { $ref: `${remote}/label` } } },
      { ...event, data: { ...data, label: { policy: { id: `${remote}/policy`, version: '1.0.0' }, classification: 'OFFICIAL' } } },
    ];
    for (const hostile of events)
      await gateway.post('/v1/events', JSON.stringify(hostile), 'force', { Link: `<${remote}/link>; rel="describedby"` });
    for (const header of [{ jku: `${remote}/jku` }, { x5u: `${remote}/x5u` }])
      await gateway.call('/v1/events', { headers: { Authorization: `Bearer ${await gateway.forge({ iss: remote }, header)}` } });
    expect(hits).toEqual([]);
  });
  it('in a schema, where a remote reference does not compile', async () => {
    for (const schema of [{ $ref: `${remote}/schema.json` }, { $schema: `${remote}/meta.json`, type: 'object' }])
      expect(() => makeAjv().compile(schema)).toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hits).toEqual([]);
  });
});
