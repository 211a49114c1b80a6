/** T73: data from outside has no effect on a terminal, whichever command shows it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { run } from '../../gateway/cli/main.ts';
import { makeOutput } from '../../gateway/cli/output.ts';
import { HOME } from '../../gateway/config.ts';
import { openLog } from '../../gateway/log.ts';
import { safeJson, safeText } from '../../gateway/terminal.ts';
import { openGateway } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';
import { sampleCase } from '../support/rules-in-force.ts';

/** Says who it is, and then every kind of character that must not reach a terminal, including a character that a file name can have. */
const KINDS = '\u001b]0;title\u0007\u001b[2J\u009b31m\r\u007f\u202e\u2066\u061c\u200b\u200d\u2060\u2028\u2029\ufeff\u00ad\u3164\u{e0041}';
const NAME = `SHOWN${KINDS}`;
const HOSTILE = `${NAME}\u0000\n\t\ud800forged line`;
const UNSAFE = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
const data = join(folder, 'data');
let server: Server;
let url = '';
/** The client refuses an event with half of a character. */
const IN_EVENT = HOSTILE.replace('\ud800', '');
const EVENT = {
  id: IN_EVENT,
  type: IN_EVENT,
  classification: IN_EVENT,
  recordedtime: '2026-11-01T00:00:00Z',
  data: { case: { urn: IN_EVENT }, defendants: [{ organisation: { name: IN_EVENT }, offences: [{ wording: IN_EVENT }] }] },
};
const PROTECTION = {
  id: HOSTILE,
  status: HOSTILE,
  subject: HOSTILE,
  kind: HOSTILE,
  restrictions: [HOSTILE],
  until: HOSTILE,
  reason: HOSTILE,
  title: HOSTILE,
  law: HOSTILE,
  since: HOSTILE,
  by: HOSTILE,
  event: HOSTILE,
  lifted: { time: HOSTILE, by: HOSTILE, because: HOSTILE },
};
const PROBLEM = { title: HOSTILE, detail: HOSTILE, reasons: [{ code: HOSTILE, at: HOSTILE, reason: HOSTILE }] };

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path.startsWith('/refuse')) return void response.writeHead(400).end(JSON.stringify(PROBLEM));
    if (path.includes('/stream')) return void response.end(`id: 1\ndata: ${JSON.stringify(EVENT)}\n\n`);
    if (path.includes('/protections?')) return void response.end(JSON.stringify({ protections: [PROTECTION], more: false, cursor: '' }));
    if (path.endsWith('/lift-requests'))
      return void response.end(JSON.stringify({ requests: [{ ...PROTECTION, id: 'R', because: HOSTILE }] }));
    if (path.includes('/protections')) return void response.end(JSON.stringify(PROTECTION));
    if (path.includes('/events')) return void response.end(JSON.stringify({ events: [EVENT], more: false, cursor: '' }));
    return void response.writeHead(202).end(JSON.stringify({ id: HOSTILE }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await (await openGateway({ dataFolder: data, config: { bus: 'embedded' } })).close();
  const bus = openEmbeddedBus({ file: join(data, 'bus.sqlite') });
  const events = [{ id: HOSTILE, decision: 'permit', marking: HOSTILE, subject: HOSTILE }];
  const chained = { seq: 9, time: '2026-11-01T00:00:00.000Z', prev: 'x'.repeat(43), hash: 'x'.repeat(43) };
  const record = { ...chained, action: 'disclosure', decision: 'permit', policy: 'p/1', who: HOSTILE, task: HOSTILE, events };
  await bus.publish([{ topic: 'interchange.audit', key: 'audit', value: Buffer.from(JSON.stringify(record)) }]);
  await bus.close();
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const policy = () => JSON.parse(readFileSync(join(HOME, 'schemas/labels/uk-gsc.policy.json'), 'utf8'));
const event = () => ({ specversion: '1.0', type: 'uk.justice.case.registered.v1', data: { [HOSTILE]: 1, case: { urn: HOSTILE } } });

async function shown(words: readonly string[]): Promise<string> {
  let text = '';
  const env = {
    INTERCHANGE_DATA: data,
    INTERCHANGE_KEYS: join(data, 'keys'),
    INTERCHANGE_TOKEN: 'token',
    INTERCHANGE_URL: url,
    INTERCHANGE_LOG: 'silent',
  };
  await run(
    words,
    makeIo(env, (line) => void (text += `${line}\n`)),
  );
  return text;
}

/** Every command that shows what comes from outside: from a gateway, from a file, from a bus, from configuration, from its arguments. */
const COMMANDS: readonly (readonly [name: string, words: () => readonly string[] | Promise<readonly string[]>])[] = [
  ['listen', () => ['listen', '--count', '1']],
  ['listen --json', () => ['listen', '--count', '1', '--json']],
  ['listen, refused', () => ['listen', '--url', `${url}/refuse`]],
  ['replay', () => ['replay', '--from', '2026-01-01', '--to', '-']],
  ['replay, refused', () => ['replay', '--from', '2026-01-01', '--to', '-', '--url', `${url}/refuse`]],
  ['send', () => ['send', '--again', file(NAME, sampleCase)]],
  ['send --json', () => ['send', '--again', '--json', file(NAME, sampleCase)]],
  ['send, refused', () => ['send', '--again', '--url', `${url}/refuse`, file('sent.xml', sampleCase)]],
  ['protections list', () => ['protections', 'list']],
  ['protections list --json', () => ['protections', 'list', '--json']],
  ['protections show', () => ['protections', 'show', 'ID']],
  ['protections lift', () => ['protections', 'lift', 'ID', '--because', 'why']],
  ['protections approve', () => ['protections', 'approve', 'ID', '--request', 'R']],
  ['protections impose', () => ['protections', 'impose', '--case', 'C', '--restrictions', 'R', '--law', 'L', '--title', 'T']],
  ['protections, refused', () => ['protections', 'show', 'ID', '--url', `${url}/refuse`]],
  [
    'conformance, refused',
    () => ['conformance', '--as', 'consumer', '--target', url, '--secret', `whsec_${'A'.repeat(32)}`, '--url', `${url}/refuse`],
  ],
  ['conformance verify', conformanceStatement],
  ['convert, refused', () => ['convert', '--to', 'event', file(NAME, `<${HOSTILE}/>`)]],
  ['convert to a message, refused', () => ['convert', '--to', 'message', file(`${NAME}.ndjson`, event())]],
  ['label explain', () => ['label', 'explain', file(`${NAME}.explained`, event())]],
  ['label read', () => ['label', 'read', file(`${NAME}.xml`, `<label>${NAME}</label>`)]],
  ['label display', () => ['label', 'display', file(`${NAME}.label`, { classification: 'OFFICIAL' }), '--policy', hostilePolicy()]],
  ['label write', () => ['label', 'write', file(`${NAME}.json`, { classification: HOSTILE })]],
  ['policy check', () => ['policy', 'check', hostilePolicy()]],
  ['policy import', () => ['policy', 'import', file(`${NAME}.spif`, `<${NAME}>`)]],
  ['verify', () => ['verify', file(`${NAME}.event`, { ...event(), [HOSTILE]: HOSTILE })]],
  ['verify --json', () => ['verify', '--json', file(`${NAME}.event`, { ...event(), [HOSTILE]: HOSTILE })]],
  ['standards check', standards],
  ['audit verify', () => ['audit', 'verify', '--witness', join(folder, NAME)]],
  ['audit export', () => ['audit', 'export']],
  ['profiles report', () => ['profiles', 'report', '--data', join(folder, `${NAME}-nothing`)]],
  ['keys', () => ['keys', 'list', `--${NAME}`]],
  ['token', () => ['token', `--${NAME}`]],
  ['topics', () => ['topics', `--${NAME}`]],
  ['serve', () => ['serve', `--${NAME}`]],
  ['sandbox', () => ['sandbox', `--${NAME}`]],
  ['doctor', () => ['doctor', `--${NAME}`]],
];

function hostilePolicy(): string {
  return file(`${NAME}.policy`, { ...policy(), id: HOSTILE });
}

async function conformanceStatement(): Promise<readonly string[]> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const keys = file('keys.json', { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }] });
  file('report.json', '{}');
  const jws = await new SignJWT({ target: HOSTILE }).setProtectedHeader({ alg: 'EdDSA', kid: 'k' }).sign(privateKey);
  return ['conformance', 'verify', file('statement.jws', jws), '--keys', keys, `--${NAME}`];
}

