/** The subscriptions of clients, and their delivery attempts. Both are records on a stream of the bus. */
import { randomBytes } from 'node:crypto';
import type { Refusal } from '../../adapters/adapter.ts';
import { refusal } from '../../adapters/refusal.ts';
import { BusUnavailable } from '../bus/bus.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { Standing } from '../reading/cursor.ts';
import type { Readable } from '../reading/readable.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { DeliveryQuery } from '../store/view/outbox.ts';
import type { View } from '../store/view/view.ts';
import { type DeliveryRecord, record, SUBSCRIPTIONS, type SubscriptionRecord } from '../wire/streams.ts';
import { destinationOf, placeOfUrl } from './destination.ts';
import { sendTest, type TestContext, type TestResult } from './test-event.ts';
import { secretsOf } from './webhook-delivery.ts';

export interface SubscriptionsContext extends TestContext {
  readonly journal: Journal;
  readonly view: View;
  readonly identities: Pick<Identities, 'webhookSecret'>;
  /** The position of a reader that wants events from a time (milliseconds) on, by the clock of the bus. */
  readonly since: (time: number) => Promise<Standing>;
  readonly readable: Readable;
  /** Whether an adapter writes a media type. */
  readonly canWrite: (mediaType: string) => boolean;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
}

/** A client's request for a subscription. */
export type SubscriptionRequest = Pick<SubscriptionRecord, 'url' | 'type' | 'subject' | 'task' | 'format' | 'handling'> & {
  readonly from?: string;
};

export type CreateResult =
  | { readonly ok: true; readonly subscription: SubscriptionRecord; readonly secret: string }
  | { readonly ok: false; readonly code: 'too-many' }
  | { readonly ok: false; readonly code: 'target'; readonly refusal: Refusal };

/** The client whose subscription it is. */
export type Owner = Pick<Client, 'id' | 'onBehalfOf'>;

/** An attempt as its subscriber sees it. It names no event that the subscriber may not read now. */
export type Attempt = Omit<DeliveryRecord, 'event'> & Partial<Pick<DeliveryRecord, 'event'>>;

export interface AttemptPage {
  readonly attempts: readonly Attempt[];
  readonly next: number;
  readonly more: boolean;
}

const NO_FORMAT = refusal('no-adapter', 'There is no adapter that writes this format', '/body/format');

const MOST_SUBSCRIPTIONS = 20;
/** How often a change is tried again when another gateway changes the subscription at the same time. */
const ATTEMPTS = 5;

export class Subscriptions {
  readonly #context: SubscriptionsContext;
  /** The last creation of each client. Creations run one after another, so that two requests at once cannot exceed the limit. */
  readonly #creating = new Map<string, Promise<unknown>>();

  constructor(context: SubscriptionsContext) {
    this.#context = context;
  }

