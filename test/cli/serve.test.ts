/** T37, T39: `interchange serve` as a process: a failed start ends with its reason, and health reports a full disk. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { developmentToken } from '../../gateway/cli/remote.ts';
import { HOME, readConfig } from '../../gateway/config.ts';
import { caseOf, openGateway } from '../support/gateway.ts';
import { type ServeOptions, serve } from '../support/serve.ts';

const root = mkdtempSync(join(tmpdir(), 'serve-'));
chmodSync(root, 0o755);
/** A port that is taken by something that takes connections and never answers. */
let silent: Server;
let taken = '';
/** A data folder that a gateway has used. */
const used = join(root, 'used');
beforeAll(async () => {
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  taken = String((silent.address() as AddressInfo).port);
  const gateway = await openGateway({ dataFolder: used, config: { bus: 'embedded' } });
  await gateway.close();
});
afterAll(() => {
  silent.close();
  rmSync(root, { recursive: true, force: true });
});

let number = 0;
const folder = (): string => join(root, `data-${number++}`);
const copy = (): string => {
  const target = folder();
  execFileSync('cp', ['-a', used, target]);
  return target;
};
const development = JSON.parse(readFileSync(join(HOME, 'examples/development.config.json'), 'utf8')) as Record<string, object>;
const configured = (change: object): Record<string, string> => {
  const file = join(root, `config-${number++}.json`);
  writeFileSync(file, JSON.stringify({ ...development, policyFile: join(HOME, 'schemas/labels/uk-gsc.policy.json'), ...change }));
  return { INTERCHANGE_CONFIG: file };
};

/** Long enough for a machine that does much else. */
const FEW_SECONDS = 20_000;

type Refusal = readonly [name: string, setUp: () => ServeOptions & { readonly data: string }, code: number, reason: RegExp];

describe('T37 a start that cannot continue ends at once with its reason', () => {
  const refusals: readonly Refusal[] = [
    [
      'the data folder is a file',
      () => {
        const data = folder();
        writeFileSync(data, '');
        return { data };
      },
      1,
      /serve: (ENOTDIR|EEXIST)/,
    ],
    [
      'the data folder may not be written',
      () => {
        const data = copy();
        const isRoot = process.getuid?.() === 0;
        if (isRoot) execFileSync('chown', ['-R', '65534:65534', data]);
        chmodSync(data, 0o500);
        chmodSync(join(data, 'bus.sqlite'), 0o400);
        return { data, ...(isRoot ? { uid: 65_534 } : {}) };
      },
      1,
      /serve: .*(EACCES|EPERM|readonly|unable to open)/,
    ],
    ['its port is taken', () => ({ data: copy(), env: { INTERCHANGE_PORT: taken } }), 1, /EADDRINUSE/],
    ['its port for metrics is taken', () => ({ data: copy(), env: { INTERCHANGE_METRICS_PORT: taken } }), 1, /EADDRINUSE/],
    [
      'a network for webhooks is none',
      () => ({ data: copy(), env: configured({ webhooks: { networks: ['10.0.0.0/99'] } }) }),
      1,
      /network/,
    ],
    ['the configuration is not valid', () => ({ data: copy(), env: { INTERCHANGE_PORT: '70000' } }), 2, /\/port/],
    [
      'there is no policy',
      () => ({ data: copy(), env: configured({ policyFile: '/nowhere.json' }) }),
      1,
      /policy .* cannot be read: ENOENT/,
    ],
    ['there is no witness', () => ({ data: copy(), env: configured({ witness: { file: '/nowhere/heads' } }) }), 1, /witness/],
    [
      'a key is broken',
      () => {
        const data = copy();
        writeFileSync(join(data, 'keys/seal.jwk.json'), '', { mode: 0o600 });
        return { data };
      },
      1,
      /seal\.jwk\.json/,
    ],
    [
      'the bus is not a bus',
      () => {
        const data = copy();
        writeFileSync(join(data, 'bus.sqlite'), randomBytes(8192));
        return { data };
      },
      1,
      /The bus file cannot be used/,
    ],
    [
      'the view is not a file',
      () => {
        const data = copy();
        for (const end of ['', '-wal', '-shm']) rmSync(join(data, `view.sqlite${end}`), { force: true });
        mkdirSync(join(data, 'view.sqlite'));
        return { data };
      },
      1,
      /The view .* cannot be used/,
    ],
    ['the disk has no room at all', () => ({ data: folder(), fileKilobytes: 0 }), 1, /serve: (EFBIG|The bus file)/],
    ['the disk has room for keys only', () => ({ data: folder(), fileKilobytes: 4 }), 1, /serve: The bus file cannot be used/],
    ['the disk is full before the start is in the audit log', () => ({ data: folder(), fileKilobytes: 40 }), 1, /serve: The (bus|view)/],
    [
      'no Kafka answers',
      () => ({ data: folder(), env: { INTERCHANGE_BUS: 'kafka', INTERCHANGE_KAFKA_BROKERS: '127.0.0.1:1' } }),
      1,
      /Kafka/,
    ],
    [
      'something of it would go on for ever',
      () => {
        const adapter = join(root, 'ticking.mjs');
        writeFileSync(adapter, "setInterval(() => undefined, 1000);\nexport { default } from './hollow.mjs';\n");
        const hollow =
          "{ id: 'hollow', version: '1.0.0', title: 'Hollow', mediaTypes: [], standards: [], detect: () => false, decode: () => ({ ok: false, refusals: [] }) }";
        writeFileSync(join(root, 'hollow.mjs'), `export default ${hollow};\n`);
        return { data: copy(), env: { ...configured({ adapters: [adapter] }), INTERCHANGE_PORT: taken } };
      },
      1,
      /EADDRINUSE/,
    ],
  ];
  it.each(refusals)('%s', { timeout: 2 * FEW_SECONDS }, async (_, setUp, code, reason) => {
    const { data, ...options } = setUp();
    const served = serve(data, options);
    const late = setTimeout(() => served.process.kill('SIGKILL'), FEW_SECONDS);
    expect(await served.ended).toBe(code);
    clearTimeout(late);
    expect(served.output()).toMatch(reason);
    expect(served.output()).not.toMatch(/"ready"|\n\s+at /);
  });

  it('because its folder is in use, and succeeds when it is not', { timeout: 2 * FEW_SECONDS }, async () => {
    const data = copy();
    const bus = openEmbeddedBus({ file: join(data, 'bus.sqlite') });
    const refused = serve(data);
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/in use by another process/);
    await bus.close();
    const served = serve(data);
    expect(await served.ready).toMatch(/^http/);
    served.process.kill('SIGTERM');
    expect(await served.ended).toBe(0);
  });

  it('after a signal', { timeout: 2 * FEW_SECONDS }, async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const served = serve(folder(), { env: { INTERCHANGE_BUS: 'kafka', INTERCHANGE_KAFKA_BROKERS: `127.0.0.1:${taken}` } });
      await new Promise((resolve) => silent.once('connection', resolve));
      const asked = performance.now();
      served.process.kill(signal);
      expect([1, signal]).toContain(await served.ended);
      expect(performance.now() - asked).toBeLessThan(3000);
    }
  });
});

