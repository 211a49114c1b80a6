/** T37, T38: bad configuration stops the start with its reason, and a broken policy changes nothing. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Config, checkConfig, HOME, readConfig } from '../../gateway/config.ts';
import { startGateway } from '../../gateway/main.ts';
import { loadRulesInForce } from '../../gateway/rules/compiled-rules.ts';
import { caseOf, configFor, hostileAdapter, ON_KAFKA, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { config, POLICY, policy, standards } from '../support/rules-in-force.ts';

type Client = Config['clients'][number];
const [first, ...others] = config.clients as readonly [Client, ...Client[]];
const withFirst = (change: Partial<Client>) => ({ clients: [{ ...first, ...change }, ...others] });
const floor = { policy: POLICY, classification: 'OFFICIAL' };

const KAFKA = { brokers: ['kafka.wessex.example:9093'] };
const PLAIN = { mechanism: 'plain', username: 'gateway', passwordFile: 'password' };

describe('T37 bad configuration stops the start with its reason', () => {
  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ['a misspelt limit', { limits: { ...config.limits, requestPerMinute: 1 } }, /\/limits/],
    ['no limit', { limits: { ...config.limits, bodyBytes: undefined } }, /\/limits.*bodyBytes/],
    ['a limit of nothing', { limits: { ...config.limits, requestsPerMinute: 0 } }, /\/limits\/requestsPerMinute/],
    ['a limit that is not a number', { limits: { ...config.limits, requestsPerMinute: Number.NaN } }, /\/limits\/requestsPerMinute/],
    [
      'a message that no record of Kafka holds',
      {
        bus: 'kafka',
        kafka: { brokers: ['127.0.0.1:1'] },
        limits: { ...config.limits, bodyBytes: 17 * 1024 * 1024, bytesInFlight: 1e9, bytesPerMinute: 1e9 },
      },
      /\/limits\/bodyBytes must be at most 16777216 on Kafka/,
    ],
    ['a limit without end', { limits: { ...config.limits, bodyBytes: 1e12 } }, /\/limits\/bodyBytes/],
    ['a limit as text', { limits: { ...config.limits, requestSeconds: '30' } }, /\/limits\/requestSeconds/],
    ['a member that is not known', { clearances: [] }, /unevaluated/],
    ['no domain', { domain: undefined }, /domain/],
    ['an invalid port', { port: 70_000 }, /\/port/],
    ['an invalid host', { host: 'a b' }, /\/host/],
    ['metrics without a port', { metrics: { host: '127.0.0.1' } }, /\/metrics.*port/],
    ['metrics at the address of the gateway', { port: 8080, metrics: { port: 8080 } }, /\/metrics has the host and port of the gateway/],
    ['metrics at every address, with its port', { port: 8080, metrics: { host: '0.0.0.0', port: 8080 } }, /\/metrics has/],
    ['a password of Kafka that goes over the network as it is', { kafka: { ...KAFKA, sasl: PLAIN } }, /\/kafka\/ssl must be true/],
    [
      'such a password, to one broker of several that is elsewhere',
      { kafka: { brokers: ['127.0.0.1:9092', '10.0.0.1:9092'], sasl: PLAIN } },
      /\/kafka\/ssl must be true/,
    ],
    [
      'such a password, to a broker of this machine, with a client that would follow the broker elsewhere',
      { kafka: { brokers: ['127.0.0.1:9092'], client: '@platformatic/kafka', sasl: PLAIN } },
      /\/kafka\/ssl must be true/,
    ],
    ['a client of Kafka that is not known', { kafka: { ...KAFKA, client: 'other' } }, /\/kafka\/client/],
    ['a client that would be a gateway on Kafka', { kafka: { ...KAFKA, gatewayPrincipals: [first.id] } }, /gatewayPrincipals has the id/],
    ['a client whose grants would be left alone', { kafka: { ...KAFKA, otherPrincipals: [first.id] } }, /otherPrincipals has the id/],
    [
      'a gateway that would be a client on Kafka',
      { kafka: { ...KAFKA, ssl: true, sasl: { ...PLAIN, username: first.id } } },
      /username has/,
    ],
    ['a prefix of topics that begins as topics do', { kafka: { ...KAFKA, prefix: 'justice.' } }, /\/kafka\/prefix/],
    ['an unknown log level', { logLevel: 'loud' }, /\/logLevel/],
    ['keys from a file', { auth: { ...config.auth, jwksUri: 'file:///etc/passwd' } }, /\/auth\/jwksUri/],
    ['a console without a provider', { auth: { ...config.auth, jwksUri: 'https://issuer.example/keys' } }, /\/console\/issuer is missing/],
    ['a console that is a client', { console: { clientId: first.id } }, /\/console\/clientId is the id of a client/],
    ['an unknown scope', withFirst({ scopes: ['events:all' as never] }), /\/clients\/0\/scopes/],
    ['a client id with a line end', withFirst({ id: 'a\nb' }), /\/clients\/0\/id/],
    ['a clearance without a policy', withFirst({ clearance: { classifications: ['OFFICIAL'] } as never }), /\/clients\/0\/clearance/],
    ['one client twice', { clients: [first, first] }, /The configuration has client .* twice/],
    [
      'a clearance of an unknown level',
      withFirst({ clearance: { ...first.clearance, classifications: ['PUBLIC'] } }),
      /Client wessex\.police\.records: clearance/,
    ],
    [
      'a clearance under another policy',
      withFirst({ clearance: { ...first.clearance, policy: { ...POLICY, version: '9.0.0' } } }),
      /clearance/,
    ],
    ['a clearance of an unknown value', withFirst({ clearance: { ...first.clearance, releasableTo: ['police'] } }), /clearance/],
    ['a floor of an unknown level', withFirst({ submits: { standards: [], floor: { ...floor, classification: 'LOW' } } }), /floor/],
    [
      'a floor that the policy does not allow',
      withFirst({ submits: { standards: [], floor: { ...floor, caveats: ['UK EYES ONLY'] } } }),
      /floor/,
    ],
    [
      'a source of a standard that is not published',
      withFirst({ submits: { standards: ['case.registred'], floor } }),
      /case\.registred|standard/,
    ],
    ['a domain of an unknown level', { domain: { ...config.domain, classifications: ['EVERYTHING'] } }, /domain/],
    ['a policy file that is not there', { policyFile: '/nowhere/policy.json' }, /policy.*ENOENT/],
    ['an adapter that is not there', { adapters: ['/nowhere/adapter.mjs'] }, /adapter/i],
  ];
  it.each(wrong)('%s', async (_, change, reason) => {
    const start = async () => {
      const folder = temporary();
      const config: Partial<Config> = { ...configFor({}, folder), ...change };
      const checked = checkConfig(JSON.parse(JSON.stringify(config)), HOME, false);
      const gateway = await startGateway({ config: { ...checked, dataFolder: folder }, logTo: { write: () => undefined } });
      await gateway.close();
    };
    await expect(start()).rejects.toThrow(reason);
  });
  it.each([
    ['a port that is not a number', { INTERCHANGE_PORT: 'http' }, /\/port/],
    ['a limit that is not a number', { INTERCHANGE_REQUESTS: 'many' }, /requestsPerMinute/],
    ['a port for metrics that is not a number', { INTERCHANGE_METRICS_PORT: 'http' }, /\/metrics\/port/],
    ['a host for metrics without a port', { INTERCHANGE_METRICS_HOST: '127.0.0.1' }, /\/metrics/],
    ['a file that is not there', { INTERCHANGE_CONFIG: '/nowhere.json' }, /ENOENT/],
    ['a file that is not JSON', { INTERCHANGE_CONFIG: join(HOME, 'contracts/openapi.yaml') }, /not JSON/],
    ['no file in production', { NODE_ENV: 'production' }, /INTERCHANGE_CONFIG/],
    [
      'the development issuer in production',
      { NODE_ENV: 'production', INTERCHANGE_CONFIG: join(HOME, 'examples/development.config.json') },
      /jwksUri/,
    ],
  ])('in the environment: %s', (_, environment, reason) => expect(() => readConfig(environment)).toThrow(reason));

  it('because metrics have their own address, on this machine unless another is named', () => {
    expect(readConfig({}).metrics).toBeUndefined();
    expect(readConfig({ INTERCHANGE_METRICS_PORT: '9464' }).metrics).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(readConfig({ INTERCHANGE_METRICS_PORT: '8080', INTERCHANGE_METRICS_HOST: '10.0.0.1' }).metrics?.host).toBe('10.0.0.1');
  });
  it('because the development issuer does not start in production, and a refused start leaves nothing open', async () => {
    const config = configFor({}, temporary());
    await expect(startGateway({ config, production: true, logTo: { write: () => undefined } })).rejects.toThrow(/production/);
    const gateway = await startGateway({ config, logTo: { write: () => undefined } });
    await expect(
      startGateway({
        config: { ...config, dataFolder: temporary(), port: Number(new URL(gateway.url).port) },
        logTo: { write: () => undefined },
      }),
    ).rejects.toThrow(/EADDRINUSE/);
    await gateway.close();
  });
});

describe('T37 a start that fails leaves nothing behind', () => {
  const quiet = { logTo: { write: () => undefined } };
  /** Listeners and workers of this process. */
  const open = () => process.getActiveResourcesInfo().filter((name) => /TCPServer|Worker|MessagePort/.test(name)).length;
  const steps: readonly (readonly [string, (config: Config) => Config | Promise<Config>, RegExp])[] = [
    ['at its adapters', (config) => ({ ...config, adapters: ['/nowhere/adapter.mjs'] }), /adapter/i],
    ['at its policy', (config) => ({ ...config, policyFile: '/nowhere/policy.json' }), /policy/],
    [
      'at its keys',
      (config) => {
        writeFileSync(join(config.dataFolder, 'no-folder'), '');
        return { ...config, keysFolder: join(config.dataFolder, 'no-folder') };
      },
      /./,
    ],
    [
      'at its bus',
      (config) => {
        writeFileSync(join(config.dataFolder, 'bus.sqlite'), 'garbage'.repeat(1000));
        return config;
      },
      /./,
    ],
    [
      'at its witness',
      (config) => ({ ...config, witness: { url: 'http://127.0.0.1:1/', tokenFile: join(HOME, 'package.json') } }),
      /witness/i,
    ],
    [
      'at its timestamp authority',
      (config) => ({ ...config, timestamps: { url: 'http://127.0.0.1:1/', certificatesFile: '/nowhere.pem' } }),
      /certificates/,
    ],
    [
      'at its view',
      (config) => {
        mkdirSync(join(config.dataFolder, 'view.sqlite'));
        return config;
      },
      /view/,
    ],
    ['at its networks', (config) => ({ ...config, webhooks: { networks: ['300.0.0.0/8'] } }), /network/i],
    ['at the listener of its metrics', async (config) => ({ ...config, metrics: { host: '127.0.0.1', port: taken } }), /EADDRINUSE/],
    [
      'at its transports',
      (config) => {
        const transport = (name: string, inbox: string) => ({ name, kind: 'folder', client: 'wessex.police.records', settings: { inbox } });
        return { ...config, transports: [transport('first', config.dataFolder), transport('second', '/nowhere')] };
      },
      /not a folder/,
    ],
    ['at its listener', (config) => ({ ...config, port: taken }), /EADDRINUSE/],
  ];
  let taken = 0;
  const other = createServer();
  beforeAll(async () => {
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    taken = (other.address() as AddressInfo).port;
  });
  afterAll(() => other.close());

  // What is spoilt is on this machine: files of the embedded bus and of its view.
  const isLocal = ([name]: (typeof steps)[number]): boolean => !ON_KAFKA || !/bus|view/.test(name);
  it.each(steps.filter(isLocal))('%s', async (_, spoil, reason) => {
    const config = configFor({}, temporary());
    const before = open();
    await expect(startGateway({ ...quiet, config: await spoil(config) })).rejects.toThrow(reason);
    await vi.waitFor(() => expect(open()).toBe(before), 5000);
    // What was spoilt is put right: nothing holds the folder.
    for (const name of ['bus.sqlite', 'view.sqlite'])
      if (reason.source === '.' || reason.source === 'view') rmSync(join(config.dataFolder, name), { recursive: true, force: true });
    const gateway = await startGateway({ ...quiet, config });
    await gateway.close();
    await vi.waitFor(() => expect(open()).toBe(before), 5000);
  });
});

