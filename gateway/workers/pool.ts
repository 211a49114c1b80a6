/** The workers that messages are translated, labelled and sealed on. A message that makes one spin or eat memory ends that worker, is tried once more alone, and then goes to quarantine (T43, T46). */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BusUnavailable } from '../bus/bus.ts';
import type { DeliveryResult } from '../pipeline/write-delivery.ts';
import type { Answers, Questions } from '../pipeline/submission.ts';
import { FairQueue } from './fair-queue.ts';
import type { FromWorker, DeliveryTask, OneWorkerInput, Processed, Task, Work, WorkerInput } from './task.ts';

/** The program of a worker: TypeScript in a checkout, JavaScript in a package. */
const WORKER = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url);

export interface PoolLimits {
  readonly workers: number;
  /** How long one message may take, in seconds of the processor. */
  readonly seconds: number;
  /** How much memory one worker may have, in MiB. */
  readonly memory: number;
}

/** The message ended its worker twice: once among others, once alone. */
export class MessageLimitExceeded extends Error {
  override readonly name = 'MessageLimitExceeded';
}

interface Job {
  readonly n: number;
  readonly work: Work;
  readonly owner: string;
  readonly isHeavy: boolean;
  readonly resolve: (done: Processed | DeliveryResult) => void;
  readonly reject: (error: unknown) => void;
  readonly attempts: number;
}

/** A job at a worker. Time in which the gateway looks something up is not the message's. */
interface Running {
  readonly job: Job;
  /** Since when it has been at work; undefined while something is looked up. */
  started: Moment | undefined;
  /** Milliseconds of the processor that it took before. */
  used: number;
}

/** Milliseconds: on the gateway's clock, and of the processor that the worker had used then. */
interface Moment {
  readonly time: number;
  readonly cpu: number;
}

/** Looks up what a message of a source asks for. Rejects with BusUnavailable where nothing can be looked up. */
export type LookUp = (sourceId: string, questions: Questions) => Promise<Answers>;

/** A worker that has ended one message finds the next at its door. */
const AT_ONCE = 4;
const MOST_WAITING = 2000;
/** What is larger can take long: it has a worker for itself, which runs behind all others, and one worker is left for the rest. It keeps no thread busy that others need. */
export const LIGHT_BYTES = 65_536;
/** Work that takes so many times as long as it may, and uses no processor, waits for what does not come. */
const WAITING_TIMES = 3;
/** A client whose small work took so long is treated so for some time too. In milliseconds. */
const SLOW = 500;
const SLOW_FOR = 600_000;

class PoolWorker {
  readonly thread: Worker;
  /** Whether it takes what can take long. */
  readonly takesHeavy: boolean;
  readonly jobs = new Map<number, Running>();
  isReady = false;
  isLeaving = false;
  /** Milliseconds of the processor that it has used, as far as is known. */
  cpu = 0;
  isMeasured = false;
  get isHeavy(): boolean {
    for (const { job } of this.jobs.values()) if (job.isHeavy) return true;
    return false;
  }
  constructor(thread: Worker, takesHeavy: boolean) {
    this.thread = thread;
    this.takesHeavy = takesHeavy;
  }
}

export class IngestPool {
  #input: WorkerInput;
  readonly #limits: PoolLimits;
  readonly #now: () => number;
  readonly #onError: (reason: string) => void;
  readonly #lookUp: LookUp;
  #workers: PoolWorker[] = [];
  readonly #waiting = new FairQueue<Job>();
  /** By client: until when its small work is not taken for quick. */
  readonly #slow = new Map<string, number>();
  readonly #watch: NodeJS.Timeout;
  #count = 0;
  #closed = false;

  constructor(input: WorkerInput, limits: PoolLimits, now: () => number, onError: (reason: string) => void, lookUp: LookUp) {
    this.#input = input;
    this.#limits = limits;
    this.#now = now;
    this.#onError = onError;
    this.#lookUp = lookUp;
    this.#watch = setInterval(() => this.#check(), Math.min(250, limits.seconds * 250)).unref();
  }

  /** Starts the workers. What is given before waits for them. */
  start(): void {
    for (let n = 0; n < this.#limits.workers; n++) this.#hire(this.#takesHeavy(n));
  }

  /** Where there are several workers, the first is left for what is quick. */
  #takesHeavy(n: number): boolean {
    return n > 0 || this.#limits.workers === 1;
  }

  /** Rejects with BusUnavailable when too much waits, and with {@link MessageLimitExceeded} when the message cannot be processed within the limits. */
  process(task: Task): Promise<Processed> {
    return this.#add({ task }, task.sourceId, task.bytes.length) as Promise<Processed>;
  }

  /** Gives a record to a reader. Rejects like {@link process}. */
  deliver(giving: DeliveryTask): Promise<DeliveryResult> {
    return this.#add({ giving }, giving.clientId, giving.record.value.length) as Promise<DeliveryResult>;
  }