describe('T39 on a full disk', () => {
  const send = async (url: string, token: string, body: Uint8Array): Promise<number> =>
    (await fetch(`${url}/v1/messages`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: Buffer.from(body) })).status;
  const health = async (url: string) => {
    const response = await fetch(`${url}/health`);
    return { status: response.status, checks: ((await response.json()) as { checks: Record<string, string> }).checks };
  };
  const lift = (pid: number | undefined): void => void execFileSync('prlimit', [`--pid=${pid}`, '--fsize=unlimited']);

  it.each([
    // Of what cannot be read the bus takes all bytes, and the view a line. Of small messages the view writes more.
    ['of the bus', 1024, (): Uint8Array => randomBytes(150_000), 422, 'bus'],
    ['of the view', 1024, (n: number): Uint8Array => Buffer.from(caseOf(n)), 202, 'view'],
  ])(
    '%s health returns 503 while writes fail, the process continues, and both recover when there is space',
    {
      timeout: 4 * FEW_SECONDS,
    },
    async (_, fileKilobytes, message, taken, check) => {
      const data = folder();
      const served = serve(data, { fileKilobytes });
      const url = (await served.ready) ?? served.output();
      const token = await developmentToken(readConfig({}, { dataFolder: data }), 'force', false);
      const statuses = new Set<number>();
      for (let n = 0; n < 1000 && !statuses.has(503); n++) statuses.add(await send(url, token, message(n)));
      expect([...statuses]).toEqual([taken, 503]);
      for (let n = 0; n < 5; n++) {
        expect(await health(url)).toMatchObject({ status: 503, checks: { [check]: 'fail' } });
        expect(await send(url, token, message(1000 + n))).toBe(503);
      }
      lift(served.process.pid);
      let status = 0;
      for (let n = 0; n < 100 && status !== 200; n++) {
        ({ status } = await health(url));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(status).toBe(200);
      expect(await send(url, token, message(2000))).toBe(taken);
      served.process.kill('SIGTERM');
      expect(await served.ended).toBe(0);
    },
  );
});