describe('T38 a policy that does not load changes nothing', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['that is not JSON', '{'],
    ['that is empty', '{}'],
    [
      'with a rule of an unknown value',
      JSON.stringify({ ...policy.document, portions: { x: { policy: POLICY, classification: 'NONE' } } }),
    ],
    ['without levels', JSON.stringify({ ...policy.document, classifications: [] })],
    ['of another version than clearances name', JSON.stringify({ ...policy.document, version: '2.0.0' })],
  ];
  it.each(broken)('a policy %s stops the start', async (_, text) => {
    const folder = temporary();
    const file = join(folder, 'policy.json');
    writeFileSync(file, text);
    await expect(openGateway({ dataFolder: folder, config: { policyFile: file } })).rejects.toThrow();
    expect(existsSync(join(folder, 'bus.sqlite'))).toBe(false);
  });

  let gateway: TestGateway;
  const folder = temporary();
  const file = join(folder, 'policy.json');
  const good = readFileSync(config.policyFile, 'utf8');
  beforeAll(async () => {
    writeFileSync(file, good);
    gateway = await openGateway({ config: { policyFile: file, adapters: [hostileAdapter(folder)] }, limits: { messageSeconds: 1.5 } });
  });
  afterAll(() => gateway.close());

  it.each(broken)('a policy %s is refused at a reload, and decisions continue under the previous one', async (name, text) => {
    writeFileSync(file, text);
    await expect(gateway.gateway.reload()).rejects.toThrow();
    const rules = gateway.gateway.rules();
    const { status, body } = await gateway.post('/v1/messages', caseOf(38_000 + name.length), 'force');
    expect(status).toBe(202);
    expect((await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'cps')).status).toBe(200);
    expect(gateway.gateway.rules()).toBe(rules);
    writeFileSync(file, good);
  });
  /** A gateway whose policy file can be changed, and an answer of it within a time. */
  const withGateway = async (use: (testGateway: TestGateway, file: string) => Promise<void>): Promise<void> => {
    const place = temporary();
    const policyFile = join(place, 'policy.json');
    writeFileSync(policyFile, good);
    const testGateway = await openGateway({ config: { policyFile, adapters: [hostileAdapter(place)] }, limits: { messageSeconds: 1 } });
    try {
      await use(testGateway, policyFile);
    } finally {
      await testGateway.close();
    }
  };
  const send = async (testGateway: TestGateway, text: string): Promise<string> => {
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 8000));
    const answer = await Promise.race([testGateway.post('/v1/messages', text, 'force').catch(() => undefined), late]);
    if (answer === undefined) return 'no answer';
    return `${answer.status} ${answer.body.reasons?.[0]?.code ?? answer.body.classification ?? ''}`.trim();
  };

  it('a worker that starts later does not read a refused policy', () =>
    withGateway(async (testGateway, policyFile) => {
      writeFileSync(policyFile, '{');
      await expect(testGateway.gateway.reload()).rejects.toThrow();
      expect(await send(testGateway, 'HOSTILE SPIN a')).toBe('422 adapter-limit');
      expect(await send(testGateway, caseOf(38_100))).toBe('202 OFFICIAL-SENSITIVE');
    }));
  it('a changed file that was not loaded is not used: workers and deliveries have the same policy', () =>
    withGateway(async (testGateway, policyFile) => {
      const portions = Object.fromEntries(
        Object.entries(policy.document.portions).map(([name, portion]) => [
          name,
          typeof portion.label === 'string' ? portion : { title: portion.title, label: { classification: 'OFFICIAL' } },
        ]),
      );
      const laxer = JSON.stringify({ ...policy.document, portions });
      writeFileSync(policyFile, laxer);
      loadRulesInForce({ ...testGateway.config, policyFile }, standards);
      expect(await send(testGateway, 'HOSTILE SPIN b')).toBe('422 adapter-limit');
      expect(await send(testGateway, caseOf(38_200))).toBe('202 OFFICIAL-SENSITIVE');
    }));
  it('adapters that do not load change nothing', () =>
    withGateway(async (testGateway) => {
      const reload = async () => testGateway.gateway.reload({ ...testGateway.config, adapters: ['/nowhere/adapter.mjs'] });
      await expect(reload()).rejects.toThrow();
      expect(await send(testGateway, caseOf(38_301))).toBe('202 OFFICIAL-SENSITIVE');
    }));
  it('a message does not wait forever for workers that do not start', () =>
    withGateway(async (testGateway) => {
      await (async () => testGateway.gateway.reload({ ...testGateway.config, adapters: ['/nowhere/adapter.mjs'] }))().catch(
        () => undefined,
      );
      await send(testGateway, caseOf(38_302));
      expect(await send(testGateway, caseOf(38_303))).toMatch(/^(202|503)/);
    }));
  it('clients that do not compile change nothing', async () => {
    const clients = gateway.config.clients.map((client) => ({ ...client, clearance: { ...client.clearance, classifications: ['X'] } }));
    await expect(gateway.gateway.reload({ ...gateway.config, clients })).rejects.toThrow(/clearance/);
    expect((await gateway.post('/v1/messages', caseOf(38_300), 'force')).status).toBe(202);
    expect((await gateway.events('cps')).length).toBeGreaterThan(0);
  });
  it('every decision in the audit log names the policy and its version', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(38_400), 'force');
    await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'cps');
    const records = await gateway.audit();
    expect(records.map(({ action }) => action)).toEqual(expect.arrayContaining(['start', 'collection', 'disclosure']));
    for (const { policy: named } of records) expect(named).toBe(`${POLICY.id}/${POLICY.version}`);
  });
});
