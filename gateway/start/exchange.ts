/** Opens the parts that handle messages and events, whatever the transport: intake, reading, delivery and quarantine. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { Ledger } from '../intake/ledger.ts';
import { lookUp } from '../intake/look-up.ts';
import { MessageIntake } from '../intake/message-intake.ts';
import { placesBefore } from '../intake/missing-places.ts';
import { Restrictions } from '../intake/restrictions.ts';
import { makeStamp } from '../intake/stamp.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { RecordVerifier } from '../pipeline/record-verifier.ts';
import { brokenRecords } from '../quarantine/broken-records.ts';
import { LabelRequests } from '../quarantine/label-requests.ts';
import { Quarantine } from '../quarantine/quarantine.ts';
import { makeDeliverToReader } from '../reading/deliver-to-reader.ts';
import { EventReader } from '../reading/event-reader.ts';
import { LevelOrders } from '../reading/level-orders.ts';
import { RestoreOrder } from '../reading/restore-order.ts';
import { Volume } from '../reading/volume.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Standards } from '../rules/standards.ts';
import { ProtectionRegister } from '../store/register.ts';
import { Barrier } from '../store/view/barrier.ts';
import { EventIndex } from '../store/view/event-index.ts';
import { Lease } from '../subscriptions/lease.ts';
import type { Replays } from '../subscriptions/replays.ts';
import type { Subscriptions } from '../subscriptions/subscriptions.ts';
import type { Observe } from '../transports/http/observe.ts';
import { whenBack } from '../when-back.ts';
import { IngestPool } from '../workers/pool.ts';
import type { Storage } from './storage.ts';
import { openWebhooks } from './webhooks.ts';

export interface ExchangeContext {
  readonly config: Config;
  readonly inForce: InForce;
  readonly standards: Standards;
  readonly storage: Storage;
  readonly log: Logger;
  readonly observe: Observe;
  readonly now: () => number;
}

export interface Exchange {
  readonly intake: MessageIntake;
  readonly eventReader: EventReader;
  readonly quarantine: Quarantine;
  readonly requests: LabelRequests;
  readonly register: ProtectionRegister;
  readonly subscriptions: Subscriptions;
  readonly replays: Replays;
  readonly ledger: Ledger;
  /** The lease that decides which of several gateways delivers; undefined where there is only one gateway, or until the bus answers. */
  readonly lease: () => Lease | undefined;
  /** Passes the rules in force to the workers. */
  readonly reload: () => void;
  /** Starts the background work: deliveries, corrections, places in the order. */
  readonly begin: (isStopping: () => boolean) => Promise<void>;
}

