/**
 * The decisions on events for a reader, in the short form of the audit log: events with the same outcome together, each by the first
 * characters of its id. Records of earlier versions have `events` with complete ids. This file reads both.
 */
import type { AuditEntry, Outcome } from '../wire/streams.ts';

/** 72 bits of a keyed hash: the probability that two of 100 million events share them is one in a million. */
const SHORT = 12;
const SHORT_IDS = new RegExp(`.{${SHORT}}`, 'g');
/** How many events one joined record holds. More events go into several records, because a bus limits the size of a record. */
const MOST_TOGETHER = 5000;

/** The pseudonyms of the case and the people that a record names an event with. */
export const pseudonymsOf = ({ subject, persons = [] }: NonNullable<AuditEntry['events']>[number]): readonly string[] =>
  subject === undefined ? persons : [subject, ...persons];

/** The short id of a disclosed event in the audit log. */
export const shortId = (id: string): string => id.slice(0, SHORT);

/** An event in a disclosure record: its complete id in a record of an earlier version, otherwise its {@link shortId}. */
export interface DisclosedEvent {
  readonly id: string;
  readonly decision?: string;
  readonly marking?: string;
  /** The pseudonym of its case, only in a record of an earlier version. */
  readonly subject?: string;
}

/** Every event of a disclosure record, whatever version wrote it. */
export const disclosedEvents = ({ events = [], outcomes = [] }: Pick<AuditEntry, 'events' | 'outcomes'>): readonly DisclosedEvent[] => [
  ...events,
  ...outcomes.flatMap(({ ids, ...outcome }) => (ids.match(SHORT_IDS) ?? []).map((id) => ({ ...outcome, id }))),
];

/** The events that a record says were disclosed, complete or redacted, with the ids of {@link disclosedEvents}. */
export const disclosedIds = (entry: AuditEntry): readonly string[] =>
  entry.action === 'disclosure' ? disclosedEvents(entry).flatMap(({ id, decision }) => (decision === 'deny' ? [] : [id])) : [];

/** Collects outcomes for a record. */
export class Outcomes {
  readonly #ids = new Map<string, Set<string>>();

  /** Adds the outcome of events. */
  add({ decision, marking, reasons }: Omit<Outcome, 'ids'>, ids: Iterable<string>): void {
    const key = JSON.stringify({ decision, marking, reasons });
    const known = this.#ids.get(key) ?? new Set();
    for (const id of ids) known.add(shortId(id));
    this.#ids.set(key, known);
  }

  addAll(outcomes: readonly Outcome[]): void {
    for (const { ids, ...outcome } of outcomes) this.add(outcome, ids.match(SHORT_IDS) ?? []);
  }

  get list(): readonly Outcome[] {
    return [...this.#ids].map(([key, ids]) => ({ ...(JSON.parse(key) as Omit<Outcome, 'ids'>), ids: [...ids].join('') }));
  }
}

type Fields = NonNullable<AuditEntry['fields']>;

/** The sums of two counts of fields. */
export function addFields(first: Fields, second: Fields): Fields {
  const sums = new Map<string, Fields[number]>();
  for (const { standard, field, asked, granted } of [...first, ...second]) {
    const key = `${standard} ${field}`;
    const known = sums.get(key);
    sums.set(key, { standard, field, asked: asked + (known?.asked ?? 0), granted: granted + (known?.granted ?? 0) });
  }
  return [...sums.values()];
}

/** The decision on several events together: a disclosure counts more than a denial. */
export function decisionOf(decisions: ReadonlySet<string | undefined>): 'redact' | 'permit' | 'deny' {
  if (decisions.has('redact')) return 'redact';
  return decisions.has('permit') ? 'permit' : 'deny';
}

function join(first: AuditEntry, second: AuditEntry): AuditEntry {
  const outcomes = new Outcomes();
  for (const { outcomes: entryOutcomes = [] } of [first, second]) outcomes.addAll(entryOutcomes);
  return {
    ...first,
    decision: decisionOf(new Set([first.decision, second.decision])),
    outcomes: outcomes.list,
    requests: (first.requests ?? 1) + (second.requests ?? 1),
    ...(first.fields === undefined && second.fields === undefined ? {} : { fields: addFields(first.fields ?? [], second.fields ?? []) }),
  };
}

const countOf = ({ outcomes = [] }: AuditEntry): number => outcomes.reduce((sum, { ids }) => sum + ids.length / SHORT, 0);

/**
 * Makes one entry of those disclosures that one client was given for one person and purpose in one moment, in place of the first of them: many
 * streams of a client that wake for the same event are one record. Other entries, and their order, stay as they are.
 */
export function joinDisclosures(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const joined: AuditEntry[] = [];
  const places = new Map<string, number>();
  for (const entry of entries) {
    const { action, who, onBehalfOf, policy, task, subscription, outcomes, events } = entry;
    // What names no event, or something that is not an event, stays a separate record.
    if (action !== 'disclosure' || outcomes === undefined || events !== undefined) {
      joined.push(entry);
      continue;
    }
    const key = JSON.stringify([who, onBehalfOf, policy, task, subscription]);
    const place = places.get(key);
    const known = place === undefined ? undefined : joined[place];
    if (place !== undefined && known !== undefined && countOf(known) + countOf(entry) <= MOST_TOGETHER) joined[place] = join(known, entry);
    else places.set(key, joined.push(entry) - 1);
  }
  return joined;
}
