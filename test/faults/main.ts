/**
 * `npm run test:faults [-- --accepted N --seed S]`: three brokers and two gateways under load, while brokers and gateways are killed,
 * paused, cut off and put on a full disk. Then everything that was accepted is looked for. Prints the figures; exits with 1 when one is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openKafkaBus } from '../../gateway/bus/kafka.ts';
import { verifyAudit } from '../../gateway/store/audit-verify.ts';
import { openKeys } from '../../gateway/store/keys.ts';
import { startCluster } from '../support/broker.ts';
import { openProxy } from '../support/proxy.ts';
import { Chaos } from './chaos.ts';
import { FaultyGateway } from './gateway.ts';
import { Load } from './load.ts';
import { verify } from './verify.ts';

const { values } = parseArgs({ options: { accepted: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } });
const goal = Number(values.accepted);

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const networks = await Promise.all([1, 2, 3].map(() => openProxy()));
const cluster = await startCluster({
  brokers: 3,
  advertised: networks.map(({ port }) => port),
  properties: { 'log.segment.bytes': 64 * 1024 * 1024 },
});
for (const [n, network] of networks.entries()) network.target = cluster.brokers[n]?.port ?? 0;
const gateways = [1, 2].map((n) => new FaultyGateway(`gateway-${n}`, folder, cluster.addresses));
for (const gateway of gateways) await gateway.start();
console.log('Three brokers and two gateways are running.');

const token = await (gateways[0] as FaultyGateway).token('court');
const load = new Load(gateways, token, goal);
const chaos = new Chaos(cluster, networks, gateways, Number(values.seed));
const ticker = setInterval(
  () => console.log(`${load.accepted.size} accepted, ${load.refused} refused, ${load.unanswered} without an answer; ${chaos.count} faults`),
  10_000,
);
const started = performance.now();
const raging = chaos.rage(() => load.isDone);
await load.run();
const seconds = (performance.now() - started) / 1000;
await raging;
clearInterval(ticker);

const bus = await openKafkaBus({ brokers: cluster.addresses, clientId: 'verify', partitions: 4, replication: 3, makeTopics: false });
const { seal } = await openKeys(join(folder, 'keys'));
const audit = await verifyAudit(bus, (kid) => (kid === seal.kid ? seal.publicKey : undefined));
const figures = await verify(bus, load, gateways, await (gateways[1] as FaultyGateway).token('cps'));
console.log(
  JSON.stringify(
    {
      'accepted messages': load.accepted.size,
      'seconds of load': Math.round(seconds),
      'refused with 5xx, and sent again': load.refused,
      'no answer, and sent again': load.unanswered,
      faults: chaos.counts,
      ...figures,
      'audit log': audit.ok ? `verifies: ${audit.records} records in ${audit.chains} chains` : `does not verify: ${audit.reason}`,
    },
    null,
    2,
  ),
);
await bus.close();
for (const gateway of gateways) await gateway.stop('SIGTERM');
await cluster.close();
for (const network of networks) await network.close();
rmSync(folder, { recursive: true, force: true });
const wrong =
  figures.lost +
  figures['out of order within a case'] +
  figures['ids with two contents'] +
  figures['delivered more than once'] +
  figures['not delivered'];
process.exit(wrong === 0 && audit.ok && load.accepted.size >= goal && chaos.count > 0 ? 0 : 1);