export async function openExchange(stack: AsyncDisposableStack, context: ExchangeContext): Promise<Exchange> {
  const { config, inForce, standards, storage, log, observe, now } = context;
  const { bus, isShared, spool, away, journal, view, streams, run } = storage;
  const { labelling, domain, policyName: policy, client: clientOf } = inForce;
  const identities = makeIdentities(inForce.keys.secret);
  const workerInput = () => ({
    config: inForce.config,
    policy: inForce.policy,
    adapters: inForce.adapterSources(),
    secret: inForce.keys.secret,
    sealJwk: inForce.keys.seal.privateJwk,
    renditions: isShared,
    kid: inForce.keys.seal.kid,
    sealKeys: inForce.keys.trustedKeys.map(({ kid, publicKey }) => ({ kid, publicKey })),
  });
  const pool = new IngestPool(
    workerInput(),
    { workers: config.workers, seconds: config.limits.messageSeconds, memory: config.limits.workerMegabytes },
    now,
    (reason) => log.error({ reason }, 'a worker does not start'),
    (sourceId, questions) => lookUp(lookUpContext, sourceId, questions),
  );
  stack.defer(() => pool.close());
  const ledger = new Ledger({
    journal,
    view,
    now,
    run,
    onDifference: ({ source, hour, difference }) =>
      log.error({ source, hour, difference }, 'the ledger does not balance: messages are missing'),
  });
  stack.defer(() => ledger.close());
  observe.missing(() => ledger.missing());
  const onBroken = brokenRecords({
    view,
    journal,
    ledger,
    identities,
    labelling,
    domain,
    now,
    policy,
    onFound: ({ topic, partition, offset }, codes) => {
      observe.broken();
      log.error({ topic, partition, offset, codes }, 'a record does not verify');
    },
  });
  const records = new RecordVerifier(labelling, (kid) => inForce.keys.trusted(kid));
  const protections = new Barrier(() => view.caughtUp('protections'));
  const register = new ProtectionRegister({ view, journal, identities, labelling, now, barrier: protections, policy });
  const known = (subject: string | undefined) => register.known(subject);
  const events = new EventIndex({ bus, view, records, onBroken });
  const lookUpContext = {
    bus,
    view,
    events,
    records,
    labelling,
    now,
    protections,
    known,
    client: clientOf,
    isSpooling: spool !== undefined,
  };
  const stamp = makeStamp(now);
  const intake = new MessageIntake({
    pool,
    identities,
    labelling,
    domain,
    stamp,
    journal,
    view,
    ledger,
    before: (event) => placesBefore({ bus, view, events, records }, event),
  });
  const deliverToReader = makeDeliverToReader({ labelling, records, now, known }, pool);
  const eventReader = new EventReader({
    labelling,
    bus,
    view,
    events,
    journal,
    onBroken,
    protections,
    deliverToReader,
    onHeld: streams.onHeld,
    volume: new Volume(now),
    pageBytes: config.limits.pageBytes,
  });
  const requests = new LabelRequests({ view, journal, labelling, identities, now, policy });
  let lease: Lease | undefined;
  const holdsLease = () => !isShared || lease?.isHeld === true;
  stack.defer(() => lease?.close());
  const levelOrders = isShared
    ? new LevelOrders({
        bus,
        view,
        holdsLease,
        authenticator: streams.authenticator,
        levels: () => labelling().policy.levels,
        onFault: (kind) => log.warn({ kind }, 'the orders of the levels wait: they cannot be written now'),
      })
    : undefined;
  stack.defer(() => levelOrders?.close());
  const order = new RestoreOrder({
    bus,
    view,
    events,
    records,
    journal,
    holdsLease,
    onBroken,
    onFault: (kind) => log.warn({ kind }, 'events wait for their place in the order'),
  });
  stack.defer(() => order.close());
  const sealing = () => ({ sealKey: inForce.sealKey(), identities, renditions: isShared });
  const restrictions = new Restrictions({
    bus,
    view,
    events,
    journal,
    records,
    labelling,
    standards,
    identities,
    stamp,
    now,
    known,
    holdsLease,
    policy,
    sealing,
    onFault: (kind) => log.warn({ kind }, 'corrections of earlier events wait: they cannot be issued now'),
  });
  stack.defer(() => restrictions.close());
  const { webhooks, subscriptions, replays } = openWebhooks(config, {
    eventReader,
    journal,
    view,
    events,
    identities,
    labelling,
    deliverToReader,
    protections,
    now,
    holdsLease,
    log,
    standards,
    stamp,
    sealing,
    clients: inForce.clients,
    policy,
    onAttempt: (outcome) => observe.attempted(outcome),
  });
  stack.defer(() => webhooks.close());
  const quarantine = new Quarantine({ bus, view, journal, intake, labelling, domain, requests, client: clientOf });
  const isSubscribed = () => view.outbox.all().some(({ status }) => status === 'active');
  const isWanted = () => isSubscribed() || restrictions.isWanted || order.isWanted || levelOrders?.isWanted === true;
  const openLease = async () => {
    lease = await Lease.open({ ...streams, bus, run, now, wanted: isWanted });
  };
  const begin = async (isStopping: () => boolean) => {
    pool.start();
    const resume = async () => journal.commit([], await streams.begin(bus, policy())).then(openLease);
    if (away !== undefined) void whenBack(away, { journal, view, log, isStopping, resume });
    else if (isShared) await openLease();
    observe.webhooks({ backlog: () => webhooks.backlog(), ...(isShared ? { isHeld: holdsLease, age: () => lease?.age ?? 0 } : {}) });
    view.onSubscription(() => {
      lease?.check();
      webhooks.refresh();
    });
    order.check();
    view.onProtection(() => {
      if (restrictions.isWanted) lease?.check();
      restrictions.check();
    });
  };
  const reload = () => pool.reload(workerInput());
  return { intake, eventReader, quarantine, requests, register, subscriptions, replays, ledger, lease: () => lease, reload, begin };
}
