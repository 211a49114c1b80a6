/**
 * Rules of the quarantine: items of a source with a reason code are assigned to a person, or are resubmitted when something has changed. A
 * rule acts once on an item, with the rights of its maker, and never closes or removes anything.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { refusal } from '../../adapters/refusal.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import { dominates } from '../labels/decision.ts';
import type { Labelling } from '../labels/label-event.ts';
import { highestOf } from '../pipeline/quarantine-label.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { RuleEntry } from '../store/view/rule-table.ts';
import type { View } from '../store/view/view.ts';
import type { RuleAct, RuleCondition, RuleRecord } from '../wire/quarantine-records.ts';
import { QUARANTINE, type ReceiptRecord, record } from '../wire/streams.ts';
import { asItself, type ItemWork } from './item-work.ts';
import { causeOf, type Quarantine } from './quarantine.ts';
import type { Resubmitter } from './resubmitter.ts';

export interface QuarantineRulesContext {
  readonly view: View;
  readonly journal: Journal;
  readonly quarantine: Pick<Quarantine, 'maySee' | 'find'>;
  readonly resubmitter: Pick<Resubmitter, 'resubmit'>;
  readonly work: Pick<ItemWork, 'plan'>;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly labelling: () => Labelling;
  readonly policy: () => string;
  readonly adapterVersion: (id: string) => string | undefined;
  /** A text that changes when an adapter or the policy changes. */
  readonly versions: () => string;
  readonly now: () => number;
  /** Whether this gateway does the work, of several. */
  readonly holdsLease: () => boolean;
  /** Asks for the lease, if this gateway needs it. */
  readonly claimLease: () => void;
  /** Called when a rule cannot act now, with the kind of the error. */
  readonly onFault: (kind: string) => void;
}

export interface RequestedRule {
  readonly source: string;
  readonly code: string;
  readonly assign?: string;
  readonly resubmitWhen?: RuleCondition;
}

const MOST_RULES = 100;
const BATCH = 200;
/** How long until items are tried again that somebody was editing, or that the bus did not take, in milliseconds. */
const AGAIN = 60_000;

