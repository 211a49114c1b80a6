/** The way in: decode → validate → label → ① ingress decision → seal. A function of its input; the caller publishes what comes out. */
import type { DecodedEvent, JsonObject, Refusal } from '../../adapters/adapter.ts';
import { canonicalJson } from '../labels/canonical-json.ts';
import { dominates } from '../labels/decision.ts';
import type { Content, UnlabelledEvent } from '../labels/event.ts';
import { join, joinAll } from '../labels/join.ts';
import type { CompiledClearance, CompiledLabel } from '../labels/label.ts';
import { type Labelling, labelEvent, spell } from '../labels/label-event.ts';
import { homeOf, levelTopics, renditionsOf } from '../labels/levels.ts';
import { compileLabel, compileRaise, type Policy } from '../labels/policy.ts';
import { type SealKey, seal } from '../labels/seal.ts';
import { invalidities } from '../labels/validity.ts';
import { assess, subjectCategory } from '../quality/assess.ts';
import type { CodeLists } from '../quality/codelists.ts';
import { refusal } from '../refusals.ts';
import type { Standard, Standards } from '../standards.ts';
import { type DecodedMessage, decodeCanonical } from './canonical.ts';
import { decode } from './decode.ts';
import type { Identities } from './ids.ts';
import { personsOf } from './persons.ts';
import type { Adapters, Outcome, Placed, Submission } from './submission.ts';

/** What it takes to make events of a message. Time and order come with the submission. */
export interface PrepareContext {
  readonly adapters: Adapters;
  readonly standards: Standards;
  readonly codeLists: CodeLists;
  /** The labelling in force. It can be replaced, whole, while the gateway runs. */
  readonly labelling: () => Labelling;
  readonly identities: Identities;
}

/** All that the way in depends on. */
export interface IngestContext extends PrepareContext {
  readonly sealKey: SealKey;
  /** Whether the bus has readers of its own, and so a rendition on each level that they read. */
  readonly renditions?: boolean;
  /** What this gateway's own domain may hold: boundary ① denies what is above it. */
  readonly domain: () => CompiledClearance;
}

type Step<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusals: readonly Refusal[] };

const fail = (...refusals: readonly Refusal[]) => ({ ok: false, refusals }) as const;

/** What the sender's floor and assertion make of everything in a message. The assertion can only raise. */
function baseLabel({ policy }: Labelling, { source, assertion }: Submission): Step<CompiledLabel> {
  if (assertion === undefined) return { ok: true, value: source.floor };
  const legacy = (assertion as { legacy?: unknown } | null)?.legacy;
  const asserted = compileLabel(policy, assertion);
  if ('code' in asserted) return fail(asserted);
  const invalid = invalidities(policy, asserted);
  if (invalid.length > 0) return fail(...invalid);
  if (typeof legacy === 'string' && policy.document.legacyMarkings.includes(legacy)) return fail(refusal('legacy-marking'));
  return { ok: true, value: join(policy, source.floor, asserted) };
}

/** Adds what the gateway itself says about the data: its quality and whom it is about. */
function assessed(standard: string, data: JsonObject, lists: CodeLists): JsonObject {
  const category = subjectCategory(standard, data);
  const defendants = ((data.defendants ?? []) as readonly JsonObject[]).map((defendant, n) => {
    const own = category[n];
    return own === undefined ? defendant : { ...defendant, subjectCategory: own };
  });
  const { basis, issues } = assess(standard, data, lists);
  return {
    ...data,
    ...(data.defendants === undefined ? {} : { defendants }),
    quality: { basis, ...(issues.length > 0 ? { issues: issues as unknown as JsonObject[] } : {}) },
  };
}

function validate(
  context: PrepareContext,
  { standard: name, data, marking }: DecodedEvent,
  submission: Submission,
): Step<{ standard: Standard; data: JsonObject }> {
  const standard = context.standards.byName.get(name);
  if (standard === undefined) return fail(refusal('standard-unknown'));
  if (!submission.source.submits.has(name)) return fail(refusal('standard-not-allowed'));
  const { markings = [] } = context.labelling().policy.document;
  if (marking !== undefined && !markings.some(({ text }) => text === marking)) return fail(refusal('legacy-marking'));
  // The gateway makes these itself, whatever an adapter says.
  const { portions: _portions, label: _label, quality: _quality, ...own } = data;
  const refusals = standard.check(own);
  if (refusals.length > 0) return fail(...refusals);
  return { ok: true, value: { standard, data: assessed(name, own, context.codeLists) } };
}

