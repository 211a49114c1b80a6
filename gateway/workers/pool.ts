/** The workers that messages are translated, labelled and sealed on. A message that makes one spin or eat memory ends that worker, is tried once more alone, and then goes to quarantine (T43, T46). */
import { Worker } from 'node:worker_threads';
import { BusUnavailable } from '../bus/bus.ts';
import type { Given } from '../pipeline/give.ts';
import type { Answers, Questions } from '../pipeline/submission.ts';
import { FairQueue } from './fair-queue.ts';
import type { FromWorker, Giving, OneWorkerInput, Processed, Task, Work, WorkerInput } from './task.ts';

export interface PoolLimits {
  readonly workers: number;
  /** How long one message may take, in seconds of the processor. */
  readonly seconds: number;
  /** How much memory one worker may have, in MiB. */
  readonly memory: number;
}

/** The message ended its worker twice: once among others, once alone. */
export class Spinning extends Error {
  override readonly name = 'Spinning';
}

interface Job {
  readonly n: number;
  readonly work: Work;
  readonly owner: string;
  readonly isHeavy: boolean;
  readonly resolve: (done: Processed | Given) => void;
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

class Crew {
  readonly worker: Worker;
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
  constructor(worker: Worker, takesHeavy: boolean) {
    this.worker = worker;
    this.takesHeavy = takesHeavy;
  }
}

export class IngestPool {
  #input: WorkerInput;
  readonly #limits: PoolLimits;
  readonly #now: () => number;
  readonly #onError: (reason: string) => void;
  readonly #lookUp: LookUp;
  #crews: Crew[] = [];
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
    this.#watch = setInterval(() => this.#look(), Math.min(250, limits.seconds * 250)).unref();
  }

  /** Starts the workers. What is given before waits for them. */
  start(): void {
    for (let n = 0; n < this.#limits.workers; n++) this.#hire(this.#takesHeavy(n));
  }

  /** Where there are several workers, the first is left for what is quick. */
  #takesHeavy(n: number): boolean {
    return n > 0 || this.#limits.workers === 1;
  }

  /** Rejects with BusUnavailable when too much waits, and with {@link Spinning} when the message cannot be processed within the limits. */
  process(task: Task): Promise<Processed> {
    return this.#add({ task }, task.sourceId, task.bytes.length) as Promise<Processed>;
  }

  /** Gives a record to a reader. Rejects like {@link process}. */
  give(giving: Giving): Promise<Given> {
    return this.#add({ giving }, giving.clientId, giving.record.value.length) as Promise<Given>;
  }

