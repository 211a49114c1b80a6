/** The register of protections, including linked cases: a protection of one case also holds for the cases that are linked with it. */
import type { DatabaseSync } from 'node:sqlite';
import type { ProtectionRecord, RegisterEntry } from '../../protections/register.ts';
import type { ProtectionStreamRecord } from '../../wire/streams.ts';
import { LinkTable } from './link-table.ts';
import { RegisterTable } from './register-table.ts';

const NO_KEYS = { sounds: [], families: [], givens: [], initials: [], singles: [], numbers: [], details: [] };

/**
 * A protection for cases with more links than are followed. Anybody could be protected there, so it has a restriction that no policy knows,
 * which counts as every restriction.
 */
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

  /** Takes a record of the stream, with its offset (negative where it has none yet) and the bus's time for it (milliseconds). */
  take(record: ProtectionStreamRecord, offset: number, time: number): void {
    if ('link' in record) {
      if (this.links.add(record.link)) this.#checkAgain(record.link.case, time);
    } else if ('unlink' in record) this.links.end(record.unlink);
    else if (this.register.take(record, offset, time) && 'protection' in record) this.#checkAgain(record.protection.case, time);
  }

  /** Marks every event of a case and its linked cases as unchecked, where one of the cases has a protection. */
  #checkAgain(subject: string, time: number): void {
    const { cases } = this.links.around(subject);
    if (cases.length === 0) return;
    const subjects = [subject, ...cases.map((linked) => linked.case)];
    if (subjects.some((each) => this.register.protects(each))) for (const each of subjects) this.register.checkAgain(each, time);
  }

  /** Marks a new event of a case as unchecked: its gateway may have labelled it before it knew of a protection. */
  note(event: string, subject: string, time: number): void {
    const cases = [subject, ...this.links.around(subject).cases.map((linked) => linked.case)];
    if (cases.some((each) => this.register.protects(each))) this.register.note(event, subject, time);
  }

  /** All protections of a case and of its linked cases. */
  of(subject: string): readonly RegisterEntry[] {
    const ofCase = this.register.of(subject);
    const { cases, isCut } = this.links.around(subject);
    if (cases.length === 0) return ofCase;
    const spread = cases.flatMap(({ case: urn, until }) =>
      this.register.of(urn).filter(({ protection: { since } }) => until === undefined || since <= until),
    );
    return [...ofCase, ...spread, ...(isCut ? [beyond(subject)] : [])];
  }
}
