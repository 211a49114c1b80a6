/** The register of protections with what links between cases add: a protection of one case holds for those that are linked with it. */
import type { DatabaseSync } from 'node:sqlite';
import type { ProtectionRecord, RegisterEntry } from '../../protections/register.ts';
import type { ProtectionStreamRecord } from '../../wire/streams.ts';
import { LinkTable } from './link-table.ts';
import { RegisterTable } from './register-table.ts';

const NO_KEYS = { sounds: [], families: [], givens: [], initials: [], singles: [], numbers: [], details: [] };

/** Where links lead further than they are followed, anybody can be meant by anything: a restriction that no policy knows is every one. */
const beyond = (subject: string): RegisterEntry => ({
  protection: {
    id: 'links-not-followed-all',
    case: subject,
    keys: NO_KEYS,
    restrictions: ['every restriction'],
    reason: 'order',
    title: 'More cases are linked than are followed',
    law: '',
    by: 'gateway',
    since: '',
  } satisfies ProtectionRecord,
});

export class LinkedRegister {
  readonly links: LinkTable;
  readonly register: RegisterTable;

  constructor(db: DatabaseSync) {
    this.links = new LinkTable(db);
    this.register = new RegisterTable(db);
  }

  /** Takes a record of the stream, with its offset (below zero where it has none yet) and the time at which the bus took it (milliseconds). */
  take(record: ProtectionStreamRecord, offset: number, time: number): void {
    if ('link' in record) {
      if (this.links.add(record.link)) this.#lookAgain(record.link.case, time);
    } else if ('unlink' in record) this.links.end(record.unlink);
    else if (this.register.take(record, offset, time) && 'protection' in record) this.#lookAgain(record.protection.case, time);
  }

  /** Every event of the cases that are linked with a case is looked at, where one of them protects somebody. */
  #lookAgain(subject: string, time: number): void {
    const { cases } = this.links.around(subject);
    if (cases.length === 0) return;
    const all = [subject, ...cases.map((one) => one.case)];
    if (all.some((one) => this.register.protects(one))) for (const one of all) this.register.lookAgain(one, time);
  }

  /** Takes note of an event of a case, which may have been labelled before its gateway knew of a protection. */
  note(event: string, subject: string, time: number): void {
    const cases = [subject, ...this.links.around(subject).cases.map((one) => one.case)];
    if (cases.some((one) => this.register.protects(one))) this.register.note(event, subject, time);
  }

  /** All protections of a case and of those that are linked with it. */
  of(subject: string): readonly RegisterEntry[] {
    const own = this.register.of(subject);
    const { cases, isCut } = this.links.around(subject);
    if (cases.length === 0) return own;
    const spread = cases.flatMap(({ case: one, until }) =>
      this.register.of(one).filter(({ protection: { since } }) => until === undefined || since <= until),
    );
    return [...own, ...spread, ...(isCut ? [beyond(subject)] : [])];
  }
}
