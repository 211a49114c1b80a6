/**
 * Finds who was told about a case or a person. A disclosure is shown to whoever may read its event now, where the copy that they get still
 * has that case or person: any other reader is not told that there is such an event, by no count and no page that is shorter than asked for.
 */
import type { Bus } from '../bus/bus.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Identities } from '../pipeline/ids.ts';
import { personsOf } from '../pipeline/persons.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import { recordAt } from '../store/audit/record-at.ts';
import type { Journal } from '../store/journal.ts';
import { disclosedEvents, shortId } from '../store/outcomes.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { View } from '../store/view/view.ts';
import type { AuditRecord } from '../wire/streams.ts';
import { correctionsOfCase } from './corrections-of-case.ts';
import { type MayReadContext, mayReadOf } from './may-read-event.ts';
import { type Slice, Slices } from './slices.ts';

export interface DisclosureReaderContext extends MayReadContext {
  readonly bus: Pick<Bus, 'read'>;
  readonly view: View;
  readonly journal: Pick<Journal, 'commit'>;
  readonly protections: Barrier;
  readonly identities: Pick<Identities, 'pseudonym'>;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
}

/** A correction of an event, and whether a client was told it. */
export interface KnownCorrection {
  readonly id: string;
  readonly kind?: string;
  /** When it was recorded, ISO 8601. */
  readonly time: string;
  readonly told: boolean;
}

/** That an event was disclosed to a client. */
export interface Disclosure {
  /** ISO 8601. */
  readonly time: string;
  readonly who: string;
  /** A pseudonym of the person that the client acted for. */
  readonly onBehalfOf?: string;
  readonly task?: string;
  readonly subscription?: string;
  readonly event: string;
  readonly type: string;
  readonly decision: 'complete' | 'redacted';
  /** Of what the client was told, where the asker may read all of the event. */
  readonly marking?: string;
  readonly corrections: readonly KnownCorrection[];
}

/** Where a page begins: at an event, at a record of the audit log that names it, and at an outcome of that record. */
export interface DisclosurePlace {
  readonly seq: number;
  readonly record: number;
  readonly outcome: number;
}

export interface DisclosurePage {
  readonly disclosures: readonly Disclosure[];
  readonly next: DisclosurePlace;
  readonly more: boolean;
}

export interface DisclosureQuery {
  /** The pseudonyms of one case or person. */
  readonly about: readonly string[];
  /** Why somebody asks, for the audit log. */
  readonly reason: string;
  readonly from: DisclosurePlace;
  readonly limit: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export const DISCLOSURES_START: DisclosurePlace = { seq: 0, record: 0, outcome: 0 };

/** How many rows are read from the view at once. */
const BATCH = 200;
/** How many events of a case are searched for corrections. */
const MOST_OF_CASE = 100_000;

type Correction = Omit<KnownCorrection, 'told'>;

/** What one request keeps while it reads. */
interface Reading {
  readonly client: Client;
  readonly slice: Slice;
  /** Corrections by the event that they correct, for each case. */
  readonly corrections: Map<string, ReadonlyMap<string, readonly Correction[]>>;
}

export class DisclosureReader {
  readonly #context: DisclosureReaderContext;
  readonly #slices = new Slices();

  constructor(context: DisclosureReaderContext) {
    this.#context = context;
  }

  /** A page of disclosures, by event and then by time. The audit log records who asked about whom, and why. */
  async list(client: Client, query: DisclosureQuery): Promise<DisclosurePage> {
    const { view, journal, protections, policy } = this.#context;
    const asked = { change: 'list disclosures', policy: policy(), reasons: [query.reason] };
    // One entry for each: nobody hides whom they asked about behind somebody else.
    await journal.commit(
      [],
      query.about.map((subject) => ({ action: 'consultation', ...actorOf(client), decision: 'permit', subject, ...asked })),
    );
    await Promise.all([view.caughtUp('disclosures'), view.caughtUp('events'), protections.pass()]);
    return this.#page({ client, slice: this.#slices.begin(client.id), corrections: new Map() }, query);
  }

