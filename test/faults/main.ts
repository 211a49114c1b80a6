/**
 * `npm run test:faults [-- --accepted N --seed S --faults all|gateways --each N]`: three brokers and two gateways under load, with a webhook
 * and a reader, while brokers and gateways are killed, paused, cut off, put on a full disk, set to a wrong clock, restarted and given another
 * policy. It ends when N messages were accepted and each kind of fault has happened `--each` times (default 1). Then everything that was
 * accepted is looked for. Prints the figures; exits with 1 when one is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import { verifyAudit } from '../../gateway/store/audit/audit-verify.ts';
import { startCluster } from '../support/broker.ts';
import { openProxy } from '../support/proxy.ts';
import { allInSync, brokerFaults } from './broker-faults.ts';
import { Caller, persistently } from './caller.ts';
import { Chance, Chaos } from './chaos.ts';
import { Findings } from './findings.ts';
import { FaultyGateway } from './gateway.ts';
import { gatewayFaults, Policies } from './gateway-faults.ts';
import { Load } from './load.ts';
import { Reader } from './reader.ts';
import { verify } from './verify.ts';
import { Webhooks } from './webhooks.ts';

/**
 * While only gateways fail, one at a time, a webhook waits for a lease at most: its holder renews it every ten seconds, and if it
 * stops directly after that, the other waits for 30 seconds. A few seconds more pass until the other has claimed the lease, looks
 * (twice a second), and has passed over what else came in meanwhile.
 */
const LONGEST_WAIT_SECONDS = 30 + 5;

const { values } = parseArgs({
  options: {
    accepted: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: 'all' },
    each: { type: 'string', default: '1' },
  },
});
const onlyGateways = values.faults === 'gateways';
if (!onlyGateways && values.faults !== 'all') throw new Error('--faults takes all or gateways');

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
// What it started ends with it.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const networks = await Promise.all([1, 2, 3].map(() => openProxy()));
const cluster = await startCluster({
  brokers: 3,
  advertised: networks.map(({ port }) => port),
  properties: { 'log.segment.bytes': 64 * 1024 * 1024 },
});
for (const [n, network] of networks.entries()) network.target = cluster.brokers[n]?.port ?? 0;
const findings = new Findings();
const policies = new Policies(folder);
const gateways = [1, 2].map((n) => new FaultyGateway(`gateway-${n}`, folder, cluster.addresses, policies.file, findings));
for (const gateway of gateways) await gateway.start();
console.log('Three brokers and two gateways are running.');

const mint = (persona: string) => (gateways[0] as FaultyGateway).token(persona);
const sender = new Caller('court', mint);
const reading = new Caller('cps', mint);
const webhooks = await Webhooks.open(gateways, sender, reading);
const chance = new Chance(Number(values.seed));
const chaos = new Chaos(
  [...gatewayFaults({ gateways, webhooks, policies, chance }), ...(onlyGateways ? [] : brokerFaults(cluster, networks, chance))],
  chance,
  // With brokers that fail too, faults of gateways come as they come; without, each is seen to its end, so that its wait can be measured.
  () => (onlyGateways ? webhooks.settled() : allInSync(cluster)),
);
const load = new Load(gateways, sender, Number(values.accepted), () => chaos.hasHadEach(Number(values.each)));
const reader = new Reader(gateways, reading);
const casesOf = (): readonly (readonly string[])[] => [...load.cases.values(), webhooks.events];
const started = performance.now();
const secondsOf = () => Math.round((performance.now() - started) / 1000);
const ticker = setInterval(
  () =>
    console.log(
      `${secondsOf()} s: ${load.accepted} accepted, ${sender.refused} refused, ${sender.unanswered} without an answer; ` +
        `${chaos.count} faults, now: ${chaos.now}; longest wait of the webhook ${(webhooks.longestWait / 1000).toFixed(1)} s`,
    ),
  10_000,
);
let isSent = false;
const sending = Promise.all([load.run(), webhooks.run(() => load.isDone)]).then(() => {
  isSent = true;
});
const reads = reader.run(() => (isSent ? casesOf().flat() : undefined));
await Promise.all([sending, chaos.rage(() => load.isDone)]);
const seconds = secondsOf();
await Promise.all([webhooks.end(), reads]);
clearInterval(ticker);

const bus = await persistently(() =>
  openKafkaBus({ brokers: cluster.addresses, clientId: 'verify', partitions: 4, replication: 3, makeTopics: false }),
);
const { seal } = await openKeys(join(folder, 'keys'));
const audit = await persistently(() => verifyAudit(bus, (kid) => (kid === seal.kid ? seal.publicKey : undefined)));
const cases = casesOf();
const figures = await persistently(() => verify(bus, cases, gateways, reading));
const webhookFigures = webhooks.figures();
const readerFigures = reader.figures(cases);
await bus.close();
for (const gateway of gateways) await gateway.stop('SIGTERM');
console.log(
  JSON.stringify(
    {
      'accepted messages': load.accepted,
      'seconds of load': seconds,
      'seconds in all': secondsOf(),
      'refused with 5xx, and sent again': sender.refused,
      'no answer, and sent again': sender.unanswered,
      faults: chaos.counts,
      'faults that could interrupt a delivery': chaos.interruptions,
      ...figures,
      ...readerFigures,
      ...webhookFigures,
      'audit log': audit.ok ? `verifies: ${audit.records} records in ${audit.chains} chains` : `does not verify: ${audit.reason}`,
      'starts that failed': Object.fromEntries(findings.failedStarts),
      'errors in the logs of the gateways': Object.fromEntries(findings.logged),
      findings: findings.wrong,
      'megabytes of this program': Math.round(process.resourceUsage().maxRSS / 1024),
    },
    null,
    2,
  ),
);
await cluster.close();
for (const network of networks) await network.close();

const mustBeNone = [
  figures.lost,
  figures['out of order within a case'],
  figures['ids with two contents'],
  figures['not delivered'],
  figures['delivered more than once'],
  ...Object.values(readerFigures),
  webhookFigures['not delivered to the webhook'],
  webhookFigures['first deliveries out of order'],
  Math.max(0, webhookFigures['delivered to it more than once'] - chaos.interruptions),
  findings.wrong.length,
  onlyGateways ? findings.failedStarts.size : 0,
  onlyGateways ? Math.max(0, webhookFigures['longest wait of the webhook in seconds'] - LONGEST_WAIT_SECONDS) : 0,
];
process.exit(mustBeNone.every((figure) => figure === 0) && audit.ok && chaos.count > 0 ? 0 : 1);
