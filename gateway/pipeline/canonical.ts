/** Reads events that a front-end sends in canonical form: CloudEvents JSON, and the label that it asserts. */
import type { DecodedEvent, Json, JsonObject, RefusedRecord, Warning } from '../../adapters/adapter.ts';
import { escapeStep, parseStrict } from '../../adapters/json.ts';
import { REFUSALS, refusal } from '../../adapters/refusal.ts';
import { type Failure, failure, type Success, success } from '../../adapters/result.ts';
import { instantOf } from '../labels/instant.ts';
import type { Standards } from '../rules/standards.ts';
import { unwritableIn } from './characters.ts';
import { placeIn } from './place.ts';
import { attributeNotUsed } from './warnings.ts';

export const CANONICAL = 'canonical';

/** An event that was read. `time`: when the fact happened, as its sender states it. */
export interface StatedEvent extends DecodedEvent {
  readonly time?: string;
}

/** The result of the first step: events in canonical form, or the refusals; and the adapter, if any. */
export type StatedMessage =
  | Success<{ readonly adapter: string; readonly events: readonly StatedEvent[]; readonly refused?: readonly RefusedRecord[] }>
  | (Failure & { readonly adapter?: string });

export interface CanonicalSubmission {
  readonly message: StatedMessage;
  readonly assertion?: Json;
  /** Whether its context and type are known, so that its standard says where a label can be. */
  readonly isLabelRead: boolean;
}

/** A refusal here is of something that no standard describes, so a label can be in it. The label that was found joins in too. */
const refuse = (code: keyof typeof REFUSALS, reason: string, at?: string, assertion?: Json): CanonicalSubmission => ({
  message: { ...failure(refusal(code, reason, at)), adapter: CANONICAL },
  isLabelRead: false,
  ...(assertion === undefined ? {} : { assertion }),
});