  async #page(reading: Reading, { about, from, limit, signal }: DisclosureQuery): Promise<DisclosurePage> {
    const disclosures: Disclosure[] = [];
    let place = from;
    for (;;) {
      const events = this.#context.view.about.from(about, place.seq, BATCH);
      if (events.length === 0) return { disclosures, next: place, more: false };
      for (const { event: id, seq } of events) {
        signal.throwIfAborted();
        await reading.slice.ifDue();
        if (seq !== place.seq) place = { seq, record: 0, outcome: 0 };
        const event = await mayReadOf(this.#context, reading.client, id);
        if (event !== undefined && this.#isAbout(event, about)) {
          const full = await this.#addEvent(reading, event, place, { disclosures, limit });
          if (full !== undefined) return { disclosures, next: full, more: true };
        }
        place = { seq: seq + 1, record: 0, outcome: 0 };
      }
    }
  }

  /** Whether the copy of the asker has one of them: the index knows also who is in portions that are withheld from the asker. */
  #isAbout({ subject, data }: SealedEvent, about: readonly string[]): boolean {
    if (subject !== undefined && about.includes(subject)) return true;
    return personsOf(data, this.#context.identities).some((person) => about.includes(person));
  }

  /** Adds the disclosures of one event from a place on. Resolves to the place of the next one where the page is full. */
  async #addEvent(
    reading: Reading,
    event: SealedEvent,
    place: DisclosurePlace,
    { disclosures, limit }: { readonly disclosures: Disclosure[]; readonly limit: number },
  ): Promise<DisclosurePlace | undefined> {
    const { trail } = this.#context.view;
    let { record, outcome } = place;
    for (;;) {
      const offsets = trail.from(event.id, record, BATCH);
      if (offsets.length === 0) return undefined;
      for (const offset of offsets) {
        if (offset !== record) outcome = 0;
        const entry = await this.#disclosure(offset);
        const outcomes = entry === undefined ? [] : outcomesOf(entry, event.id);
        for (; entry !== undefined && outcome < outcomes.length; outcome++) {
          if (disclosures.length === limit) return { seq: place.seq, record: offset, outcome };
          const row = rowOf(entry, event, outcomes[outcome]);
          disclosures.push({ ...row, corrections: await this.#corrections(reading, event, entry.who) });
        }
        outcome = 0;
        record = offset + 1;
        await reading.slice.ifDue();
      }
    }
  }

  async #disclosure(offset: number): Promise<AuditRecord | undefined> {
    const record = (await recordAt(this.#context.bus, offset))?.record;
    return record?.action === 'disclosure' ? record : undefined;
  }

  async #corrections(reading: Reading, { id, partitionkey }: SealedEvent, who: string): Promise<readonly KnownCorrection[]> {
    const known = reading.corrections.get(partitionkey) ?? (await this.#correctionsOfCase(reading, partitionkey));
    reading.corrections.set(partitionkey, known);
    const { view } = this.#context;
    return (known.get(id) ?? []).map((correction) => ({ ...correction, told: view.wasDisclosed(who, correction.id) }));
  }

  /** The corrections of a case that the reader may read. */
  async #correctionsOfCase({ client, slice }: Reading, key: string): Promise<ReadonlyMap<string, readonly Correction[]>> {
    const found = new Map<string, Correction[]>();
    const bounds = { limit: MOST_OF_CASE, turn: () => slice.ifDue() };
    for await (const { correction, corrects } of correctionsOfCase(this.#context, client, key, bounds)) {
      const { id, recordedtime: time, data } = correction;
      const kind = typeof data.kind === 'string' ? { kind: data.kind } : {};
      found.set(corrects, [...(found.get(corrects) ?? []), { id, ...kind, time }]);
    }
    return found;
  }
}

type Outcome = ReturnType<typeof disclosedEvents>[number];

/** What a record says of one event that was disclosed, complete or redacted. */
const outcomesOf = (entry: AuditRecord, id: string): readonly Outcome[] =>
  disclosedEvents(entry).filter(
    (event) => shortId(event.id) === shortId(id) && (event.decision === 'permit' || event.decision === 'redact'),
  );

function rowOf(entry: AuditRecord, { id, type, rendition }: SealedEvent, outcome: Outcome | undefined): Omit<Disclosure, 'corrections'> {
  const { time, who, onBehalfOf, task, subscription } = entry;
  const { decision, marking } = outcome ?? {};
  return {
    time,
    who,
    event: id,
    type,
    decision: decision === 'redact' ? 'redacted' : 'complete',
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(task === undefined ? {} : { task }),
    ...(subscription === undefined ? {} : { subscription }),
    // The marking of what another reader got can be the level of a portion that is withheld from the asker.
    ...(marking === undefined || rendition !== undefined ? {} : { marking }),
  };
}
