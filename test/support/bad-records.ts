/** Records that an outsider writes to a gateway’s topics: invented, damaged, moved or copied. */
import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { StoredRecord } from '../../gateway/bus/bus.ts';
import { isHeadText } from '../../gateway/store/audit/audit-head.ts';
import { isDeeper } from '../../gateway/wire/json-depth.ts';
import { readAudit } from '../../gateway/wire/stream-reader.ts';
import { AUDIT, AUDIT_HEADS } from '../../gateway/wire/streams.ts';

/** A record as a producer of any kind could write it. */
export interface BadRecord {
  readonly topic: string;
  /** The partition, where the bus lets the writer choose it. */
  readonly partition: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a tombstone. */
  readonly value: Uint8Array;
}

type Real = Pick<StoredRecord, 'topic' | 'key' | 'headers' | 'value'>;

const nested = (open: string, close: string, times: number, inside = '0') => `${open.repeat(times)}${inside}${close.repeat(times)}`;

/** Wrong values for a place in a record: JSON text, because not all of it can be held as a value. */
const VALUES = [
  ...['null', 'true', '0', '-1', '0.5', '-0', '1e21', '1e308', '1e400', '9007199254740991', '9007199254740993', '9223372036854775808'],
  ...[
    '""',
    '[]',
    '{}',
    '[null]',
    '["x"]',
    '[[]]',
    '[{}]',
    '"\\u0000"',
    '"\\ud800"',
    '"__proto__"',
    '"constructor"',
    '"../../x"',
    '"x\\r\\ny"',
  ],
  ...['"0000-01-01T00:00:00Z"', '"9999-12-31T23:59:60Z"', '"2026-11-26t09:00:00+14:00"', '"2026-02-30"', '"2026-99-99T99:00:00.000Z"'],
  ...['{"__proto__":{"id":"x"}}', '{"constructor":{"prototype":{"id":"x"}}}', '{"toString":0,"length":-1}'],
  '{"policy":{"id":"uk.gov.gsc","version":"9.9.9"},"classification":"TOP SECRET"}',
  '{"policy":{"id":"uk.gov.gsc","version":"1.2.0"},"classification":{},"restrictions":["__proto__"]}',
  ...[JSON.stringify('x'.repeat(400)), JSON.stringify('x'.repeat(20_000)), JSON.stringify(Array(2000).fill('x'))],
  ...[nested('[', ']', 200), nested('[', ']', 30_000), nested('{"a":', '}', 30_000)],
] as const;

/** The same for a complete value. */
const WHOLE = [
  ...VALUES,
  '{"run":{}}',
  '{"protection":null}',
  '{"lift":[]}',
  '{"begin":{"before":9007199254740991}}',
  '{"begin":{"before":0}}',
];

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  ...[
    {},
    { 'interchange-auth': '' },
    { 'interchange-auth': `1.${'A'.repeat(43)}` },
    { 'interchange-auth': '2.A' },
    { 'interchange-auth': '1..' },
  ],
  ...[{ 'content-encoding': 'deflate-raw' }, { ce_rendition: 'OFFICIAL' }, { ce_id: '' }, { ce_id: 'x'.repeat(5000) }],
];

/** A document that nests deeper is not changed: it cannot be written again. */
const DEEPEST = 500;
const MARK = 'put here by the generator';

/** Places in a document whose value can be replaced. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  const below = Object.entries(value).flatMap(([name, member]) => placesOf(member, [...path, name]));
  return path.length === 0 ? below : [path, ...below];
}

/** A document with another value at a place, without that member, or with another member. `undefined` for what is not a document. */
function changed(value: Uint8Array, at: number, how: 'replace' | 'remove' | 'add', text: string): Uint8Array | undefined {
  if (isDeeper(value, DEEPEST)) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(value).toString());
  } catch {
    return undefined;
  }
  const places = placesOf(document);
  const path = places[at % Math.max(1, places.length)];
  if (path === undefined) return undefined;
  let holder = document as Record<string, unknown>;
  for (const name of path.slice(0, -1)) holder = holder[name] as Record<string, unknown>;
  const last = path.at(-1) as string;
  if (how === 'replace') holder[last] = MARK;
  else if (how === 'add') (document as Record<string, unknown>)[at % 2 === 0 ? 'later' : '__proto__x'] = MARK;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return Buffer.from(JSON.stringify(document).replace(JSON.stringify(MARK), () => text));
}

function flipped(value: Uint8Array, bit: number): Uint8Array {
  if (value.length === 0) return value;
  const copy = Uint8Array.from(value);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] as number) ^ (1 << (bit % 8));
  return copy;
}

/** A record about something unknown: the same record with another id, wherever the id occurs. */
function ofAnother(record: Real, n: number): Real {
  const text = Buffer.from(record.value).toString();
  const [, id] = /"(?:id|run)":"([\w.-]{8,})"/.exec(text) ?? [];
  if (id === undefined) return record;
  const other = hash('sha256', `${n}`, 'base64url').repeat(2).slice(0, id.length);
  return { ...record, key: record.key.replaceAll(id, other), value: Buffer.from(text.replaceAll(id, other)) };
}

