/** Ingest: read → protect → label → ① ingress decision → seal. A pure function; the caller publishes the result. */
import type { JsonObject, Refusal } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import { refusal } from '../../adapters/refusal.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import { dominates } from '../labels/decision.ts';
import type { Content } from '../labels/event.ts';
import { join, joinAll } from '../labels/join.ts';
import type { CompiledClearance, CompiledLabel } from '../labels/label.ts';
import { type Labelled, type Labelling, labelEvent } from '../labels/label-event.ts';
import { homeOf, levelTopics, renditionsOf } from '../labels/levels.ts';
import { compileLabel, type Policy, policyName } from '../labels/policy.ts';
import { type SealKey, seal } from '../labels/seal.ts';
import { invalidities } from '../labels/validity.ts';
import { type ProtectionRecord, recordsOf, versionOf } from '../protections/register.ts';
import type { Standard } from '../rules/standards.ts';
import { isOfLevel, topicOf } from '../wire/topics.ts';
import { linkChanges } from './links.ts';
import { noticeOf } from './notice.ts';
import { personsOf } from './persons.ts';
import { type ProtectedEvent, protect, receiptProtection } from './protect.ts';
import { markingsOf, type QuarantineLabels, quarantineLabels, type Refusing, raiseOf } from './quarantine-label.ts';
import { type PrepareContext, type Read, type RefusedAlone, read } from './read.ts';
import { type Referring, referringTo } from './references.ts';
import type { Accepted, Answers, KeptRecord, Outcome, Placed, Prepared, Submission } from './submission.ts';
import { warningsOf } from './warnings.ts';

/** The dependencies of ingest. */
export interface IngestContext extends PrepareContext {
  readonly sealKey: SealKey;
  /** Whether clients read the bus directly. If so, each level that they read gets a rendition. */
  readonly renditions?: boolean;
  /** The clearance of this gateway's domain: boundary ① denies labels above it. */
  readonly domain: () => CompiledClearance;
}

/** The answers for a gateway that knows no case or event. */
export const NO_ANSWERS: Answers = { cases: {}, events: {} };

/** Takes a message from bytes to sealed events, or to the reasons why it must go to quarantine. Never throws for what is in it. */
export const ingest = (context: IngestContext, submission: Submission, answers: Answers = NO_ANSWERS): Outcome =>
  admit(context, read(context, submission), answers);

/** The outcome of a refused message, with the label of everything that it could hold. */
export function refusedOutcome(
  labelling: Labelling,
  domain: CompiledClearance,
  { messageId, source, original }: Pick<Submission, 'messageId' | 'source' | 'original'>,
  message: Omit<Refusing, 'floor' | 'original'>,
  adapter: string | undefined,
  refusals: readonly Refusal[],
): Outcome {
  const { policy } = labelling;
  const before = original === undefined ? undefined : compileLabel(policy, original);
  const isKnown = before?.ok !== false;
  const { waiting, origin } = quarantineLabels(labelling, domain, {
    ...message,
    floor: source.floor,
    isRead: message.isRead && isKnown,
    ...(before?.ok === true ? { original: before.value } : {}),
  });
  return {
    kind: 'refused',
    messageId,
    refusals,
    ...(adapter === undefined ? {} : { adapter }),
    label: labelling.spell(waiting),
    origin: labelling.spell(origin),
    policy: policyName(labelling.policy),
  };
}

/** The longest event, in characters of its JSON: every reader must verify all of it. A record on Kafka is at most 22 MiB. */
const MOST_EVENT_CHARACTERS = 5 * 1024 * 1024;