  /** The subscriptions of a client, oldest first. */
  async list(client: Client): Promise<readonly SubscriptionRecord[]> {
    await this.#context.view.caughtUp('subscriptions');
    return this.#context.view.outbox
      .all()
      .filter(({ client: owner }) => owner === client.id)
      .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  /** A subscription of a client. Returns undefined where it is absent or belongs to another client: both look the same. */
  async get(client: Pick<Client, 'id'>, id: string): Promise<SubscriptionRecord | undefined> {
    await this.#context.view.caughtUp('subscriptions');
    const found = this.#context.view.outbox.get(id);
    return found?.client === client.id && found.status !== 'deleted' ? found : undefined;
  }

  /** The attempts of a client's subscription, newest first. The next page continues before the place `next`. */
  async attempts(client: Client, { id, task }: SubscriptionRecord, query: DeliveryQuery): Promise<AttemptPage> {
    const { view, readable } = this.#context;
    const found = view.outbox.deliveries(id, { ...query, limit: query.limit + 1 });
    const page = found.slice(0, query.limit);
    const ids = page.map(({ delivery }) => delivery.event);
    const known = ids.length === 0 ? new Set() : await readable(client, task, ids);
    const attempts = page.map(({ delivery: { event, ...rest } }) => (known.has(event) ? { event, ...rest } : rest));
    return { attempts, next: page.at(-1)?.seq ?? query.before ?? 0, more: found.length > page.length };
  }

  create(client: Client, request: SubscriptionRequest): Promise<CreateResult> {
    const before = this.#creating.get(client.id) ?? Promise.resolve();
    const created = before.catch(() => undefined).then(() => this.#create(client, request));
    this.#creating.set(client.id, created);
    return created;
  }

  async #create(client: Client, { from, ...request }: SubscriptionRequest): Promise<CreateResult> {
    const { now, since, identities, canWrite } = this.#context;
    if ((await this.list(client)).length >= MOST_SUBSCRIPTIONS) return { ok: false, code: 'too-many' };
    const destination = await destinationOf(request.url, client.id, this.#context);
    if (!destination.ok)
      return { ok: false, code: 'target', refusal: { code: 'address-refused', at: '/body/url', reason: destination.reason } };
    if (request.format !== undefined && !canWrite(request.format)) return { ok: false, code: 'target', refusal: NO_FORMAT };
    const id = randomBytes(32).toString('base64url');
    const subscription: SubscriptionRecord = {
      id,
      version: 1,
      client: client.id,
      ...request,
      status: 'active',
      created: new Date(now()).toISOString(),
      secret: 0,
      turn: 0,
      standing: await since(from === undefined ? now() : Date.parse(from)),
    };
    await this.#write(client, subscription, 'create');
    return { ok: true, subscription, secret: identities.webhookSecret(id, 0) };
  }

  /** Pauses a subscription, or resumes it at its position. This and the methods below return undefined where the subscription is absent. */
  async set(owner: Owner, id: string, status: 'active' | 'paused', by?: Client): Promise<SubscriptionRecord | undefined> {
    const change = ({ because: _, ...rest }: SubscriptionRecord) => ({
      ...rest,
      status,
      ...(status === 'paused' ? ({ because: 'asked' } as const) : {}),
    });
    return this.change(owner, id, status === 'paused' ? 'pause' : 'resume', change, by);
  }

  async end(client: Client, id: string): Promise<SubscriptionRecord | undefined> {
    return this.change(client, id, 'delete', (found) => ({ ...found, status: 'deleted', url: '' }));
  }

  /** Renews the secret. For a day, the gateway also signs with the previous secret. */
  async rotate(client: Client, id: string): Promise<{ readonly subscription: SubscriptionRecord; readonly secret: string } | undefined> {
    const { now, identities } = this.#context;
    const rotated = new Date(now()).toISOString();
    const subscription = await this.change(client, id, 'renew secret', (found) => ({ ...found, secret: found.secret + 1, rotated }));
    return subscription && { subscription, secret: identities.webhookSecret(id, subscription.secret) };
  }

  /** Sends a test event to the subscription's address, even while it is paused. Its position and delivery log do not change. */
  async test(client: Owner, id: string, by: Pick<Client, 'id' | 'onBehalfOf'> = client): Promise<TestResult | undefined> {
    const { journal, policy, identities, now } = this.#context;
    const found = await this.get(client, id);
    if (found === undefined) return undefined;
    const about = { subscription: id, change: 'test', to: placeOfUrl(found.url) };
    await journal.commit([], [{ action: 'alteration', ...actorOf(by), decision: 'none', policy: policy(), ...about }]);
    return sendTest(this.#context, found, secretsOf(found, identities, now()));
  }

  /**
   * Changes the latest version of a subscription. Of two changes at once, the second applies to the result of the first, so none is lost. Returns undefined where the subscription is absent or `change` returns undefined. `by`: who changes it, where that is not its client.
   */
  async change(
    client: Owner,
    id: string,
    name: string,
    change: (found: SubscriptionRecord) => Omit<SubscriptionRecord, 'version'> | undefined,
    by: Owner = client,
  ): Promise<SubscriptionRecord | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.get(client, id);
      const changed = found && change(found);
      if (found === undefined || changed === undefined) return undefined;
      const next: SubscriptionRecord = { ...changed, version: found.version + 1 };
      if (await this.#write(by, next, name, found.url)) return next;
    }
    throw new BusUnavailable('The subscription is being changed by others');
  }

  /** Whether this write won. */
  async #write(by: Owner, subscription: SubscriptionRecord, change: string, url = subscription.url): Promise<boolean> {
    const { journal, view, policy } = this.#context;
    const { id } = subscription;
    const about = { subscription: id, change, to: placeOfUrl(url) };
    await journal.commit(
      [record(SUBSCRIPTIONS, id, { subscription })],
      [{ action: 'alteration', ...actorOf(by), decision: 'none', policy: policy(), ...about }],
    );
    await view.caughtUp('subscriptions');
    return JSON.stringify(view.outbox.get(id)) === JSON.stringify(subscription);
  }
}