function toEvent(
  context: PrepareContext,
  submission: Submission,
  standard: Standard,
  data: JsonObject,
  id: string,
  index: number,
  caseReference: string | undefined,
): UnlabelledEvent {
  const { identities } = context;
  const subject = caseReference === undefined ? undefined : identities.pseudonym('case', caseReference);
  return {
    specversion: '1.0',
    id,
    source: submission.source.id,
    type: standard.type,
    ...(subject === undefined ? {} : { subject }),
    partitionkey: subject ?? id,
    datacontenttype: 'application/json',
    dataschema: standard.schemaId,
    recordedtime: submission.stamp.recordedtime,
    sequence: submission.stamp.sequence + String(index).padStart(4, '0'),
    ...(submission.traceparent === undefined ? {} : { traceparent: submission.traceparent }),
    data,
  };
}

/** From decoded events to valid, assessed ones with their context: all of a message's, or the reasons against it. */
export function prepare(
  context: PrepareContext,
  submission: Submission,
  adapter: string,
  decoded: readonly DecodedEvent[],
): Step<readonly { readonly event: UnlabelledEvent; readonly standard: Standard }[]> {
  const prepared: { event: UnlabelledEvent; standard: Standard }[] = [];
  for (const [index, one] of decoded.entries()) {
    const valid = validate(context, one, submission);
    if (!valid.ok)
      return decoded.length === 1
        ? valid
        : fail(...valid.refusals.map((refusal) => ({ ...refusal, at: `/events/${index}${refusal.at ?? ''}` })));
    const { standard, data } = valid.value;
    prepared.push({
      standard,
      event: toEvent(
        context,
        submission,
        standard,
        data,
        context.identities.eventId(submission.messageId, adapter, index),
        index,
        one.caseReference,
      ),
    });
  }
  return { ok: true, value: prepared };
}

/** A label that the gateway has just made of its own policy compiles. */
function must(label: CompiledLabel | Refusal): CompiledLabel {
  if ('code' in label) throw new Error('A label of the policy does not compile');
  return label;
}

/** What a marking that a message carries raises, to the letter. */
function raiseOf(policy: Policy, marking: string | undefined): CompiledLabel | undefined {
  const known = policy.document.markings?.find(({ text }) => text === marking);
  return known === undefined ? undefined : compileRaise(policy, known.with);
}

/** Boundary ①: the label must be one that the policy allows at all, and nothing may come in that this domain may not hold. */
function ingressDecision(context: IngestContext, base: CompiledLabel, { policy }: Labelling): readonly Refusal[] {
  const invalid = invalidities(policy, base);
  if (invalid.length > 0) return invalid;
  const { classifications, bits } = context.domain();
  return dominates(policy, { classifications, bits }, base) ? [] : [refusal('above-domain')];
}

/** What an unreadable message could hold: everything that any standard can, so that nobody reads it in quarantine who could not read its events. */
export function ceilingOf(labelling: Labelling, base: CompiledLabel): CompiledLabel {
  const { policy } = labelling;
  const portions = [...policy.portions.values()].filter((label) => label !== undefined);
  return joinAll(policy, [base, ...portions, ...labelling.rules.map(({ raise }) => raise)]);
}

/** The lowest label with the classification that a topic names; the highest for a topic that names none. */
export function levelOf({ policy }: Labelling, topic: string): CompiledLabel {
  const { classifications } = policy.document;
  const shared = policy.levels.find(({ topic: level }) => topic.startsWith(`justice.${level}.`));
  const held = shared === undefined ? 0 : shared.audience.reduce((bits, one) => bits | one.classifications, 0);
  const place = held > 0 ? 31 - Math.clz32(held) : classifications.findIndex(({ topic: level }) => topic.startsWith(`justice.${level}.`));
  return { ...policy.lowest, classification: place < 0 ? classifications.length - 1 : place };
}

