/**
 * Takes messages from a folder: each file once and complete, oldest first. A file is left where it is until all of its message is durable;
 * then it ends in `.done`, or in `.failed` with a report beside it.
 */
import { lstat, opendir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type AboutSettings, arrivalOf, mediaTypeOf } from '../about.ts';
import { isComplete, type Report, refusedReport, reportOf, writeReport } from '../outcome.ts';
import type { Receive, TransportContext } from '../transport.ts';
import { claim, freeName, isSameShape, isUnchanged, readFileOnce, type Shape, type Unread } from './claimed-file.ts';
import { claimOf, isMessage, isSafeName, reportNameOf } from './names.ts';
import { syncFolder, writeDurably } from './write-file.ts';

export interface InboxOptions extends AboutSettings {
  readonly folder: string;
  /** A file is taken when it has not changed for so long. */
  readonly stableMilliseconds: number;
  readonly context: Pick<TransportContext, 'sender' | 'log' | 'mostBytes' | 'gateway'>;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
}

/** A file in the folder, and since when it has this shape. */
interface Candidate extends Shape {
  readonly name: string;
  readonly since: number;
}

/** How many files are looked at in one round: the oldest. */
const MOST_CANDIDATES = 5000;

const REASONS: Readonly<Record<Exclude<Unread, 'changing'>, readonly [code: string, reason: string]>> = {
  'not-plain': ['not-plain-file', 'Only plain files with one name are taken: no links, folders, pipes or devices'],
  'too-large': ['message-too-large', 'The file is larger than the gateway takes'],
  empty: ['empty-message', 'The file is empty'],
};
const UNSAFE_NAME = ['unsafe-name', 'The name of the file is too long, or has control characters. Give it another name'] as const;

const oldestFirst = (one: Candidate, other: Candidate): number => one.mtimeMs - other.mtimeMs || (one.name < other.name ? -1 : 1);

export class Inbox {
  readonly #options: InboxOptions;
  readonly #claim: string;
  #candidates = new Map<string, Candidate>();
  /** Files that are left alone, with their reports written. */
  readonly #leftAlone = new Set<string>();

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
    const { clock, stableMilliseconds } = this.#options;
    await this.#look();
    let count = 0;
    for (const candidate of [...this.#candidates.values()].toSorted(oldestFirst)) {
      if (signal.aborted) break;
      if (clock() - candidate.since < stableMilliseconds) continue;
      this.#candidates.delete(candidate.name);
      if (await this.#take(candidate, receive)) count++;
    }
    return count > 0;
  }

  /** Lists the files, and notes since when each has its shape. */
  async #look(): Promise<void> {
    const { folder, clock } = this.#options;
    let found: Candidate[] = [];
    for await (const { name } of await opendir(folder)) {
      const isClaimed = name.endsWith(this.#claim);
      if (!isClaimed && !isMessage(name)) continue;
      const stats = await lstat(join(folder, name)).catch(() => undefined);
      if (stats === undefined || stats.isDirectory()) continue;
      if (!isSafeName(name) || !stats.isFile() || stats.nlink > 1) await this.#leaveAlone(name);
      else found.push({ name, ino: stats.ino, size: stats.size, mtimeMs: stats.mtimeMs, since: clock() });
      if (found.length > 2 * MOST_CANDIDATES) found = found.toSorted(oldestFirst).slice(0, MOST_CANDIDATES);
    }
    const before = this.#candidates;
    const since = (candidate: Candidate): Candidate => {
      const known = before.get(candidate.name);
      return known !== undefined && isSameShape(known, candidate) ? known : candidate;
    };
    this.#candidates = new Map(found.map((candidate) => [candidate.name, since(candidate)]));
  }

  /** Reports once on a file that is never taken. */
  async #leaveAlone(name: string): Promise<void> {
    const { folder, context } = this.#options;
    if (this.#leftAlone.has(name)) return;
    const [code, reason] = isSafeName(name) ? REASONS['not-plain'] : UNSAFE_NAME;
    await writeDurably(folder, reportNameOf(name), writeReport(refusedReport(code, reason)));
    if (this.#leftAlone.size < MOST_CANDIDATES) this.#leftAlone.add(name);
    context.log.warn({ code }, 'a file in the inbox is left alone: see the report beside it');
  }

  /** Claims a file, hands its message over, and renames it. Resolves to `false` where it is not taken now. */
  async #take(candidate: Candidate, receive: Receive): Promise<boolean> {
    const { folder, context } = this.#options;
    const isClaimed = candidate.name.endsWith(this.#claim);
    const name = isClaimed ? candidate.name.slice(0, -this.#claim.length) : candidate.name;
    const claimed = isClaimed ? candidate.name : (await freeName(folder, name, [this.#claim])) + this.#claim;
    if (!isClaimed && !(await claim(folder, name, claimed))) return false;
    const path = join(folder, claimed);
    const read = await readFileOnce(path, candidate, context.mostBytes);
    // Somebody wrote to it after it was claimed. It is looked at again under its claimed name.
    if (read === 'changing') return false;
    const report = typeof read === 'string' ? refusedReport(...REASONS[read]) : await this.#receive(name, read, receive);
    if (typeof read !== 'string' && !(await isUnchanged(path, candidate))) return false;
    await this.#finish(name, claimed, report);
    return true;
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

  /** Writes the report, where there is something to say, before the file gets its last name. */
  async #finish(name: string, claimed: string, report: Report): Promise<void> {
    const { folder, context } = this.#options;
    const end = report.status === 'accepted' ? '.done' : '.failed';
    const free = await freeName(folder, name, ['.done', '.failed', '.report.json']);
    if (!isComplete(report)) await writeDurably(folder, reportNameOf(free), writeReport(report));
    await rename(join(folder, claimed), join(folder, free + end));
    await syncFolder(folder);
    context.log.info({ status: report.status, receipt: report.receipt }, 'a file was taken');
  }
}