export class QuarantineRules {
  readonly #context: QuarantineRulesContext;
  /** By rule: how far the items were looked at, under which versions of adapters and policy. */
  readonly #places = new Map<string, { readonly versions: string; readonly after: number }>();
  #running: Promise<void> | undefined;
  #isAsked = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: QuarantineRulesContext) {
    this.#context = context;
  }

  /** The rules that a client may see: its own, and for an operator those of makers who may read no more than the operator. */
  async list(client: Client): Promise<readonly RuleEntry[]> {
    await this.#context.view.caughtUp('quarantine');
    return this.#context.view.quarantineRules.all().filter(({ rule }) => this.#maySee(client, rule));
  }

  async make(client: Client, wanted: RequestedRule): Promise<Result<RuleEntry>> {
    const { clients, journal, now } = this.#context;
    const { source, code, assign, resubmitWhen } = wanted;
    if ((assign === undefined) === (resubmitWhen === undefined))
      return failure(refusal('parameter-invalid', 'Name a person or a condition, one of them', '/body'));
    const isSource = clients().get(source)?.source !== undefined && (client.operator || source === client.id);
    if (!isSource) return failure(refusal('parameter-invalid', 'There is no such source', '/body/source'));
    const person = assign === undefined ? undefined : clients().get(assign);
    if (assign !== undefined && !(person?.person === true && person.scopes.has('quarantine:write')))
      return failure(refusal('parameter-invalid', 'No such person may work on messages in quarantine', '/body/assign'));
    const active = (await this.list(client)).filter(({ end }) => end === undefined);
    if (active.length >= MOST_RULES) return failure(refusal('parameter-invalid', 'There are as many rules as there may be', '/body'));
    const id = randomBytes(32).toString('base64url');
    const rule: RuleRecord = {
      id,
      source,
      code,
      ...(assign === undefined ? {} : { assign }),
      ...(resubmitWhen === undefined ? {} : { resubmitWhen }),
      by: client.id,
      time: new Date(now()).toISOString(),
    };
    await journal.commit([record(QUARANTINE, id, { rule })], [this.#entry(client, id, 'make a rule of the quarantine')]);
    await this.#context.view.caughtUp('quarantine');
    return success({ rule });
  }

  /** Ends a rule; undefined where the client may see no such rule. */
  async end(client: Client, id: string): Promise<RuleEntry | undefined> {
    const { journal, now } = this.#context;
    const find = async () => (await this.list(client)).find(({ rule }) => rule.id === id);
    const found = await find();
    if (found === undefined || found.end !== undefined) return found;
    const end = { rule: id, by: client.id, time: new Date(now()).toISOString() };
    await journal.commit([record(QUARANTINE, id, { end })], [this.#entry(client, id, 'end a rule of the quarantine')]);
    return find();
  }

  /** Lets the rules act on what they have not looked at. */
  check(): void {
    this.#isAsked = true;
    if (this.#isClosed) return;
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Whether a rule is in force, so that a gateway must hold the lease. */
  get isWanted(): boolean {
    return this.#context.view.quarantineRules.all().some(({ end }) => end === undefined);
  }

  #maySee(client: Client, { by }: RuleRecord): boolean {
    if (by === client.id) return true;
    const maker = this.#context.clients().get(by);
    const { policy } = this.#context.labelling();
    return client.operator && maker !== undefined && dominates(policy, client.clearance, highestOf(policy, maker.clearance));
  }

  #entry(client: Client, rule: string, change: string, messageId?: string) {
    const about = messageId === undefined ? {} : { messageId };
    return { action: 'alteration', ...actorOf(client), decision: 'none', policy: this.#context.policy(), change, rule, ...about } as const;
  }

  async #run(): Promise<void> {
    // Callers do not wait, and those of one turn share one look.
    await setImmediate();
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      try {
        await this.#applyAll();
      } catch (error) {
        this.#context.onFault(kindOfFault(error));
        this.#checkLater();
        break;
      }
    }
    // In the same tick as the last test of #isAsked, so that no request is lost.
    this.#running = undefined;
  }

  async #applyAll(): Promise<void> {
    const { view, holdsLease, claimLease } = this.#context;
    await view.caughtUp('quarantine');
    if (!this.isWanted) return;
    if (!holdsLease()) {
      claimLease();
      // The gateway that holds the lease may stop.
      return this.#checkLater();
    }
    for (const { rule, end } of view.quarantineRules.all()) if (end === undefined) await this.#apply(rule);
  }

  #checkLater(): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => this.check(), AGAIN).unref();
  }

  /** Acts on the items after the last that this rule looked at. Items that somebody is editing are looked at again. */
  async #apply(rule: RuleRecord): Promise<void> {
    const { view, clients, versions: versionsNow } = this.#context;
    const maker = clients().get(rule.by);
    if (maker?.scopes.has('quarantine:write') !== true) return;
    const versions = rule.resubmitWhen === undefined ? '' : versionsNow();
    const place = this.#places.get(rule.id);
    let after = place?.versions === versions ? place.after : 0;
    let again: number | undefined;
    while (!this.#isClosed) {
      const rows = view.quarantine.rows({ status: 'open', after, limit: BATCH });
      for (const { seq, id, source } of rows) {
        const receipt = source === rule.source ? view.receipt(id) : undefined;
        if (receipt !== undefined && this.#isFor(rule, maker, receipt) && !(await this.#act(rule, maker, id))) again ??= seq - 1;
        after = seq;
      }
      if (rows.length < BATCH) break;
      await setImmediate();
    }
    this.#places.set(rule.id, { versions, after: again ?? after });
    if (again !== undefined) this.#checkLater();
  }

  #isFor(rule: RuleRecord, maker: Client, receipt: ReceiptRecord): boolean {
    const { view, quarantine } = this.#context;
    if (causeOf(receipt) !== rule.code || !quarantine.maySee(maker, receipt)) return false;
    return this.#isTrue(rule.resubmitWhen, receipt) && !view.quarantineRules.hasActed(rule.id, receipt.id);
  }

  #isTrue(condition: RuleCondition | undefined, { adapter, adapterVersion, policy }: ReceiptRecord): boolean {
    if (condition === undefined) return true;
    if (condition === 'policy-changed') return policy !== undefined && policy !== this.#context.policy();
    return adapter !== undefined && adapterVersion !== undefined && this.#context.adapterVersion(adapter) !== adapterVersion;
  }

  /** Whether the rule has acted, or need not act any more. */
  async #act(rule: RuleRecord, maker: Client, item: string): Promise<boolean> {
    const { quarantine, resubmitter, journal, work, now, view } = this.#context;
    const act: RuleAct = { rule: rule.id, item, time: new Date(now()).toISOString() };
    if (rule.assign !== undefined) {
      await work.plan(asItself(maker), item, { assignee: rule.assign }, act);
      return true;
    }
    const found = await quarantine.find(maker, item);
    if (found?.lock !== undefined) return false;
    if (found?.status !== 'open') return true;
    // Before the message is sent: a rule that does not know whether it acted does not act again.
    const entry = this.#entry(maker, rule.id, 'resubmit a message in quarantine by a rule', item);
    await journal.commit([record(QUARANTINE, rule.id, { act })], [entry]);
    await view.caughtUp('quarantine');
    await resubmitter.resubmit(asItself(maker), item, undefined);
    return true;
  }
}