  #add(work: Work, owner: string, bytes: number): Promise<Processed | Given> {
    if (this.#closed || this.#waiting.size >= MOST_WAITING) return Promise.reject(new BusUnavailable('Too many messages are waiting'));
    const { promise, resolve, reject } = Promise.withResolvers<Processed | Given>();
    const isHeavy = bytes > LIGHT_BYTES || (this.#slow.get(owner) ?? 0) > this.#now();
    this.#waiting.push({ n: this.#count++, work, owner, isHeavy, resolve, reject, attempts: 0 });
    this.#deal();
    return promise;
  }

  /** New workers under new rules; those at work finish what they have under the old ones. */
  reload(input: WorkerInput): void {
    this.#input = input;
    const old = this.#crews;
    this.#crews = [];
    for (let n = 0; n < this.#limits.workers; n++) this.#hire(this.#takesHeavy(n));
    for (const crew of old) {
      crew.isLeaving = true;
      if (crew.jobs.size === 0) void crew.worker.terminate();
      else this.#crews.push(crew);
    }
  }

  #hire(takesHeavy: boolean): void {
    const input: OneWorkerInput = { ...this.#input, isBehind: takesHeavy && this.#limits.workers > 1 };
    const crew = new Crew(
      new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: input,
        resourceLimits: { maxOldGenerationSizeMb: this.#limits.memory, maxYoungGenerationSizeMb: 64 },
        stderr: false,
      }),
      takesHeavy,
    );
    this.#crews.push(crew);
    crew.worker.on('message', (message: FromWorker) => this.#hear(crew, message));
    crew.worker.on('error', () => undefined);
    crew.worker.on('exit', () => this.#gone(crew));
    crew.worker.unref();
  }

  #hear(crew: Crew, message: FromWorker): void {
    crew.cpu = Math.max(crew.cpu, message.cpu);
    if ('ready' in message) crew.isReady = true;
    else if ('failed' in message) {
      // One that is stopped while it starts fails, and nobody needs to know.
      if (!this.#closed) this.#onError(message.failed);
    } else if ('questions' in message) void this.#answer(crew, message.n, message.questions);
    else {
      const job = crew.jobs.get(message.n)?.job;
      crew.jobs.delete(message.n);
      if (job !== undefined) {
        this.#charge(job, message.milliseconds);
        job.resolve(message.done);
      }
      if (crew.isLeaving && crew.jobs.size === 0) void crew.worker.terminate();
    }
    this.#deal();
  }

  #charge({ owner, isHeavy }: Job, milliseconds: number): void {
    this.#waiting.charge(owner, milliseconds);
    if (!isHeavy && milliseconds > SLOW) this.#slow.set(owner, this.#now() + SLOW_FOR);
  }

  async #answer(crew: Crew, n: number, questions: Questions): Promise<void> {
    const running = crew.jobs.get(n);
    if (running === undefined) return;
    running.used += crew.cpu - (running.started?.cpu ?? crew.cpu);
    running.started = undefined;
    try {
      const answers = await this.#lookUp(running.job.owner, questions);
      running.started = { time: this.#now(), cpu: crew.cpu };
      if (crew.jobs.has(n)) crew.worker.postMessage({ n, answers });
    } catch (error) {
      // The worker may have ended meanwhile, and the job be with another.
      if (!crew.jobs.delete(n)) return;
      crew.worker.postMessage({ n, forget: true });
      running.job.reject(error);
      this.#deal();
    }
  }

  #deal(): void {
    const ready = this.#crews.filter(({ isReady, isLeaving }) => isReady && !isLeaving);
    // What is quick goes first to the worker that has nothing else.
    for (const crew of ready.toSorted((a, b) => Number(a.takesHeavy) - Number(b.takesHeavy))) {
      // What can take long or has ended a worker is alone at its worker.
      const mayBeHeavy = crew.takesHeavy && crew.jobs.size === 0;
      while (crew.jobs.size < AT_ONCE && !crew.isHeavy && this.#waiting.size > 0) {
        const job = this.#waiting.next(mayBeHeavy && crew.jobs.size === 0);
        if (job === undefined) break;
        this.#give(crew, job);
      }
    }
  }

  #give(crew: Crew, job: Job): void {
    crew.jobs.set(job.n, { job, started: { time: this.#now(), cpu: crew.cpu }, used: 0 });
    crew.worker.ref();
    crew.worker.postMessage({ n: job.n, ...job.work });
  }

  #look(): void {
    for (const crew of this.#crews)
      if (crew.jobs.size === 0) crew.worker.unref();
      else if (this.#isLate(crew)) void crew.worker.terminate();
      else if (!crew.isMeasured) void this.#measure(crew);
  }

  /** A worker that cannot answer is late by the clock, in time. */
  async #measure(crew: Crew): Promise<void> {
    crew.isMeasured = true;
    const usage = await crew.worker.cpuUsage().catch(() => undefined);
    crew.isMeasured = false;
    if (usage !== undefined) crew.cpu = Math.max(crew.cpu, (usage.user + usage.system) / 1000);
    if (this.#isLate(crew)) void crew.worker.terminate();
  }

  #isLate(crew: Crew): boolean {
    const most = this.#limits.seconds * 1000;
    return [...crew.jobs.values()].some(
      ({ started, used }) =>
        started !== undefined && (used + crew.cpu - started.cpu > most || this.#now() - started.time > WAITING_TIMES * most),
    );
  }

  #gone(crew: Crew): void {
    this.#crews = this.#crews.filter((other) => other !== crew);
    const isAlone = crew.jobs.size === 1;
    for (const { job } of crew.jobs.values()) {
      if (isAlone) this.#charge(job, this.#limits.seconds * 1000);
      if (job.attempts > 0) job.reject(new Spinning('The message ended its worker'));
      // It is tried alone, so that it is certain who ended the worker.
      else this.#waiting.push({ ...job, isHeavy: true, attempts: 1 });
    }
    crew.jobs.clear();
    if (this.#closed || crew.isLeaving) return;
    // A worker that never became ready would only fail again: whoever waits must hear of it.
    if (crew.isReady) this.#hire(crew.takesHeavy);
    else for (const job of this.#waiting.drain()) job.reject(new BusUnavailable('The workers do not start'));
    this.#deal();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    for (const job of this.#waiting.drain()) job.reject(new BusUnavailable('The gateway is stopping'));
    await Promise.all(this.#crews.map(({ worker }) => worker.terminate()));
  }
}
