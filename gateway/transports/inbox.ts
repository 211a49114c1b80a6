/**
 * Takes messages from a folder: each file once and complete, oldest first. A file is left where it is until all of its message is durable;
 * then it ends in `.done`, or in `.failed` with a report next to it.
 */
import { BusUnavailable } from '../bus/bus.ts';
import { mediaTypeOf } from '../file-extension.ts';
import { type AboutSettings, arrivalOf } from './about.ts';
import { claimOf, isMessage, isSafeName, numbered, reportNameOf } from './file-names.ts';
import { isSameShape, type ListedFile, type MessageFiles, type Unread } from './message-files.ts';
import { isComplete, type Report, refusedReport, reportOf, writeReport } from './outcome.ts';
import { TransportFault } from './repeat.ts';
import { NoSender, type Receive, type TransportContext } from './transport.ts';

export interface InboxOptions extends AboutSettings {
  readonly files: MessageFiles;
  /** A file is taken when it has not changed for this many seconds. */
  readonly stableMilliseconds: number;
  /** That a file is removed when its message was accepted, and gets no other name. */
  readonly removesAccepted?: boolean;
  readonly context: Pick<TransportContext, 'sender' | 'log' | 'mostBytes' | 'gateway' | 'now'>;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
}

/** A file in the folder, and since when it has this shape. */
interface Candidate extends ListedFile {
  readonly since: number;
}

/** How many files are looked at in one round: the oldest. */
const MOST_CANDIDATES = 5000;
/** How many files are fetched at once: one at a time waits for the network with each. All of them together are no larger than one may be. */
const AT_ONCE = 16;
/** How many names are tried for a file whose name is taken, before and after the time is part of it. */
const MOST_NUMBERS = 100;

type CodeAndReason = readonly [code: string, reason: string];

const REASONS: Readonly<Record<Exclude<Unread, 'changing'>, CodeAndReason>> = {
  'not-plain': ['not-plain-file', 'Only plain files with one name are taken: no links, folders, pipes or devices'],
  'too-large': ['message-too-large', 'The file is larger than the gateway takes'],
  empty: ['empty-message', 'The file is empty'],
  denied: ['file-access-denied', 'The gateway may not read or rename the file. Let it'],
};
const UNSAFE_NAME: CodeAndReason = [
  'unsafe-name',
  'The name of the file is too long, or has slashes or control characters. Give it another name',
];

const oldestFirst = (a: ListedFile, b: ListedFile): number => a.modified - b.modified || (a.name < b.name ? -1 : 1);

/** A file that this gateway has claimed, and what is to be handed over of it. */
interface Fetched {
  readonly candidate: Candidate;
  readonly name: string;
  readonly claimed: string;
  readonly read: Uint8Array | Exclude<Unread, 'changing'>;
}

/** Files in their order, in groups that are fetched at once. */
function* groupsOf(candidates: readonly Candidate[], mostBytes: number): Generator<readonly Candidate[]> {
  let group: Candidate[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    bytes += candidate.size;
    if (group.length === AT_ONCE || (group.length > 0 && bytes > mostBytes)) {
      yield group;
      group = [];
      bytes = candidate.size;
    }
    group.push(candidate);
  }
  if (group.length > 0) yield group;
}

/** Whether nothing can be taken now, whatever the message. */
const isUnavailable = (error: unknown): boolean => error instanceof BusUnavailable || error instanceof NoSender;