const policyName = ({ policy: { document } }: Labelling): string => `${document.id}/${document.version}`;

/** The bytes that make a message's id: an asserted label is part of what was sent. */
export const messageBytes = ({ bytes, assertion }: Pick<Submission, 'bytes' | 'assertion'>): Uint8Array =>
  assertion === undefined ? bytes : Buffer.concat([bytes, Buffer.from(`\0${canonicalJson(assertion as JsonObject)}`)]);

/** Takes a message from bytes to sealed events, or to the reasons why it must go to quarantine. Never throws for what is in it. */
export function ingest(context: IngestContext, submission: Submission): Outcome {
  if (submission.canonical === true) {
    const { message, assertion } = decodeCanonical(submission.bytes, context.standards);
    return admit(context, assertion === undefined ? submission : { ...submission, assertion }, message);
  }
  const decoded = decode(context.adapters, submission);
  return admit(context, submission, decoded.ok ? { ...decoded, adapter: decoded.adapter.id } : decoded);
}

/** The outcome for a message that cannot pass, under the label of what it could hold. */
export function refusedOutcome(
  labelling: Labelling,
  submission: Submission,
  floor: CompiledLabel,
  adapter: string | undefined,
  refusals: readonly Refusal[],
): Outcome {
  return {
    kind: 'refused',
    messageId: submission.messageId,
    refusals,
    ...(adapter === undefined ? {} : { adapter }),
    label: spell(labelling, ceilingOf(labelling, floor)),
    policy: policyName(labelling),
  };
}

function admit(context: IngestContext, submission: Submission, decoded: DecodedMessage): Outcome {
  const labelling = context.labelling();
  const { policy } = labelling;
  const base = baseLabel(labelling, submission);
  // An assertion that cannot be read may have meant anything: it waits at the highest level.
  // A marking that was found can only raise; one that is not known is refused below.
  const found = decoded.ok ? decoded.events.map(({ marking }) => raiseOf(policy, marking)).filter((one) => one !== undefined) : [];
  const floor = base.ok ? base.value : join(policy, submission.source.floor, levelOf(labelling, ''));
  const refused = (refusals: readonly Refusal[]): Outcome => refusedOutcome(labelling, submission, floor, decoded.adapter, refusals);
  if (!decoded.ok) return refused(decoded.refusals);
  if (!base.ok) return refused(base.refusals);
  const own = joinAll(policy, [base.value, ...found]);
  const denied = ingressDecision(context, own, labelling);
  if (denied.length > 0) return refused(denied);
  const prepared = prepare(context, submission, decoded.adapter, decoded.events);
  if (!prepared.ok) return refused(prepared.refusals);
  const labelled = prepared.value.map(({ event, standard }) => ({ standard, labelled: labelEvent(labelling, event, own) }));
  const labels = labelled.map(({ labelled: { event } }) => must(compileLabel(policy, event.data.label)));
  const above = labels.some((label) => !dominates(policy, context.domain(), label));
  if (above) return refused([refusal('above-domain')]);
  const events = labelled.map(({ labelled: one, standard }): Placed => {
    const topic = (level: string) => topicOf(standard, level);
    const home = (content: Content) => topic(homeOf(labelling, content));
    const sealed = seal(one, levelTopics(policy).map(topic), home, context.sealKey, context.identities.salts);
    const own = context.renditions === true ? renditionsOf(labelling, sealed, sealed.home, topic, sealed.topicSalts) : [];
    const persons = personsOf(sealed.event.data, context.identities);
    return { persons, topic: sealed.home, standard: standard.name, event: sealed.event, renditions: own };
  });
  const whole = joinAll(policy, labels);
  const warnings = decoded.events.flatMap((event) => event.warnings);
  return {
    kind: 'accepted',
    messageId: submission.messageId,
    adapter: decoded.adapter,
    events,
    warnings,
    label: spell(labelling, whole),
    policy: policyName(labelling),
  };
}

/** `justice.<level>.<noun>.v<major>`: the level is the event's classification, so that the bus itself can keep levels apart. */
export const topicOf = ({ noun, major }: Pick<Standard, 'noun' | 'major'>, level: string): string => `justice.${level}.${noun}.v${major}`;