  #add(work: Work, owner: string, bytes: number): Promise<Processed | DeliveryResult> {
    if (this.#closed || this.#waiting.size >= MOST_WAITING) return Promise.reject(new BusUnavailable('Too many messages are waiting'));
    const { promise, resolve, reject } = Promise.withResolvers<Processed | DeliveryResult>();
    const isHeavy = bytes > LIGHT_BYTES || (this.#slow.get(owner) ?? 0) > this.#now();
    this.#waiting.push({ n: this.#count++, work, owner, isHeavy, resolve, reject, attempts: 0 });
    this.#deal();
    return promise;
  }

  /** New workers under new rules; those at work finish what they have under the old ones. */
  reload(input: WorkerInput): void {
    this.#input = input;
    const old = this.#workers;
    this.#workers = [];
    for (let n = 0; n < this.#limits.workers; n++) this.#hire(this.#takesHeavy(n));
    for (const worker of old) {
      worker.isLeaving = true;
      if (worker.jobs.size === 0) void worker.thread.terminate();
      else this.#workers.push(worker);
    }
  }

  #hire(takesHeavy: boolean): void {
    const input: OneWorkerInput = { ...this.#input, isBehind: takesHeavy && this.#limits.workers > 1 };
    const worker = new PoolWorker(
      new Worker(WORKER, {
        workerData: input,
        resourceLimits: { maxOldGenerationSizeMb: this.#limits.memory, maxYoungGenerationSizeMb: 64 },
        stderr: false,
      }),
      takesHeavy,
    );
    this.#workers.push(worker);
    worker.thread.on('message', (message: FromWorker) => this.#hear(worker, message));
    worker.thread.on('error', () => undefined);
    worker.thread.on('exit', () => this.#gone(worker));
    worker.thread.unref();
  }

  #hear(worker: PoolWorker, message: FromWorker): void {
    worker.cpu = Math.max(worker.cpu, message.cpu);
    if ('ready' in message) worker.isReady = true;
    else if ('failed' in message) {
      // One that is stopped while it starts fails, and nobody needs to know.
      if (!this.#closed) this.#onError(message.failed);
    } else if ('questions' in message) void this.#answer(worker, message.n, message.questions);
    else {
      const job = worker.jobs.get(message.n)?.job;
      worker.jobs.delete(message.n);
      if (job !== undefined) {
        this.#charge(job, message.milliseconds);
        job.resolve(message.done);
      }
      if (worker.isLeaving && worker.jobs.size === 0) void worker.thread.terminate();
    }
    this.#deal();
  }

  #charge({ owner, isHeavy }: Job, milliseconds: number): void {
    this.#waiting.charge(owner, milliseconds);
    if (!isHeavy && milliseconds > SLOW) this.#slow.set(owner, this.#now() + SLOW_FOR);
  }

  async #answer(worker: PoolWorker, n: number, questions: Questions): Promise<void> {
    const running = worker.jobs.get(n);
    if (running === undefined) return;
    running.used += worker.cpu - (running.started?.cpu ?? worker.cpu);
    running.started = undefined;
    try {
      const answers = await this.#lookUp(running.job.owner, questions);
      running.started = { time: this.#now(), cpu: worker.cpu };
      if (worker.jobs.has(n)) worker.thread.postMessage({ n, answers });
    } catch (error) {
      // The worker may have ended meanwhile, and the job be with another.
      if (!worker.jobs.delete(n)) return;
      worker.thread.postMessage({ n, forget: true });
      running.job.reject(error);
      this.#deal();
    }
  }

  #deal(): void {
    const ready = this.#workers.filter(({ isReady, isLeaving }) => isReady && !isLeaving);
    // What is quick goes first to the worker that has nothing else.
    for (const worker of ready.toSorted((a, b) => Number(a.takesHeavy) - Number(b.takesHeavy))) {
      // What can take long or has ended a worker is alone at its worker.
      const mayBeHeavy = worker.takesHeavy && worker.jobs.size === 0;
      while (worker.jobs.size < AT_ONCE && !worker.isHeavy && this.#waiting.size > 0) {
        const job = this.#waiting.next(mayBeHeavy && worker.jobs.size === 0);
        if (job === undefined) break;
        this.#give(worker, job);
      }
    }
  }

  #give(worker: PoolWorker, job: Job): void {
    worker.jobs.set(job.n, { job, started: { time: this.#now(), cpu: worker.cpu }, used: 0 });
    worker.thread.ref();
    worker.thread.postMessage({ n: job.n, ...job.work });
  }

  #check(): void {
    for (const worker of this.#workers)
      if (worker.jobs.size === 0) worker.thread.unref();
      else if (this.#isLate(worker)) void worker.thread.terminate();
      else if (!worker.isMeasured) void this.#measure(worker);
  }

  /** A worker that cannot answer is late by the clock, in time. */
  async #measure(worker: PoolWorker): Promise<void> {
    worker.isMeasured = true;
    const usage = await worker.thread.cpuUsage().catch(() => undefined);
    worker.isMeasured = false;
    if (usage !== undefined) worker.cpu = Math.max(worker.cpu, (usage.user + usage.system) / 1000);
    if (this.#isLate(worker)) void worker.thread.terminate();
  }

  #isLate(worker: PoolWorker): boolean {
    const most = this.#limits.seconds * 1000;
    return [...worker.jobs.values()].some(
      ({ started, used }) =>
        started !== undefined && (used + worker.cpu - started.cpu > most || this.#now() - started.time > WAITING_TIMES * most),
    );
  }

  #gone(worker: PoolWorker): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    const isAlone = worker.jobs.size === 1;
    for (const { job } of worker.jobs.values()) {
      if (isAlone) this.#charge(job, this.#limits.seconds * 1000);
      if (job.attempts > 0) job.reject(new MessageLimitExceeded('The message ended its worker'));
      // It is tried alone, so that it is certain who ended the worker.
      else this.#waiting.push({ ...job, isHeavy: true, attempts: 1 });
    }
    worker.jobs.clear();
    if (this.#closed || worker.isLeaving) return;
    // A worker that never became ready would only fail again: whoever waits must hear of it.
    if (worker.isReady) this.#hire(worker.takesHeavy);
    else for (const job of this.#waiting.drain()) job.reject(new BusUnavailable('The workers do not start'));
    this.#deal();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    for (const job of this.#waiting.drain()) job.reject(new BusUnavailable('The gateway is stopping'));
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }
}