/** The second part of ingest: protect → label → ① ingress decision → seal, with the gateway's answers on the message's cases and events. */
export function admit(context: IngestContext, { submission, decoded, prepared, alone, isRead }: Read, answers: Answers): Outcome {
  const labelling = context.labelling();
  const { policy } = labelling;
  const markings = decoded.ok ? markingsOf(decoded.value.events) : [];
  const adapter = decoded.ok ? decoded.value.adapter : decoded.adapter;
  const refused = (refusals: readonly Refusal[]): Outcome =>
    refusedOutcome(labelling, context.domain(), submission, { assertion: submission.assertion, markings, isRead }, adapter, refusals);
  if (!decoded.ok) return refused(decoded.refusals);
  const original = submission.original === undefined ? success(undefined) : compileLabel(policy, submission.original);
  if (!original.ok) return refused(original.refusals);
  const messageLabel = labelOfMessage(labelling, submission, original.value, markings);
  if (!messageLabel.ok) return refused(messageLabel.refusals);
  const denied = ingressDecision(context, messageLabel.value, labelling);
  if (denied.length > 0) return refused(denied);
  if (!prepared.ok) return refused(prepared.refusals);
  const referring = referringEvents(prepared.value, answers, policy);
  if (!referring.ok) return refused(referring.refusals);
  const protectedEvents = protect(labelling, referring.value, messageLabel.value, answers, context.identities.pseudonym);
  const labelled = protectedEvents.map((event) => labelProtected(labelling, event));
  const labels = labelled.map(({ event }) => must(compileLabel(policy, event.data.label)));
  if (labels.some((label) => !dominates(policy, context.domain(), label))) return refused([refusal('above-domain')]);
  const events = labelled.map((event, n) => place(context, labelling, event, (protectedEvents[n] as ProtectedEvent).standard));
  if (events.some(({ text }) => text.length > MOST_EVENT_CHARACTERS)) return refused([refusal('event-too-large')]);
  const register = registerRecords(context, protectedEvents, labelled);
  const waiting = alone.map((record) => quarantineLabels(labelling, context.domain(), refusingOf(submission, record, original.value)));
  return {
    kind: 'accepted',
    messageId: submission.messageId,
    adapter: decoded.value.adapter,
    events,
    notices: noticesOf(context, labelling, protectedEvents, labelled),
    warnings: warningsOf(decoded.value.events, labelled),
    isOfRecords: decoded.value.events.some(({ record }) => record !== undefined),
    kept: alone.map((record, n) => keptOf(labelling, record, waiting[n] as QuarantineLabels)),
    protections: protectedEvents.flatMap(({ found }) => found.fromEvent.map(receiptProtection)),
    register,
    links: linkChanges(referring.value, context.identities.pseudonym),
    labelledWith: labelledWith(answers, register),
    label: labelling.spell(joinAll(policy, [...labels, ...waiting.map((record) => record.waiting)])),
    origin: labelling.spell(joinAll(policy, [messageLabel.value, ...waiting.map((record) => record.origin)])),
    policy: policyName(policy),
  };
}

/** The label of a message with its markings. A marking can only raise it. An unknown marking was refused, unless a person decided what it means. */
function labelOfMessage(
  labelling: Labelling,
  submission: Submission,
  original: CompiledLabel | undefined,
  markings: ReturnType<typeof markingsOf>,
): Result<CompiledLabel> {
  const { policy } = labelling;
  const base = baseLabel(labelling, submission, original);
  if (!base.ok) return base;
  const raises = markings.map((marking) => raiseOf(policy, marking)).filter((raise) => raise !== undefined);
  return success(joinAll(policy, [base.value, ...raises]));
}

/** The events with what they inherit from the events that they refer to, or the refusals of all unknown references. */
function referringEvents(prepared: readonly Prepared[], answers: Answers, policy: Policy): Result<readonly Referring[]> {
  const events = prepared.map((event) => referringTo(event, answers, policy));
  const [unknown, ...others] = events.flatMap((event) => (event.ok ? [] : event.refusals));
  return unknown === undefined ? success(events.flatMap((event) => (event.ok ? [event.value] : []))) : failure(unknown, ...others);
}

/** Notices to readers that received an event and may not read its correction. */
const noticesOf = (
  context: IngestContext,
  labelling: Labelling,
  events: readonly ProtectedEvent[],
  labelled: readonly Labelled[],
): readonly Placed[] =>
  events.flatMap(({ event, standard, corrected }, n) => {
    const correction = { event, labelled: labelled[n] as Labelled, standard, ...(corrected === undefined ? {} : { corrected }) };
    const notice = noticeOf(labelling, correction, context.identities);
    return notice === undefined ? [] : [place(context, labelling, notice, standard)];
  });

/** The protections that the register gets from the events. */
const registerRecords = (
  { identities }: IngestContext,
  events: readonly ProtectedEvent[],
  labelled: readonly Labelled[],
): readonly ProtectionRecord[] =>
  events.flatMap(({ event: { subject, id, source, recordedtime }, found }, n) => {
    if (subject === undefined || found.fromEvent.length === 0) return [];
    const label = (labelled[n] as Labelled).base;
    return recordsOf(found.fromEvent, { subject, event: id, label, by: source, since: recordedtime }, identities.pseudonym);
  });

/** The protections that the events of each case were labelled with: those of the register, and those of the message itself. */
function labelledWith({ cases }: Answers, records: readonly ProtectionRecord[]): Accepted['labelledWith'] {
  const found = new Map(
    Object.entries(cases).map(([subject, entries]) => [subject, entries.map(({ protection }) => versionOf(protection))]),
  );
  for (const protection of records) found.set(protection.case, [...(found.get(protection.case) ?? []), versionOf(protection)]);
  return Object.fromEntries(found);
}

