/**
 * The worker threads that translate, label and seal messages. A message that exceeds the time or memory limit ends its worker. It is tried
 * once more, alone, and then goes to quarantine (T43, T46).
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BusUnavailable } from '../bus/bus.ts';
import type { Answers, Questions } from '../pipeline/submission.ts';
import type { DeliveryResult } from '../pipeline/write-delivery.ts';
import { FairQueue } from './fair-queue.ts';
import type { DeliveryTask, FromWorker, OneWorkerInput, Processed, Task, Work, WorkerInput } from './task.ts';

/** The program of a worker: TypeScript in a checkout, JavaScript in a package. */
const WORKER = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url);

export interface PoolLimits {
  readonly workers: number;
  /** How long one message may take, in seconds of the processor. */
  readonly seconds: number;
  /** How much memory one worker may have, in MiB. */
  readonly memory: number;
  /** Whether all workers run at a low priority. Default: only those that take heavy work, where there are several. */
  readonly isBehind?: boolean;
}

/** The message ended its worker twice: once with others, once alone. */
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

/** A job at a worker. Time for look-ups in the gateway does not count. */
interface Running {
  readonly job: Job;
  /** When it last began to run; undefined during a look-up. */
  started: Moment | undefined;
  /** Milliseconds of processor time that it used before. */
  used: number;
}

/** Milliseconds: the gateway's clock, and the worker's processor time at that moment. */
interface Moment {
  readonly time: number;
  readonly cpu: number;
}

/** Answers the questions of a source's message. Rejects with BusUnavailable where the bus does not answer. */
export type LookUp = (sourceId: string, questions: Questions) => Promise<Answers>;

/** How many jobs a worker has at once, so that the next one is ready when one ends. */
const AT_ONCE = 4;
const MOST_WAITING = 2000;
/** Larger messages can take long. Each has a worker to itself, which runs at a low priority, and one worker is kept for light work. */
export const LIGHT_BYTES = 65_536;
/** Work that takes this many times its limit without using the processor is stuck. */
const WAITING_TIMES = 3;
/** If a client's light work takes longer than this (milliseconds), its work counts as heavy for a time. */
const SLOW = 500;
const SLOW_FOR = 600_000;

class PoolWorker {
  readonly thread: Worker;
  /** Whether it takes heavy work. */
  readonly takesHeavy: boolean;
  readonly jobs = new Map<number, Running>();
  isReady = false;
  isLeaving = false;
  /** Milliseconds of processor time that it has used, as last reported. */
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
  /** By client: until when its light work counts as heavy. */
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

  /** Starts the workers. Earlier work waits for them. */
  start(): void {
    for (let n = 0; n < this.#limits.workers; n++) this.#startWorker(this.#takesHeavy(n));
  }

  /** Where there are several workers, the first takes only light work. */
  #takesHeavy(n: number): boolean {
    return n > 0 || this.#limits.workers === 1;
  }

  /**
   * Processes a message. Rejects with BusUnavailable when the queue is full, and with {@link MessageLimitExceeded} when the message exceeds
   * the limits.
   */
  process(task: Task): Promise<Processed> {
    return this.#add({ task }, task.sourceId, task.bytes.length) as Promise<Processed>;
  }

  /** Prepares a record for a reader. Rejects like {@link process}. */
  deliver(giving: DeliveryTask): Promise<DeliveryResult> {
    return this.#add({ giving }, giving.clientId, giving.record.value.length) as Promise<DeliveryResult>;
  }

  #add(work: Work, owner: string, bytes: number): Promise<Processed | DeliveryResult> {
    if (this.#closed || this.#waiting.size >= MOST_WAITING) return Promise.reject(new BusUnavailable('Too many messages are waiting'));
    const { promise, resolve, reject } = Promise.withResolvers<Processed | DeliveryResult>();
    const isHeavy = bytes > LIGHT_BYTES || (this.#slow.get(owner) ?? 0) > this.#now();
    this.#waiting.push({ n: this.#count++, work, owner, isHeavy, resolve, reject, attempts: 0 });
    this.#dispatch();
    return promise;
  }

  /** Starts new workers with new rules. Busy workers finish their jobs with the old ones. */
  reload(input: WorkerInput): void {
    this.#input = input;
    const old = this.#workers;
    this.#workers = [];
    for (let n = 0; n < this.#limits.workers; n++) this.#startWorker(this.#takesHeavy(n));
    for (const worker of old) {
      worker.isLeaving = true;
      if (worker.jobs.size === 0) void worker.thread.terminate();
      else this.#workers.push(worker);
    }
  }

  #startWorker(takesHeavy: boolean): void {
    const input: OneWorkerInput = { ...this.#input, isBehind: this.#limits.isBehind ?? (takesHeavy && this.#limits.workers > 1) };
    const worker = new PoolWorker(
      new Worker(WORKER, {
        workerData: input,
        resourceLimits: { maxOldGenerationSizeMb: this.#limits.memory, maxYoungGenerationSizeMb: 64 },
        stderr: false,
      }),
      takesHeavy,
    );
    this.#workers.push(worker);
    worker.thread.on('message', (message: FromWorker) => this.#onMessage(worker, message));
    worker.thread.on('error', () => undefined);
    worker.thread.on('exit', () => this.#onExit(worker));
    worker.thread.unref();
  }

  #onMessage(worker: PoolWorker, message: FromWorker): void {
    worker.cpu = Math.max(worker.cpu, message.cpu);
    if ('ready' in message) worker.isReady = true;
    else if ('failed' in message) {
      // A worker that is stopped while it starts fails. That is not an error.
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
    this.#dispatch();
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
      // The worker may have ended meanwhile, and another worker may have the job.
      if (!worker.jobs.delete(n)) return;
      worker.thread.postMessage({ n, forget: true });
      running.job.reject(error);
      this.#dispatch();
    }
  }

  #dispatch(): void {
    const ready = this.#workers.filter(({ isReady, isLeaving }) => isReady && !isLeaving);
    // Light work goes first to the worker that takes only light work.
    for (const worker of ready.toSorted((a, b) => Number(a.takesHeavy) - Number(b.takesHeavy))) {
      // Heavy work, or work that ended a worker before, runs alone.
      const mayBeHeavy = worker.takesHeavy && worker.jobs.size === 0;
      while (worker.jobs.size < AT_ONCE && !worker.isHeavy && this.#waiting.size > 0) {
        const job = this.#waiting.next(mayBeHeavy && worker.jobs.size === 0);
        if (job === undefined) break;
        this.#assign(worker, job);
      }
    }
  }

  #assign(worker: PoolWorker, job: Job): void {
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

  /** Measures a worker's processor time. A worker that cannot answer is judged by elapsed time. */
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

  #onExit(worker: PoolWorker): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    const isAlone = worker.jobs.size === 1;
    for (const { job } of worker.jobs.values()) {
      if (isAlone) this.#charge(job, this.#limits.seconds * 1000);
      if (job.attempts > 0) job.reject(new MessageLimitExceeded('The message ended its worker'));
      // Try the job alone, to be certain which job ended the worker.
      else this.#waiting.push({ ...job, isHeavy: true, attempts: 1 });
    }
    worker.jobs.clear();
    if (this.#closed || worker.isLeaving) return;
    // A worker that never became ready would fail again, so reject the waiting jobs.
    if (worker.isReady) this.#startWorker(worker.takesHeavy);
    else for (const job of this.#waiting.drain()) job.reject(new BusUnavailable('The workers do not start'));
    this.#dispatch();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    for (const job of this.#waiting.drain()) job.reject(new BusUnavailable('The gateway is stopping'));
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }
}
