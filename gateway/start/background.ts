/**
 * Opens the work that continues in the background: webhooks, corrections of earlier events, and the order of events. Of several gateways
 * on one bus, only the one that holds the lease does it.
 */
import { Restrictions } from '../intake/restrictions.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { LevelOrders } from '../reading/level-orders.ts';
import { RestoreOrder } from '../reading/restore-order.ts';
import { Lease } from '../subscriptions/lease.ts';
import type { OperatedSubscriptions } from '../subscriptions/operated-subscriptions.ts';
import type { Replays } from '../subscriptions/replays.ts';
import type { Subscriptions } from '../subscriptions/subscriptions.ts';
import { whenBack } from '../when-back.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { Reading } from './reading.ts';
import type { SharedParts } from './shared-parts.ts';
import { openWebhooks } from './webhooks.ts';

export interface Background {
  readonly subscriptions: Subscriptions;
  readonly replays: Replays;
  readonly operated: OperatedSubscriptions;
  /** The lease that decides which of several gateways delivers; undefined where there is only one gateway, or until the bus answers. */
  readonly lease: () => Lease | undefined;
  /** Whether this gateway does the background work. */
  readonly holdsLease: () => boolean;
  /** Checks again what could not be judged by earlier rules or keys. */
  readonly checkAgain: () => void;
  /** Starts the work. */
  readonly begin: (isStopping: () => boolean) => Promise<void>;
}

/** What each kind of work gets besides the shared parts. */
interface Work {
  readonly context: ExchangeContext;
  readonly shared: SharedParts;
  /** Whether this gateway does the work. */
  readonly holdsLease: () => boolean;
}

/** `isAlsoWanted`: whether other work than this needs the lease. */
export function openBackground(
  stack: AsyncDisposableStack,
  context: ExchangeContext,
  shared: SharedParts,
  reading: Reading,
  isAlsoWanted: () => boolean,
): Background {
  const { inForce, standards, storage, log, observe, now } = context;
  const { bus, isShared, away, journal, view, streams, run } = storage;
  let lease: Lease | undefined;
  const holdsLease = () => !isShared || lease?.isHeld === true;
  stack.defer(() => lease?.close());
  const work = { context, shared, holdsLease };
  const levelOrders = isShared ? openLevelOrders(stack, work) : undefined;
  const order = openRestoreOrder(stack, work);
  const sealing = () => ({ sealKey: inForce.sealKey(), identities: shared.identities, renditions: isShared });
  const restrictions = openRestrictions(stack, work, sealing);
  const { webhooks, subscriptions, replays, operated } = openWebhooks(context.config, {
    ...shared,
    ...reading,
    standards,
    log,
    holdsLease,
    sealing,
    clients: inForce.clients,
    transports: context.transports,
    canWrite: (mediaType) => makeAdapters(inForce.adapters()).mediaTypes.includes(mediaType),
    onUnwritable: (subscription) => log.warn({ subscription }, 'the format of a subscription cannot hold an event: it is not delivered'),
    onAttempt: (outcome) => observe.attempted(outcome),
  });
  stack.defer(() => webhooks.close());

  const isSubscribed = () => view.outbox.all().some(({ status }) => status === 'active');
  const isWanted = () => isAlsoWanted() || isSubscribed() || restrictions.isWanted || order.isWanted || levelOrders?.isWanted === true;
  const openLease = async () => {
    lease = await Lease.open({ ...streams, bus, run, now, wanted: isWanted });
  };
  const begin = async (isStopping: () => boolean) => {
    const resume = async () => journal.commit([], await streams.begin(bus, shared.policy())).then(openLease);
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
  return { subscriptions, replays, operated, lease: () => lease, holdsLease, checkAgain: () => restrictions.checkAgain(), begin };
}

/** Writes the order of each level, for clients that read the bus directly. */
function openLevelOrders(stack: AsyncDisposableStack, { context, shared, holdsLease }: Work): LevelOrders {
  const levelOrders = new LevelOrders({
    ...shared,
    holdsLease,
    authenticator: context.storage.streams.authenticator,
    levels: () => shared.labelling().policy.levels,
    onFault: (kind) => context.log.warn({ kind }, 'the orders of the levels wait: they cannot be written now'),
  });
  stack.defer(() => levelOrders.close());
  return levelOrders;
}

/** Gives a place in the order to events that have none. */
function openRestoreOrder(stack: AsyncDisposableStack, { context, shared, holdsLease }: Work): RestoreOrder {
  const order = new RestoreOrder({
    ...shared,
    holdsLease,
    onFault: (kind) => context.log.warn({ kind }, 'events wait for their place in the order'),
  });
  stack.defer(() => order.close());
  return order;
}

/** Issues corrections of events that were published before a protection began. */
function openRestrictions(
  stack: AsyncDisposableStack,
  { context, shared, holdsLease }: Work,
  sealing: ConstructorParameters<typeof Restrictions>[0]['sealing'],
): Restrictions {
  const restrictions = new Restrictions({
    ...shared,
    standards: context.standards,
    holdsLease,
    sealing,
    onFault: (kind) => context.log.warn({ kind }, 'corrections of earlier events wait: they cannot be issued now'),
  });
  stack.defer(() => restrictions.close());
  return restrictions;
}