function standards(): readonly string[] {
  return ['standards', 'check', '--schemas', join(folder, NAME, 'nowhere')];
}

describe('T73 a terminal', () => {
  it.each(COMMANDS)('gets nothing unsafe from %s', async (_, words) => {
    const text = await shown(await words());
    expect(text).toContain('SHOWN');
    expect(UNSAFE.exec(text)).toBeNull();
    expect(text).not.toMatch(/^\s*forged line/m);
  });

  it('is written to by one module', () => {
    const files = readdirSync(join(HOME, 'gateway/cli'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.m?[jt]s$/.test(name));
    const writers = files.filter((name) =>
      /process\.std|console\.|writeSync\(1/.test(readFileSync(join(HOME, 'gateway/cli', name), 'utf8')),
    );
    // `main.ts` hands the streams to the output; `interchange.mjs` writes one sentence itself, where Node is too old.
    expect(writers).toEqual(['interchange.mjs', 'main.ts']);
  });

  it('shows unsafe characters escaped, and readable text unchanged', () => {
    expect(safeText('a\u001b[2J\u202eb\n')).toBe('a\\u{1b}[2J\\u{202e}b\\u{a}');
    for (const text of ['Siân ŴYN-PRŶS', 'naïve £5 “quoted” – 50%', 'Ελληνικά עברית العربية 漢字', 'e\u0301 🙂'])
      expect(safeText(text)).toBe(text);
  });
  it('gets JSON with the same value', () => {
    const value = { [HOSTILE]: [HOSTILE, 1.5, null, 'Siân'] };
    for (const indent of [undefined, 2]) {
      const json = safeJson(JSON.stringify(value, null, indent));
      expect(UNSAFE.exec(json)).toBeNull();
      expect(JSON.parse(json)).toEqual(value);
    }
  });
});

describe('T73 the data of convert', () => {
  const written = (isTTY: boolean): string => {
    let text = '';
    const take = (chunk: string | Uint8Array) => void (text += Buffer.from(chunk).toString());
    makeOutput({ isTTY, write: take }, { write: take }).data(Buffer.from(`<a>${NAME}</a>\n`));
    return text;
  };
  it('is written unchanged to a file or a pipe, and escaped on a terminal', () => {
    expect(written(false)).toBe(`<a>${NAME}</a>\n`);
    expect(UNSAFE.exec(written(true))).toBeNull();
  });
  const program = [join(HOME, 'gateway/cli/interchange.mjs'), 'convert', '--to'];
  const convert = (to: string, path: string, env: object = {}) => spawnSync(process.execPath, [...program, to, path], { ...env });
  it('is the original message, after a pipe in both directions', () => {
    const source = join(HOME, 'examples/messages/new-case.xml');
    const events = file('there.ndjson', convert('event', source).stdout.toString());
    expect(convert('message', events).stdout.equals(readFileSync(source))).toBe(true);
  });

  it('that cannot be written is a failure', () => {
    const words = [...program, 'event', join(HOME, 'examples/messages/new-case.xml')].map((word) => `'${word}'`).join(' ');
    const run = spawnSync('bash', ['-c', `'${process.execPath}' ${words} > /dev/full`]);
    expect([run.status, run.stderr.toString()]).toEqual([1, 'interchange: the output cannot be written: ENOSPC\n']);
  });
});

describe('T73 convert writes a message that can be read back, or none', () => {
  let good: {
    data: {
      defendants: { person: { name: { familyName: unknown } } }[];
      case: object;
      extensions: Record<string, { layers: { before: string }[] }>;
    };
  };
  beforeAll(() => {
    const program = [join(HOME, 'gateway/cli/interchange.mjs'), 'convert', '--to', 'event', join(HOME, 'examples/messages/new-case.xml')];
    good = JSON.parse(execFileSync(process.execPath, program).toString());
  });
  const changed = (change: (data: typeof good.data) => void) => {
    const copy = structuredClone(good);
    change(copy.data);
    return copy;
  };
  const [person, residue] = [(data: typeof good.data) => data.defendants[0]?.person.name ?? { familyName: '' }, 'spi-new-case'];
  it.each([
    ['without data', () => ({ ...good, data: null }), /data-missing/],
    ['with a number for a name', () => changed((data) => void (person(data).familyName = 5)), /not-read-back.*familyName/],
    ['with an object for a reference', () => changed((data) => void (data.case = { urn: { a: '<' } })), /not-read-back/],
    ['with text for its defendants', () => changed((data) => void (data.defendants = 'x' as never)), /not-read-back/],
    ['with a character that XML cannot hold', () => changed((data) => void (person(data).familyName = 'A\u0001')), /cannot-hold/],
    [
      'with half an envelope',
      () => changed((data) => void ((data.extensions[residue]?.layers[0] ?? { before: '' }).before = '<a><b></a>')),
      /not-read-back|adapter/,
    ],
    ['with a residue of text', () => changed((data) => void (data.extensions[residue] = '<x>' as never)), /adapter-failed/],
  ])('for an event %s', async (_, make, reason) => {
    const out = join(folder, 'converted');
    let text = '';
    const code = await run(
      ['convert', '--to', 'message', '--out', out, file('bad.ndjson', `${JSON.stringify(make())}\n`)],
      makeIo({}, (line) => void (text += line)),
    );
    expect([code, text]).toEqual([1, expect.stringMatching(reason)]);
    expect(readdirSync(out)).toEqual([]);
  });
});

it('T73 a line of the log is safe with any content', () => {
  const lines: string[] = [];
  openLog('info', { write: (line: string) => void lines.push(line) }).warn({ reason: HOSTILE, [HOSTILE]: 1 }, HOSTILE);
  expect(lines.join('')).not.toMatch(UNSAFE);
  expect(JSON.parse(lines.join(''))).toMatchObject({ reason: HOSTILE, msg: HOSTILE });
});