const labelIn = ({ data }: JsonObject): Json | undefined => (isObject(data) ? data.label : undefined);

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The context attributes that a sender may state. The gateway makes the others. */
const CONTEXT = new Set(['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'dataschema', 'subject', 'data']);

/** Whether every context attribute is text, as CloudEvents has it: an object could hold a label. */
const hasTextContext = (event: JsonObject): boolean =>
  Object.entries(event).every(([name, value]) => name === 'data' || typeof value === 'string');

const NOT_STRUCTURED =
  'Not a CloudEvent in structured mode. Put the attributes and the data into one JSON object: ce-* headers (binary mode) are not read';

/**
 * Attributes that CloudEvents or its documented extensions define, or that the gateway adds, and that a sender cannot state. The name of
 * any other attribute can itself be content.
 */
const PUBLISHED = new Set([
  ...['classification', 'seal', 'rendition', 'recordedtime', 'sequence', 'sequencetype', 'partitionkey', 'traceparent', 'tracestate'],
  ...['dataref', 'sampledrate', 'expirytime', 'severitytext', 'severitynumber', 'authtype', 'authid', 'authclaims', 'data_base64'],
  ...[
    'dataclassification',
    'dataregulation',
    'datacategory',
    'correlationid',
    'causationid',
    'deprecated',
    'deprecationfrom',
    'deprecationsunset',
    'deprecationmigration',
  ],
]);

/**
 * Reads one CloudEvent in structured JSON. Never throws, whatever the content. Extensions under the name of an adapter are refused: the
 * adapter would trust them when it writes the message again (T49).
 */
export function decodeCanonical(bytes: Uint8Array, standards: Standards, isAdapter: (name: string) => boolean): CanonicalSubmission {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('charset', 'The bytes are not UTF-8');
  }
  const parsed = parseStrict(text);
  if (!parsed.ok) {
    const place = parsed.path === undefined ? {} : { at: placeIn(standards, parsed.path) };
    const [unclear] = parsed.refusals;
    return { message: { ...failure({ ...unclear, ...place }), adapter: CANONICAL }, isLabelRead: false };
  }
  const event = parsed.value;
  if (!isObject(event)) return refuse('schema-violation', 'Not a CloudEvent', '/');
  const asserted = labelIn(event);
  const unwritable = unwritableIn(event);
  if (unwritable !== undefined)
    return refuse(
      'control-character',
      'A text or name holds a control character or noncharacter',
      placeIn(standards, unwritable),
      asserted,
    );
  if (event.specversion === undefined && event.type === undefined) return refuse('schema-violation', NOT_STRUCTURED, '/', asserted);
  const unknown = Object.keys(event).find((name) => !CONTEXT.has(name));
  if (unknown !== undefined)
    return refuse(
      'schema-violation',
      'A context attribute that a sender cannot state',
      PUBLISHED.has(unknown) ? `/${unknown}` : '/',
      asserted,
    );
  const time = typeof event.time === 'string' ? instantOf(event.time) : undefined;
  if (event.time !== undefined && time === undefined)
    return refuse('schema-violation', 'Not a date and time with a time zone, as RFC 3339 writes it', '/time', asserted);
  const { datacontenttype } = event;
  if (datacontenttype !== undefined && datacontenttype !== 'application/json')
    return refuse('schema-violation', 'The data must be application/json', '/datacontenttype', asserted);
  if (event.specversion !== '1.0') return refuse('schema-violation', 'Not CloudEvents 1.0', '/specversion', asserted);
  const standard = typeof event.type === 'string' ? standards.byType.get(event.type) : undefined;
  if (standard === undefined) return refuse('standard-unknown', 'No published standard has this event type', '/type', asserted);
  if (event.dataschema !== undefined && !isVersionOf(event.dataschema, standard.schemaId))
    return refuse('standard-unknown', 'The schema is not the one of this event type', '/dataschema', asserted);
  if (!isObject(event.data)) return refuse('schema-violation', 'There is no data', '/data', asserted);
  const reserved = MADE_HERE.find((name) => Object.hasOwn(event.data as JsonObject, name));
  if (reserved !== undefined) return refuse('schema-violation', 'The gateway makes this property itself', `/${reserved}`, asserted);
  const { extensions } = event.data;
  const residue = isObject(extensions) ? Object.keys(extensions).find(isAdapter) : undefined;
  if (residue !== undefined) return refuse('adapter-residue', REFUSALS['adapter-residue'], `/extensions/${escapeStep(residue)}`, asserted);
  const { label: _label, ...data } = event.data;
  const urn = isObject(data.case) ? data.case.urn : undefined;
  const caseReference = typeof urn === 'string' && urn !== '' ? { caseReference: urn } : {};
  const stated = { standard: standard.name, data, warnings: notUsedIn(event), ...caseReference, ...(time === undefined ? {} : { time }) };
  return {
    message: success({ adapter: CANONICAL, events: [stated] }),
    isLabelRead: hasTextContext(event),
    ...(asserted === undefined ? {} : { assertion: asserted }),
  };
}

/** Attributes that a sender may state, as CloudEvents asks for them, and that the gateway writes itself. */
const REPLACED = ['id', 'source', 'subject'];

const notUsedIn = (event: JsonObject): readonly Warning[] =>
  REPLACED.filter((name) => event[name] !== undefined).map((name) => attributeNotUsed(name, 'The gateway makes this attribute itself'));

const MADE_HERE = ['portions', 'quality', 'protections'];

/** Whether a schema is the one in force or an earlier minor version of it: data that was valid then is valid now. */
function isVersionOf(stated: Json, inForce: string): boolean {
  if (stated === inForce) return true;
  const parts = (id: string) => /^(.*\/\d+)\.(\d+)\.\d+$/.exec(id);
  const [, name, minor] = (typeof stated === 'string' ? parts(stated) : undefined) ?? [];
  const [, ownName, ownMinor] = parts(inForce) ?? [];
  return name !== undefined && name === ownName && Number(minor) < Number(ownMinor);
}
