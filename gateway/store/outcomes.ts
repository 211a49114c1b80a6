/**
 * What became of events for a reader, in the short form that the audit log has: events of one outcome together, each by the first
 * characters of its id. Records of earlier versions have `events` with whole ids: whoever reads the log finds both here.
 */
import type { AuditEntry, Outcome } from '../wire/streams.ts';

/** 72 bits of a keyed hash: in a log of 100 million events, two have the same with a probability of one in a million. */
const SHORT = 12;
const EVENT_ID = /^[\w-]{43}$/;
const SHORT_IDS = new RegExp(`.{${SHORT}}`, 'g');
/** Requests of one moment that have more events than this together have several records: a bus takes no record of any size. */
const MOST_TOGETHER = 5000;

export const isEventId = (id: string): boolean => EVENT_ID.test(id);

/** How the audit log names an event that was disclosed. */
export const shortId = (id: string): string => id.slice(0, SHORT);

/** An event in a record of a disclosure: its whole id in a record of an earlier version, otherwise its {@link shortId}. */
export interface DisclosedEvent {
  readonly id: string;
  readonly decision?: string;
  readonly marking?: string;
  /** The pseudonym of its case, in a record of an earlier version. */
  readonly subject?: string;
}

/** Every event of a record of a disclosure, whatever version wrote it. */
export const disclosedEvents = ({ events = [], outcomes = [] }: Pick<AuditEntry, 'events' | 'outcomes'>): readonly DisclosedEvent[] => [
  ...events,
  ...outcomes.flatMap(({ ids, ...outcome }) => (ids.match(SHORT_IDS) ?? []).map((id) => ({ ...outcome, id }))),
];

/** The events that a record says were given out, whole or redacted, as {@link disclosedEvents} names them. */
export const givenEvents = (entry: AuditEntry): readonly string[] =>
  entry.action === 'disclosure' ? disclosedEvents(entry).flatMap(({ id, decision }) => (decision === 'deny' ? [] : [id])) : [];

/** Outcomes on their way into a record. */
export class Outcomes {
  readonly #ids = new Map<string, Set<string>>();

  /** Notes what became of an event. */
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
export function addFields(one: Fields, other: Fields): Fields {
  const sums = new Map<string, Fields[number]>();
  for (const { standard, field, asked, granted } of [...one, ...other]) {
    const key = `${standard} ${field}`;
    const known = sums.get(key);
    sums.set(key, { standard, field, asked: asked + (known?.asked ?? 0), granted: granted + (known?.granted ?? 0) });
  }
  return [...sums.values()];
}

/** The decision on several events: that something was given out counts more than that something was not. */
export function decisionOf(decisions: ReadonlySet<string | undefined>): 'redact' | 'permit' | 'deny' {
  return decisions.has('redact') ? 'redact' : decisions.has('permit') ? 'permit' : 'deny';
}

function join(one: AuditEntry, other: AuditEntry): AuditEntry {
  const outcomes = new Outcomes();
  for (const { outcomes: own = [] } of [one, other]) outcomes.addAll(own);
  return {
    ...one,
    decision: decisionOf(new Set([one.decision, other.decision])),
    outcomes: outcomes.list,
    requests: (one.requests ?? 1) + (other.requests ?? 1),
    ...(one.fields === undefined && other.fields === undefined ? {} : { fields: addFields(one.fields ?? [], other.fields ?? []) }),
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
    // What names no event, or something that is none, stays a record of its own.
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
