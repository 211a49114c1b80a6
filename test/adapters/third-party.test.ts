/** A third party’s adapter: a folder outside the project that imports only the published interface, loaded by configuration. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOME, readConfig } from '../../gateway/config.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { startGateway } from '../../gateway/main.ts';

const ADAPTER = `
import type { Adapter, DecodedEvent } from 'justice-interchange/adapter';

/** New cases as lines of CSV: urn, family name, offence code. */
const adapter: Adapter = {
  id: 'wessex-csv',
  title: 'Wessex CSV export',
  version: '1.0.0',
  mediaTypes: ['text/csv'],
  standards: ['case.registered'],
  detect: (head) => head.startsWith('URN,'),
  decode: (message) => {
    const [, ...lines] = new TextDecoder().decode(message).trim().split('\\n');
    if (lines[0] === 'spin') for (;;);
    if (lines[0] === 'wait') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (lines[0] === 'eat') { const eaten: number[][] = []; for (;;) eaten.push(new Array(1e6).fill(1)); }
    if (lines[0] === 'throw') throw new Error('CANARY');
    const events = lines.map((line): DecodedEvent => {
      const [urn = '', familyName = '', code = ''] = line.split(',');
      return { standard: 'case.registered', caseReference: urn, warnings: [], data: { case: { urn }, defendants: [{ person: { name: { familyName } }, offences: [{ code }] }] } };
    });
    return events.length === 0 ? { ok: false, refusals: [{ code: 'adapter.wessex-csv.empty', reason: 'There is no line' }] } : { ok: true, value: { events } };
  },
};

export default adapter;
`;

let folder: string;
let gateway: Gateway;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'third-party-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(HOME, join(folder, 'node_modules/justice-interchange'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'adapter.ts'), ADAPTER);
  const base = readConfig(
    {},
    { dataFolder: join(folder, 'data'), port: 0, logLevel: 'silent', adapters: [join(folder, 'adapter.ts')], workers: 1 },
  );
  gateway = await startGateway({ config: { ...base, limits: { ...base.limits, messageSeconds: 2, workerMegabytes: 128 } } });
  const force = base.clients.find(({ persona }) => persona === 'force') as (typeof base.clients)[number];
  token = (await gateway.issuer?.token(force)) ?? '';
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const send = async (body: string) => {
  const response = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body });
  return {
    status: response.status,
    body: (await response.json()) as { adapter?: string; events?: unknown[]; reasons?: { code: string }[] },
  };
};

describe('a third party’s adapter', () => {
  it('type-checks against the published interface alone', () => {
    const tsc = join(HOME, 'node_modules/typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--allowImportingTsExtensions',
      '--skipLibCheck',
      '--types',
      'node',
      '--typeRoots',
      join(HOME, 'node_modules/@types'),
    ];
    expect(() => execFileSync(process.execPath, [tsc, ...options, join(folder, 'adapter.ts')], { stdio: 'pipe' })).not.toThrow();
  });

  it('is detected by content and used, and its events are labelled like all others', async () => {
    const { status, body } = await send('URN,NAME,CODE\n52WX1000901,PASCOE,CJ88116\n52WX1000902,NANCARROW,CJ88116');
    expect([status, body.adapter, body.events?.length]).toEqual([202, 'wessex-csv', 2]);
  });

  it('that refuses or throws sends the message to quarantine, and its error does not leak', async () => {
    expect(await send('URN,NAME,CODE')).toMatchObject({ status: 422, body: { reasons: [{ code: 'adapter.wessex-csv.empty' }] } });
    const thrown = await send('URN,NAME,CODE\nthrow');
    expect(thrown).toMatchObject({ status: 422, body: { reasons: [{ code: 'adapter-failed' }] } });
    expect(JSON.stringify(thrown)).not.toContain('CANARY');
  });

  it.each(['spin', 'wait', 'eat'])(
    'T46 that %ss is stopped at the limit, the message is quarantined, and the gateway continues',
    async (what) => {
      const [hostile, friendly] = await Promise.all([
        send(`URN,NAME,CODE\n${what}`),
        send(`URN,NAME,CODE\n52WX10${what.charCodeAt(0)}03,BOSANKO,CJ88116`),
      ]);
      expect(hostile).toMatchObject({ status: 422, body: { reasons: [{ code: 'adapter-limit' }] } });
      expect(friendly.status).toBe(202);
      expect((await send(`URN,NAME,CODE\n52WX10${what.charCodeAt(0)}04,TRELOAR,CJ88116`)).status).toBe(202);
    },
  );
});