/** Kinds of record that can still be read as what the stream holds. */
const READABLE = ['flipped', 'changed', 'of another', 'other key', 'other headers', 'replayed'] as const;
const KINDS = ['bytes', 'tombstone', 'JSON', 'whole', 'cut', 'of another stream', ...READABLE] as const;

/**
 * Of the audit log, what reads as a record of it is a forged log, which must be found and not passed over (decision 18): such records are
 * not among these. A cut record of a stream of JSON is none.
 */
const kindsFor = (topic: string): readonly (typeof KINDS)[number][] => {
  if (topic !== AUDIT && topic !== AUDIT_HEADS) return KINDS;
  return KINDS.filter((kind) => !(READABLE as readonly string[]).includes(kind) && (kind !== 'cut' || topic === AUDIT));
};

/**
 * Whether a value reads as a record of the audit log or as a head of it. A gateway keeps a record that it cannot verify in quarantine, so an
 * audit record that somebody put onto another topic is also found among the messages.
 */
const isEvidence = (topic: string, value: Uint8Array): boolean =>
  (topic === AUDIT && readAudit(value) !== undefined) || (topic === AUDIT_HEADS && isHeadText(Buffer.from(value).toString()));

/** Records for a topic. `real` are real records of all topics, with some of each. */
export function badRecords(topic: string, real: ReadonlyMap<string, readonly Real[]>): fc.Arbitrary<BadRecord> {
  const ofTopic = real.get(topic) ?? [];
  const others = [...real].filter(([name]) => name !== topic).flatMap(([, records]) => records);
  const ids = others.concat(ofTopic).flatMap(({ headers }) => (headers.ce_id === undefined ? [] : [headers.ce_id]));
  const keys = [...new Set([...ofTopic, ...others].map(({ key }) => key))];
  const made = { topic, key: keys[0] ?? '', headers: {}, value: Buffer.alloc(0) };
  const recordOfTopic = ofTopic.length === 0 ? fc.constant(made) : fc.constantFrom(...ofTopic);
  const recordOfOthers = others.length === 0 ? fc.constant(made) : fc.constantFrom(...others);
  const another = fc.tuple(recordOfTopic, fc.nat()).map(([drawn, n]) => ofAnother(drawn, n));
  const key = fc.oneof(fc.constantFrom('', 'audit', 'interchange.leases', '__proto__', ...keys), fc.string({ maxLength: 60 }));
  const headers = fc.oneof(
    fc.constantFrom(...HEADERS),
    fc.constantFrom(...(ids.length === 0 ? ['x'] : ids)).map((id) => ({ ce_id: id })),
    recordOfOthers.map(({ headers }) => headers),
  );
  const byKind: Record<(typeof KINDS)[number], fc.Arbitrary<Real>> = {
    bytes: fc.record({ key, headers, value: fc.uint8Array({ maxLength: 300 }) }).map((drawn) => ({ ...made, ...drawn })),
    tombstone: fc.record({ key, headers }).map((drawn) => ({ ...made, ...drawn })),
    JSON: fc
      .record({ key, headers, value: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)) })
      .map((drawn) => ({ ...made, ...drawn })),
    whole: fc
      .record({ key, headers, value: fc.constantFrom(...WHOLE).map((text) => Buffer.from(text)) })
      .map((drawn) => ({ ...made, ...drawn })),
    cut: fc.tuple(recordOfTopic, fc.double({ min: 0, max: 0.999, noNaN: true })).map(([drawn, part]) => ({
      ...drawn,
      value: drawn.value.subarray(0, Math.floor(drawn.value.length * part)),
    })),
    'of another stream': fc
      .tuple(recordOfOthers, fc.option(key, { nil: undefined }))
      .map(([drawn, other]) => ({ ...drawn, key: other ?? drawn.key })),
    flipped: fc.tuple(recordOfTopic, fc.nat()).map(([drawn, bit]) => ({ ...drawn, value: flipped(drawn.value, bit) })),
    changed: fc
      .tuple(
        fc.oneof(recordOfTopic, another),
        fc.nat(),
        fc.constantFrom('replace' as const, 'remove' as const, 'add' as const),
        fc.constantFrom(...VALUES),
      )
      .map(([drawn, at, how, text]) => ({ ...drawn, value: changed(drawn.value, at, how, text) ?? drawn.value })),
    'of another': another,
    'other key': fc.tuple(recordOfTopic, key).map(([drawn, other]) => ({ ...drawn, key: other })),
    'other headers': fc.tuple(recordOfTopic, headers).map(([drawn, other]) => ({ ...drawn, headers: other })),
    replayed: recordOfTopic,
  };
  const kinds = kindsFor(topic).map((kind) => byKind[kind]);
  const partition = topic.startsWith('justice.') ? fc.nat(1) : fc.constant(0);
  const record = fc.oneof(...kinds).filter(({ value }) => !isEvidence(topic, value));
  return fc.tuple(record, partition).map(([{ key: name, headers: recordHeaders, value }, place]) => ({
    topic,
    partition: place,
    key: name.toWellFormed(),
    headers: recordHeaders,
    value,
  }));
}
