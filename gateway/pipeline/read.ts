/** The first part of ingest: decode → validate. A function of the message alone. */
import type { DecodedEvent, JsonObject, MessageRecord, Refusal } from '../../adapters/adapter.ts';
import { MOST_REFUSALS, refusal } from '../../adapters/refusal.ts';
import { failure, firstOf, mapRefusals, type Refusals, type Result, success } from '../../adapters/result.ts';
import type { UnlabelledEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import { GIVEN_TWICE } from '../protections/event-people.ts';
import { assess, REASONS, subjectCategory } from '../quality/assess.ts';
import { canonicalUrn } from '../quality/canonical-form.ts';
import type { CodeLists } from '../quality/codelists.ts';
import type { Standard, Standards } from '../rules/standards.ts';
import { decodeCanonical, type StatedEvent, type StatedMessage } from './canonical.ts';
import { decode, MOST_REFUSED_RECORDS, statedOf } from './decode.ts';
import type { Identities } from './ids.ts';
import { leavesLabelOpen } from './quarantine-label.ts';
import { referencesOf } from './references.ts';
import type { Adapters, Prepared, Questions, Submission } from './submission.ts';

/** The dependencies of making events from a message. Time and order come with the submission. */
export interface PrepareContext {
  readonly adapters: Adapters;
  readonly standards: Standards;
  readonly codeLists: CodeLists;
  /** The labelling in force. It can be replaced while the gateway runs. */
  readonly labelling: () => Labelling;
  readonly identities: Identities;
  /** Whether an event in canonical form may contain an adapter's extensions. An event from a sender may not. */
  readonly isResidueTaken?: boolean;
}

/** A refused record of a message: it goes to quarantine, and the others are published. */
export interface RefusedAlone {
  readonly record: MessageRecord;
  readonly refusals: Refusals;
  /** Its marking, where the gateway found one. */
  readonly marking?: string;
  /** Whether all in it that could have been a label or a marking was read. */
  readonly isRead: boolean;
}

/** A message that was read, before any look-up. */
export interface Read {
  readonly submission: Submission;
  readonly decoded: StatedMessage;
  /** Whether all in it that could have been a label or a marking was read. */
  readonly isRead: boolean;
  /** Its valid, assessed events, or the reasons why there are none. */
  readonly prepared: Result<readonly Prepared[]>;
  /** Its refused records, in order. */
  readonly alone: readonly RefusedAlone[];
  readonly questions: Questions;
}

/** The first part of ingest: everything that needs only the message. */
export function read(context: PrepareContext, given: Submission): Read {
  const { submission, decoded, isRead } = decodeAny(context, given);
  const alone: RefusedAlone[] = decoded.ok ? (decoded.value.refused ?? []).map((record) => ({ ...record, isRead })) : [];
  const prepared = decoded.ok
    ? prepare(context, submission, decoded.value.adapter, decoded.value.events, alone)
    : failure(...decoded.refusals);
  const isOpen =
    given.canonical === true && decoded.ok && !prepared.ok && leavesLabelOpen(prepared.refusals, decoded.value.events[0]?.data);
  const questions = prepared.ok ? questionsOf(prepared.value) : NO_QUESTIONS;
  return { submission, decoded, prepared, alone, isRead: isRead && !isOpen, questions };
}

function decodeAny(context: PrepareContext, submission: Submission): Pick<Read, 'submission' | 'decoded' | 'isRead'> {
  if (submission.canonical === true) {
    const { message, assertion, isLabelRead } = decodeCanonical(
      submission.bytes,
      context.standards,
      (name) => context.isResidueTaken !== true && context.adapters.find(name) !== undefined,
    );
    return { submission: assertion === undefined ? submission : { ...submission, assertion }, decoded: message, isRead: isLabelRead };
  }
  const decoded = decode(context.adapters, submission);
  if (decoded.ok) {
    const { adapter, events, refused } = decoded.value;
    const isRead = refused.length === 0 || adapter.carriesMarkings === false;
    return { submission, decoded: success({ adapter: adapter.id, events, refused }), isRead };
  }
  const adapter = decoded.adapter === undefined ? undefined : context.adapters.find(decoded.adapter);
  return { submission, decoded, isRead: adapter?.carriesMarkings === false };
}

const NO_QUESTIONS: Questions = { cases: [], events: [] };

const questionsOf = (prepared: readonly Prepared[]): Questions => ({
  cases: [...new Set(prepared.flatMap(({ event: { subject } }) => (subject === undefined ? [] : [subject])))],
  events: [...new Set(prepared.flatMap(({ event, standard }) => referencesOf(event, standard)))],
});

/** Adds the gateway's own statements about the data: its quality and its subjects. */
function assessed(
  { name, codes }: Standard,
  data: JsonObject,
  lists: CodeLists,
  ambiguous: readonly string[],
  malformed: readonly string[],
): JsonObject {
  const category = subjectCategory(name, data);
  const defendants = ((data.defendants ?? []) as readonly JsonObject[]).map((defendant, n) => {
    const defendantCategory = category[n];
    return defendantCategory === undefined ? defendant : { ...defendant, subjectCategory: defendantCategory };
  });
  const { basis, issues: found } = assess(name, data, lists, codes);
  const noted = (code: keyof typeof REASONS, places: readonly string[]) =>
    places.slice(0, MOST_NOTED).map((at) => ({ code, at, reason: REASONS[code] }));
  const issues = [
    ...noted(GIVEN_TWICE, ambiguous),
    ...noted('value-malformed', malformed),
    ...noted('case-reference-missing', hasReference(data) ? [] : ['/case']),
    ...found,
  ];
  return {
    ...data,
    ...(data.defendants === undefined ? {} : { defendants }),
    quality: { basis, ...(issues.length > 0 ? { issues: issues as unknown as JsonObject[] } : {}) },
  };
}

const MOST_NOTED = 100;

/** Whether an event about a case has the case's reference. An event without a case needs none. */
const hasReference = ({ case: about, defendants }: JsonObject): boolean =>
  defendants === undefined || canonicalUrn(String((about as JsonObject | undefined)?.urn ?? '')) !== '';

/** Refuses a required value as malformed, not missing, where the message has the value in a wrong form. */
function explained(invalid: Refusal, malformed: readonly string[]): Refusal {
  const missing = MISSING.exec(invalid.reason)?.[1];
  const at = `${invalid.at === '/' ? '' : (invalid.at ?? '')}/${missing}`;
  return missing !== undefined && malformed.includes(at)
    ? { ...invalid, at, reason: 'The message has a value of the wrong type' }
    : invalid;
}

const MISSING = /^A required property is missing \((.+)\)$/;

function validate(
  context: PrepareContext,
  { standard: name, data, marking, ambiguous = [], malformed = [] }: DecodedEvent,
  submission: Submission,
): Result<{ standard: Standard; data: JsonObject }> {
  const standard = context.standards.byName.get(name);
  if (standard === undefined) return failure(refusal('standard-unknown'));
  if (!submission.source.submits.has(name)) return failure(refusal('standard-not-allowed'));
  const { markings = [] } = context.labelling().policy.document;
  const isKnown = marking === undefined || markings.some(({ text }) => text === marking);
  if (!isKnown && submission.isDecided !== true) return failure(refusal('legacy-marking'));
  // Only the gateway sets these members: values from an adapter are ignored.
  const { portions: _portions, label: _label, quality: _quality, protections: _protections, ...stated } = data;
  const [first, ...others] = standard.check(stated).map((invalid) => explained(invalid, malformed));
  if (first !== undefined) return failure(first, ...others);
  return success({ standard, data: assessed(standard, stated, context.codeLists, ambiguous, malformed) });
}

function toEvent(
  context: PrepareContext,
  submission: Submission,
  standard: Standard,
  data: JsonObject,
  id: string,
  index: number,
  { caseReference, time }: Pick<StatedEvent, 'caseReference' | 'time'>,
): UnlabelledEvent {
  const { identities } = context;
  const reference = canonicalUrn(caseReference ?? '');
  const subject = reference === '' ? undefined : identities.pseudonym('case', reference);
  return {
    specversion: '1.0',
    id,
    source: submission.source.id,
    type: standard.type,
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
    partitionkey: subject ?? id,
    datacontenttype: 'application/json',
    dataschema: standard.schemaId,
    recordedtime: submission.stamp.recordedtime,
    sequence: submission.stamp.sequence + String(index).padStart(6, '0'),
    ...(submission.traceparent === undefined ? {} : { traceparent: submission.traceparent }),
    data,
  };
}

/**
 * Validates and assesses the decoded events of a message, and adds their context. Returns all events, or the reasons against the message.
 * Where the records of the message are independent, a refused record is added to `alone` and the others continue.
 */
export function prepare(
  context: PrepareContext,
  submission: Submission,
  adapter: string,
  decoded: readonly StatedEvent[],
  alone: RefusedAlone[] = [],
): Result<readonly Prepared[]> {
  const prepared = preparePart(context, submission, adapter, decoded, 0, alone);
  if (!prepared.ok) return prepared;
  alone.sort((a, b) => a.record.line - b.record.line);
  const stated = statedOf(alone);
  if (stated !== undefined && (prepared.value.length === 0 || alone.length > MOST_REFUSED_RECORDS)) return failure(...stated);
  return prepared;
}

/** The same for a part of a message, before which there are so many events: how many of its records cannot pass does not matter. */
export function preparePart(
  context: PrepareContext,
  submission: Submission,
  adapter: string,
  decoded: readonly StatedEvent[],
  before: number,
  alone: RefusedAlone[],
): Result<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  const refused: Refusal[] = [];
  for (const [n, stated] of decoded.entries()) {
    const index = before + n;
    const valid = validate(context, stated, submission);
    if (!valid.ok && stated.record !== undefined) {
      const { record, marking } = stated;
      const refusals = mapRefusals(valid, (invalid) => ({ ...invalid, line: record.line })).refusals;
      alone.push({ record, refusals, isRead: true, ...(marking === undefined ? {} : { marking }) });
      continue;
    }
    if (!valid.ok) {
      if (decoded.length === 1) return valid;
      refused.push(...mapRefusals(valid, (invalid) => ({ ...invalid, at: `/events/${index}${invalid.at ?? ''}` })).refusals);
      if (refused.length >= MOST_REFUSALS) break;
      continue;
    }
    const { standard, data } = valid.value;
    prepared.push({
      standard,
      event: toEvent(context, submission, standard, data, context.identities.eventId(submission.messageId, adapter, index), index, stated),
    });
  }
  const [first, ...others] = refused;
  return first === undefined ? success(prepared) : failure(...firstOf([first, ...others], MOST_REFUSALS));
}