/** Waits until all have ended, and then rejects as the first that did. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #claim: string;
  #candidates = new Map<string, Candidate>();
  /** Files that are left alone, with their reports written. */
  readonly #leftAlone = new Set<string>();
  /** Names that files of this moment get: no other file may get them meanwhile. */
  readonly #reserved = new Set<string>();

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#claim = claimOf(options.context.gateway);
  }

  /** How many files wait. */
  get waiting(): number {
    return this.#candidates.size;
  }

  /** How many files were left alone since the start. */
  get leftAlone(): number {
    return this.#leftAlone.size;
  }

  /** Takes all files that are complete. Resolves to whether it took any. Rejects where the bus or the folder is not available. */
  async takeAll(receive: Receive, signal: AbortSignal): Promise<boolean> {
    const { clock, stableMilliseconds, context } = this.#options;
    const began = clock();
    await this.#look();
    const stable = [...this.#candidates.values()].filter(({ since }) => began - since >= stableMilliseconds);
    let count = 0;
    for (const group of groupsOf(stable.toSorted(oldestFirst), context.mostBytes)) {
      if (signal.aborted) break;
      for (const { name } of group) this.#candidates.delete(name);
      count += await this.#take(group, receive);
    }
    return count > 0;
  }

  /** The name that a file had before this gateway claimed it. */
  #nameOf(name: string): string {
    return this.#isClaimed(name) ? name.slice(0, -this.#claim.length) : name;
  }

  #isClaimed(name: string): boolean {
    return name.endsWith(this.#claim);
  }

  /** Lists the files, and notes since when each has its shape. */
  async #look(): Promise<void> {
    const { files, clock } = this.#options;
    let found: ListedFile[] = [];
    for await (const file of files.list((name) => this.#isClaimed(name) || isMessage(name))) {
      if (!isSafeName(this.#nameOf(file.name))) await this.#leaveAlone(file.name, UNSAFE_NAME);
      else if (!file.isPlain) await this.#leaveAlone(file.name, REASONS['not-plain']);
      else found.push(file);
      if (found.length > 2 * MOST_CANDIDATES) found = found.toSorted(oldestFirst).slice(0, MOST_CANDIDATES);
    }
    const before = this.#candidates;
    // Files that came together are stable together: the time of the look counts, and not that of each file.
    const now = clock();
    const since = (file: ListedFile): Candidate => {
      const known = before.get(file.name);
      return known !== undefined && isSameShape(known, file) ? known : { ...file, since: now };
    };
    this.#candidates = new Map(found.map((file) => [file.name, since(file)]));
  }

  /** Reports once on a file that is never taken. */
  async #leaveAlone(name: string, [code, reason]: CodeAndReason): Promise<void> {
    const { files, context } = this.#options;
    if (this.#leftAlone.has(name) || this.#leftAlone.size === MOST_CANDIDATES) return;
    await files.report(reportNameOf(name), writeReport(refusedReport(code, reason)));
    this.#leftAlone.add(name);
    context.log.warn({ code }, 'a file in the inbox is left alone: see the report beside it');
  }

  /** Fetches files at once, hands their messages over one after the other, and finishes them. Resolves to how many were taken. */
  async #take(group: readonly Candidate[], receive: Receive): Promise<number> {
    const finishing: Promise<boolean>[] = [];
    try {
      for (const fetched of await allOf(group.map((candidate) => this.#fetch(candidate)))) {
        if (fetched === undefined) continue;
        const report = this.#reportOn(fetched, receive);
        // A message at which the gateway itself fails must not hold back those behind it. It is tried again in the next round.
        const failed = await report.then(
          () => undefined,
          (error: unknown) => error,
        );
        if (isUnavailable(failed)) throw failed;
        const finished = report.then((known) => this.#finish(fetched, known));
        // It is waited for below, and must not end the process before.
        finished.catch(() => undefined);
        finishing.push(finished);
      }
    } finally {
      // What was handed over is finished, also where the next one cannot be.
      await Promise.allSettled(finishing);
      this.#reserved.clear();
    }
    return (await allOf(finishing)).filter(Boolean).length;
  }

  /** Claims a file, and reads it. Resolves to undefined where it is not taken now. */
  async #fetch(candidate: Candidate): Promise<Fetched | undefined> {
    const { files, context } = this.#options;
    const name = this.#nameOf(candidate.name);
    const claimed = this.#isClaimed(candidate.name) ? candidate.name : await this.#claimed(name);
    if (claimed === undefined) return undefined;
    const read = await files.read(claimed, candidate, context.mostBytes);
    // Somebody wrote to it after it was claimed. It is looked at again under its claimed name.
    return read === 'changing' ? undefined : { candidate, name, claimed, read };
  }

  /** Small numbers for names first. A name that comes every hour would soon cost thousands of looks. */
  *#numbers(): Generator<number> {
    for (let n = 1; n <= MOST_NUMBERS; n++) yield n;
    const time = this.#options.context.now();
    for (let n = 0; n < MOST_NUMBERS; n++) yield time + n;
  }

  /** The name under which a file was claimed, or undefined where it cannot be. */
  async #claimed(name: string): Promise<string | undefined> {
    for (const n of this.#numbers()) {
      const claimed = numbered(name, n) + this.#claim;
      if (!this.#reserve(claimed)) continue;
      const claim = await this.#options.files.claim(name, claimed);
      if (claim === 'claimed') return claimed;
      if (claim === 'denied') await this.#leaveAlone(name, REASONS.denied);
      if (claim !== 'taken') return undefined;
    }
    throw new TransportFault('A file has no free name to be claimed under');
  }

  async #reportOn({ read, name }: Fetched, receive: Receive): Promise<Report> {
    return typeof read === 'string' ? refusedReport(...REASONS[read]) : this.#receive(name, read, receive);
  }

  async #receive(name: string, bytes: Uint8Array, receive: Receive): Promise<Report> {
    const { context, ...settings } = this.#options;
    let report: Report | undefined;
    await receive(arrivalOf(settings, context.sender(), bytes, mediaTypeOf(name)), (result) => {
      report = reportOf(result);
    });
    if (report === undefined) throw new TypeError('A message was received without an answer');
    return report;
  }

  /** Writes the report, where there is something to say, before the file gets its last name. Resolves to `false` where the file changed. */
  async #finish({ candidate, name, claimed, read }: Fetched, report: Report): Promise<boolean> {
    const { files, context, removesAccepted = false } = this.#options;
    if (typeof read !== 'string' && !(await files.isUnchanged(claimed, candidate))) return false;
    const free = await this.#freeName(name);
    if (!isComplete(report)) await files.reportFinished(reportNameOf(free), writeReport(report));
    if (removesAccepted && report.status === 'accepted') await files.remove(claimed);
    else await files.finish(claimed, free + (report.status === 'accepted' ? '.done' : '.failed'));
    context.log.info({ status: report.status, receipt: report.receipt }, 'a file was taken');
    return true;
  }

  /** Whether a name was free for a file of this moment, which now has it. */
  #reserve(name: string): boolean {
    if (this.#reserved.has(name)) return false;
    this.#reserved.add(name);
    return true;
  }

  /** A name that no file among those that are finished has, with any of its ends. */
  async #freeName(name: string): Promise<string> {
    for (const n of this.#numbers()) {
      const free = numbered(name, n);
      const taken = await Promise.all(['.done', '.failed', '.report.json'].map((end) => this.#options.files.isFinished(free + end)));
      if (!taken.includes(true) && this.#reserve(free)) return free;
    }
    throw new TransportFault('A file has no free name to be finished under');
  }
}
