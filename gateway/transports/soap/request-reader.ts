/** Reads requests: a small one at once, and large ones one after the other in a thread, each within a time of the processor. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SoapRequest } from './envelope.ts';
import { type FaultCode, SoapFault } from './fault.ts';
import { type RawRequest, RequestChecker } from './read-request.ts';

/** The program of the thread: TypeScript in a checkout, JavaScript in a package. */
const WORKER = new URL(`./read-worker${extname(import.meta.filename)}`, import.meta.url);

/** Reading so many bytes takes a few milliseconds. */
const SMALL_BYTES = 65_536;
const MEGABYTES = 512;
/** How often it is looked how much time a request has used, in milliseconds. */
const LOOK = 250;
/** A request that takes this many times its limit without using the processor is stuck. */
const WAITING_TIMES = 12;

type Read = { readonly request: SoapRequest } | { readonly fault: { readonly code: FaultCode; readonly line?: number } };

export class RequestReader implements AsyncDisposable {
  readonly #checker = new RequestChecker();
  readonly #milliseconds: number;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `seconds` is how much time of the processor one request may take. */
  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000;
  }

  /** Rejects with {@link SoapFault}. */
  async read(raw: RawRequest): Promise<SoapRequest> {
    if (raw.bytes.length <= SMALL_BYTES) return this.#checker.read(raw);
    const read = this.#last.then(() => this.#readAside(raw));
    this.#last = read.catch(() => undefined);
    const done = await read;
    if ('fault' in done) throw new SoapFault(done.fault.code, done.fault.line);
    return done.request;
  }

  async #readAside(raw: RawRequest): Promise<Read> {
    const worker = this.#worker ?? new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MEGABYTES } });
    this.#worker = worker;
    const { promise, resolve } = Promise.withResolvers<Read>();
    const isOver = () => resolve({ fault: { code: 'message-limit' } });
    const stop = this.#watch(worker, isOver);
    const failed = () => {
      this.#worker = undefined;
      isOver();
    };
    worker.once('message', resolve).once('error', failed).once('exit', failed);
    worker.postMessage(raw);
    const read = await promise;
    stop();
    // All listeners cannot be removed at once: some are of Node itself.
    worker.off('message', resolve).off('error', failed).off('exit', failed);
    if ('fault' in read && read.fault.code === 'message-limit') {
      this.#worker = undefined;
      // An error of a thread that is given up must not end the process.
      worker.on('error', () => undefined);
      await worker.terminate();
    }
    return read;
  }

  /** Calls `isOver` when the thread has used more time than one request may take. Returns what ends the watch. */
  #watch(worker: Worker, isOver: () => void): () => void {
    const most = this.#milliseconds;
    const started = performance.now();
    let before: number | undefined;
    const look = async () => {
      const usage = await worker.cpuUsage().catch(() => undefined);
      const used = usage === undefined ? 0 : (usage.user + usage.system) / 1000;
      before ??= used;
      if (used - before > most || performance.now() - started > WAITING_TIMES * most) isOver();
    };
    const timer = setInterval(look, Math.min(LOOK, most));
    return () => clearInterval(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }
}
