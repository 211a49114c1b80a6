/**
 * Resubmits many messages: a fixed set, a few at once, through the same intake as live messages. Set, steps and results are on the bus. A
 * job whose gateway ended is interrupted. It can be started again, and no message is published twice.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { BusUnavailable } from '../bus/bus.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Requester } from '../rules/requester.ts';
import type { Journal } from '../store/journal.ts';
import type { JobEntry } from '../store/view/job-table.ts';
import type { View } from '../store/view/view.ts';
import type { JobRecord, JobResult, JobStep } from '../wire/quarantine-records.ts';
import { MOST_ITEMS } from '../wire/quarantine-schema.ts';
import { QUARANTINE, record } from '../wire/streams.ts';
import { asItself } from './item-work.ts';
import type { Quarantine } from './quarantine.ts';
import type { Resubmitter } from './resubmitter.ts';

export interface ResubmissionJobsContext {
  readonly view: View;
  readonly journal: Journal;
  readonly quarantine: Pick<Quarantine, 'find' | 'maySee' | 'mayName'>;
  readonly resubmitter: Pick<Resubmitter, 'resubmit'>;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly policy: () => string;
  readonly now: () => number;
  /** The id of this run of the gateway. */
  readonly run: string;
  /** Whether other gateways are on the bus. */
  readonly isShared: boolean;
  /** Called when a job cannot go on, with the kind of the error. */
  readonly onFault: (kind: string) => void;
  /** Called when an item cannot be sent for another reason than that the bus does not answer. */
  readonly onItemFault: (kind: string) => void;
}

export type JobState = 'running' | 'interrupted' | 'stopped' | 'done';

/** A job as its maker sees it: only its items that the maker may see now. */
export interface SeenJob extends Pick<JobRecord, 'id' | 'by' | 'time'> {
  readonly seq: number;
  readonly state: JobState;
  readonly active: string;
  readonly items: readonly { readonly id: string; readonly outcome?: JobResult['outcome']; readonly message?: string }[];
}

/** How many items are resubmitted at once. */
const AT_ONCE = 3;
/** How many jobs run or wait for their turn at a gateway. */
const MOST_JOBS = 20;
/** A job of another gateway in which nothing has happened for so long (milliseconds) is interrupted. */
const SILENCE = 120_000;
/** Outcomes after which an item is tried again when its job is started again. */
const AGAIN: ReadonlySet<JobResult['outcome'] | undefined> = new Set([undefined, 'failed', 'locked']);