/** The facts about a record in quarantine: its own marking, and those of its message. */
const refusingOf = (
  { source, assertion }: Submission,
  { marking, isRead }: RefusedAlone,
  original: CompiledLabel | undefined,
): Refusing => ({
  floor: source.floor,
  assertion,
  isRead,
  ...(marking === undefined ? {} : { markings: [marking] }),
  ...(original === undefined ? {} : { original }),
});

const keptOf = (labelling: Labelling, { record, refusals }: RefusedAlone, { waiting, origin }: QuarantineLabels): KeptRecord => ({
  line: record.line,
  bytes: record.bytes(),
  refusals,
  label: labelling.spell(waiting),
  origin: labelling.spell(origin),
});

/** The base label of a message, from the sender's floor and assertion and the original of a resubmission. They can only raise it. */
function baseLabel(
  { policy }: Labelling,
  { source, assertion, isDecided = false }: Submission,
  original: CompiledLabel | undefined,
): Result<CompiledLabel> {
  const floor = original === undefined ? source.floor : join(policy, source.floor, original);
  if (assertion === undefined) return success(floor);
  const legacy = (assertion as { legacy?: unknown } | null)?.legacy;
  const asserted = compileLabel(policy, assertion);
  if (!asserted.ok) return asserted;
  const [invalid, ...others] = invalidities(policy, asserted.value);
  if (invalid !== undefined) return failure(invalid, ...others);
  if (!isDecided && typeof legacy === 'string' && policy.document.legacyMarkings.includes(legacy))
    return failure(refusal('legacy-marking'));
  return success(join(policy, floor, asserted.value));
}

/** A label that the gateway has just made of its own policy compiles. */
function must(label: Result<CompiledLabel>): CompiledLabel {
  if (!label.ok) throw new Error('A label of the policy does not compile');
  return label.value;
}

/** Boundary ①: the policy must allow the label, and this domain must be cleared for it. */
function ingressDecision(context: IngestContext, base: CompiledLabel, { policy }: Labelling): readonly Refusal[] {
  const invalid = invalidities(policy, base);
  if (invalid.length > 0) return invalid;
  return dominates(policy, context.domain(), base) ? [] : [refusal('above-domain')];
}

const labelProtected = (labelling: Labelling, { event, base, inherited, found }: ProtectedEvent): Labelled =>
  labelEvent(labelling, event, base, { found, ...(inherited === undefined ? {} : { text: inherited.eventLabel }) });

/** Seals a labelled event for its topics. */
export function place(
  context: Pick<IngestContext, 'sealKey' | 'identities' | 'renditions'>,
  labelling: Labelling,
  labelled: Labelled,
  standard: Standard,
): Placed {
  const topic = (level: string) => topicOf(standard, level);
  const home = (content: Content) => topic(homeOf(labelling, content));
  const sealed = seal(labelled, levelTopics(labelling.policy).map(topic), home, context.sealKey, context.identities.salts);
  const renditions = context.renditions === true ? renditionsOf(labelling, sealed, sealed.home, topic, sealed.topicSalts) : [];
  const persons = personsOf(sealed.event.data, context.identities);
  return { persons, topic: sealed.home, standard: standard.name, event: sealed.event, text: JSON.stringify(sealed.event), renditions };
}

/** The lowest label with the classification that a topic names; the highest for a topic that names none. */
export function levelOf({ policy }: Labelling, topic: string): CompiledLabel {
  const { classifications } = policy.document;
  const shared = policy.levels.find(({ topic: level }) => isOfLevel(topic, level));
  const held = shared === undefined ? 0 : shared.audience.reduce((bits, recipient) => bits | recipient.classifications, 0);
  const place = held > 0 ? 31 - Math.clz32(held) : classifications.findIndex(({ topic: level }) => isOfLevel(topic, level));
  return { ...policy.lowest, classification: place < 0 ? classifications.length - 1 : place };
}

/**
 * The metadata of a message that its id depends on: an asserted label, whether it is an event, and its place as a record of another message
 * (two equal records are two messages). Undefined for a message without metadata.
 */
export const aboutMessage = ({
  assertion,
  canonical = false,
  record,
}: Pick<Submission, 'assertion' | 'canonical' | 'record'>): string | undefined => {
  if (record !== undefined) return canonicalJson([canonical, (assertion ?? null) as JsonObject | null, { ...record }]);
  return assertion === undefined && !canonical ? undefined : canonicalJson([canonical, (assertion ?? null) as JsonObject | null]);
};
