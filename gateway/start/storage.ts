/** Opens the storage of a gateway: the bus with its topics, the journal that writes to it, and the view for look-ups. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { type OpenBus, openBus } from '../buses.ts';
import type { Config } from '../config.ts';
import { LabelledHere } from '../intake/labelled-here.ts';
import { openView } from '../local-view.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Standards } from '../rules/standards.ts';
import { readChains } from '../store/audit/audit.ts';
import { evidenceFor } from '../store/audit/open-evidence.ts';
import { leafSalts } from '../store/audit/record-leaf.ts';
import { deploymentOf } from '../store/deployment.ts';
import { Journal } from '../store/journal.ts';
import { openStreams, type Streams } from '../store/open-streams.ts';
import type { View } from '../store/view/view.ts';
import { type WatchedTopics, watchTopics } from '../topics.ts';
import type { Observe } from '../transports/http/observe.ts';

/** How long a sender waits for Kafka before the gateway returns 503. */
const PATIENCE_MILLISECONDS = 8000;

export interface StorageContext {
  readonly config: Config;
  readonly inForce: InForce;
  readonly standards: Standards;
  readonly log: Logger;
  readonly observe: Observe;
  readonly now: () => number;
  readonly name: string;
}

export interface Storage extends OpenBus {
  readonly topics: WatchedTopics | undefined;
  readonly streams: Streams;
  readonly journal: Journal;
  readonly view: View;
  /** Which protections this run labelled its last events with. */
  readonly labelledHere: LabelledHere;
  /** The id of this run of the gateway. */
  readonly run: string;
  /** Audits the start of the gateway, with what came into force with it, and later its stop. */
  readonly writeStart: (change: string | undefined) => Promise<void>;
}

export async function openStorage(stack: AsyncDisposableStack, context: StorageContext): Promise<Storage> {
  const { config, inForce, standards, log, observe, now, name } = context;
  const { policyName } = inForce;
  const open = await openBus(config, deploymentOf(inForce.keys), { ...observe.bus, now });
  const { bus, isShared, spool, away } = open;
  stack.defer(() => bus.close());
  if (spool !== undefined) observe.spool(() => spool.state);
  const topics = await watchTopics({ config, rules: inForce.rules, standards, log, isLate: away !== undefined });
  stack.defer(() => topics?.close());
  if (topics !== undefined) observe.topics(() => topics.differences);
  const labelledHere = new LabelledHere();
  // On a bus with several writers, each run of a gateway has a separate chain, linked to earlier ones.
  const chain = isShared ? `${name}.${randomUUID()}` : undefined;
  const streams = openStreams(inForce.keys.secret, log, observe.putAside);
  let view: View | undefined;
  // Closed after the journal, because the view takes the journal's last records.
  stack.defer(() => view?.close());
  // Verify before the view reads the log, so that a changed log is reported and not followed.
  const journal = await Journal.open({
    bus,
    key: inForce.sealKey,
    keys: (kid) => inForce.keys.everSealed(kid),
    secret: inForce.keys.secretName,
    salt: leafSalts(inForce.keys.secret),
    now,
    authenticator: streams.authenticator,
    onCommitted: (records) => {
      labelledHere.committed(records);
      view?.add(records);
    },
    ...(chain === undefined ? {} : { chain, patience: PATIENCE_MILLISECONDS, isLate: away !== undefined }),
    ...evidenceFor(config, policyName, (fault, reason) => log.error({ reason }, fault)),
  });
  const about = { who: 'gateway', decision: 'none' } as const;
  let isStarted = false;
  stack.defer(() => journal.close(isStarted ? { action: 'stop', ...about, policy: policyName() } : undefined));
  streams.onGaps(journal.gaps);
  const begun = away === undefined ? await streams.begin(bus, policyName()) : [];
  view = await openView(config, { bus, isShared, away }, inForce.keys.secretName, streams.reader, log);
  if (journal.timestamps !== undefined) observe.timestamps(() => journal.timestamps);
  const opened = view;
  observe.lag('view', () => opened.lag());
  const writeStart = async (change: string | undefined) => {
    const follows = isShared && away === undefined ? { follows: await readChains(bus) } : {};
    await journal.commit(
      [],
      [{ action: 'start', ...about, policy: policyName(), ...follows, ...(change === undefined ? {} : { change }) }, ...begun],
    );
    isStarted = true;
  };
  return { ...open, topics, streams, journal, view, labelledHere, run: chain ?? randomUUID(), writeStart };
}