export class ResubmissionJobs {
  readonly #context: ResubmissionJobsContext;
  /** Jobs that run here or wait for their turn. */
  readonly #here = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(context: ResubmissionJobsContext) {
    this.#context = context;
  }

  /** Starts a job with the items that the client may see and that are open now. Undefined where there is none. Rejects with BusUnavailable. */
  async start(requester: Requester, ids: readonly string[]): Promise<SeenJob | undefined> {
    const { journal, quarantine, now, run } = this.#context;
    const { client } = requester;
    this.#mustHaveRoom();
    const items: string[] = [];
    for (const id of new Set(ids.slice(0, MOST_ITEMS))) if ((await quarantine.find(client, id))?.status === 'open') items.push(id);
    if (items.length === 0) return undefined;
    const id = randomBytes(32).toString('base64url');
    const job: JobRecord = { id, by: client.id, time: new Date(now()).toISOString(), items, run };
    await journal.commit([record(QUARANTINE, id, { job })], [this.#entry(requester, id, 'start resubmissions')]);
    this.#begin(id);
    return this.get(client, id);
  }

  /** The jobs that the client made, before a place, the newest first. Other work goes on between them. */
  async list(client: Client, before: number, limit: number): Promise<{ readonly jobs: readonly SeenJob[]; readonly more: boolean }> {
    const { view } = this.#context;
    await view.caughtUp('quarantine');
    const jobs: SeenJob[] = [];
    for (let place = before; ; ) {
      const entries = view.jobs.before(client.id, place, limit);
      for (const entry of entries) {
        await setImmediate();
        const seen = this.#seen(client, entry);
        if (seen !== undefined && jobs.length === limit) return { jobs, more: true };
        if (seen !== undefined) jobs.push(seen);
      }
      const last = entries.at(-1);
      if (last === undefined) return { jobs, more: false };
      place = last.seq;
    }
  }

  /** A job that the client made; undefined where there is none of which it may see an item. */
  async get(client: Client, id: string): Promise<SeenJob | undefined> {
    await this.#context.view.caughtUp('quarantine');
    const entry = this.#context.view.jobs.get(id);
    return entry === undefined ? undefined : this.#seen(client, entry);
  }

  /** Stops a job after the items that are under way. A job that does not run stays as it is. */
  async stop(requester: Requester, id: string): Promise<SeenJob | undefined> {
    const seen = await this.get(requester.client, id);
    const entry = this.#context.view.jobs.get(id);
    if (seen === undefined || entry === undefined) return undefined;
    if (entry.kind === 'start') await this.#step(entry, 'stop', requester);
    return this.get(requester.client, id);
  }

  /** Starts a job again that does not run: with the items that have no result, or were locked, or could not be taken. */
  async restart(requester: Requester, id: string): Promise<SeenJob | undefined> {
    const seen = await this.get(requester.client, id);
    const entry = this.#context.view.jobs.get(id);
    if (seen === undefined || entry === undefined) return undefined;
    if (seen.state === 'running' || !seen.items.some(({ outcome }) => AGAIN.has(outcome))) return seen;
    this.#mustHaveRoom();
    if (await this.#step(entry, 'start', requester)) this.#begin(id);
    return this.get(requester.client, id);
  }

  /** Ends the work after the items that are under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
  }

  #mustHaveRoom(): void {
    if (this.#here.size >= MOST_JOBS) throw new BusUnavailable('Too many jobs wait for their turn');
  }

  #entry({ client }: Requester, job: string, change: string) {
    return { action: 'alteration', ...actorOf(client), decision: 'none', policy: this.#context.policy(), change, job } as const;
  }

  /** Whether this step is the one of its version. */
  async #step({ job: { id }, version }: JobEntry, kind: JobStep['kind'], requester?: Requester): Promise<boolean> {
    const { journal, view, run, now } = this.#context;
    const by = requester?.client.id ?? 'gateway';
    const step: JobStep = { job: id, version: version + 1, kind, by, run, time: new Date(now()).toISOString() };
    const change = kind === 'stop' ? 'stop resubmissions' : 'start resubmissions again';
    await journal.commit([record(QUARANTINE, id, { step })], requester === undefined ? [] : [this.#entry(requester, id, change)]);
    await view.caughtUp('quarantine');
    const after = view.jobs.get(id);
    return after?.version === step.version && after.kind === kind && after.run === run;
  }

  #stateOf({ kind, run, active, job }: JobEntry): JobState {
    if (kind !== 'start') return kind === 'stop' ? 'stopped' : 'done';
    const isElsewhere = this.#context.isShared && run !== this.#context.run;
    if (isElsewhere) return this.#context.now() - Date.parse(active) < SILENCE ? 'running' : 'interrupted';
    return this.#here.has(job.id) ? 'running' : 'interrupted';
  }

  #seen(client: Client, entry: JobEntry): SeenJob | undefined {
    const { view, quarantine } = this.#context;
    const { id, by, time, items } = entry.job;
    // Its state and times tell of all of its items, and stopping it acts on all of them.
    if (by !== client.id) return undefined;
    const visible = items.filter((item) => {
      const receipt = view.receipt(item);
      return receipt !== undefined && quarantine.maySee(client, receipt);
    });
    if (visible.length === 0) return undefined;
    const results = view.jobs.results(id);
    const resultOf = (item: string) => {
      const { message, ...result } = results.get(item) ?? {};
      return { id: item, ...result, ...(message !== undefined && quarantine.mayName(client, message) ? { message } : {}) };
    };
    const { seq, active } = entry;
    return { id, by, time, seq, state: this.#stateOf(entry), active, items: visible.map(resultOf) };
  }

  /** Takes its turn after the jobs that this gateway already has. */
  #begin(id: string): void {
    this.#here.add(id);
    this.#turn = this.#turn
      .then(() => this.#run(id))
      // The job is interrupted: the rest is done when somebody starts it again.
      .catch((error: unknown) => this.#context.onFault(kindOfFault(error)))
      .finally(() => this.#here.delete(id));
  }

  async #run(id: string): Promise<void> {
    const { view } = this.#context;
    await view.caughtUp('quarantine');
    const results = view.jobs.results(id);
    const entry = view.jobs.get(id);
    if (entry === undefined) return;
    const left = entry.job.items.filter((item) => AGAIN.has(results.get(item)?.outcome));
    const work = async () => {
      for (let item = left.shift(); item !== undefined && this.#mayGoOn(id); item = left.shift()) await this.#resubmit(entry.job, item);
    };
    // None may go on after the job counts as interrupted.
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    await view.caughtUp('quarantine');
    const last = view.jobs.get(id);
    if (last !== undefined && this.#mayGoOn(id)) await this.#step(last, 'done');
  }

  #mayGoOn(id: string): boolean {
    const { view, run } = this.#context;
    const entry = view.jobs.get(id);
    return !this.#isClosed && entry?.kind === 'start' && entry.run === run;
  }

  async #resubmit({ id: job, by }: JobRecord, item: string): Promise<void> {
    const { journal, clients, now } = this.#context;
    const client = clients().get(by);
    const done = client?.scopes.has('quarantine:write') === true ? await this.#send(client, item) : ({ outcome: 'gone' } as const);
    const result: JobResult = { job, item, ...done, time: new Date(now()).toISOString() };
    await journal.commit([record(QUARANTINE, job, { result })], []);
  }

  async #send(client: Client, item: string): Promise<Pick<JobResult, 'outcome' | 'message'>> {
    const { view, resubmitter } = this.#context;
    try {
      const sent = await resubmitter.resubmit(asItself(client), item, undefined);
      if (sent.kind === 'receipt') return { outcome: sent.receipt.status, message: sent.receipt.id };
      if (sent.kind === 'not-found') return { outcome: 'gone' };
      if (sent.kind === 'locked' || sent.kind === 'closed') return { outcome: sent.kind };
      const message = view.quarantine.resubmittedAs(item);
      return message === undefined ? { outcome: 'failed' } : { outcome: 'accepted', message };
    } catch (error) {
      // One item that cannot be read must not keep the others back.
      if (!(error instanceof BusUnavailable)) this.#context.onItemFault(kindOfFault(error));
      return { outcome: 'failed' };
    }
  }
}
