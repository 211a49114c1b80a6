/**
 * Who must not be identified in an event, and every place that can identify one of them. Protection follows the person, not the place
 * (design, "Labels"): a rule finds people, and raised is whatever describes or mentions one of them, and all that can hold free text.
 */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Found, Protect, Raise, Raised } from '../labels/label-event.ts';
import type { Policy } from '../labels/policy.ts';
import { PROTECTION_REASONS, type ProtectionReason } from '../labels/policy-document.ts';
import type { Slot } from '../labels/portions.ts';
import type { Known } from '../labels/today.ts';
import { type BirthDates, birthday, isPlausibleBirth, isUnderAt } from './age.ts';
import { type Matcher, PlainMatcher, SearchedText, textsIn } from './mentions.ts';
import { areOne, type Defendant, defendantsOf, type Keys, mergedKeys, NOBODY, type Person, type PersonKind, victimOf } from './people.ts';
import { hearingDate, PlaceRules, type Rule, type RuleContext } from './rules.ts';
import { squeezed } from './words.ts';

/** One person who must not be identified, and why. */
export interface Protection {
  /** The rule's id, or the protection's in the register. */
  readonly id: string;
  readonly title: string;
  readonly law: string;
  readonly reason: ProtectionReason;
  readonly restrictions: readonly string[];
  /** JSON Pointer of the person in the event, where the event has the person. */
  readonly at?: string;
  /** Undefined where anybody of the case can be meant. */
  readonly kind: PersonKind | undefined;
  /** The day from which it does not hold any more, `YYYY-MM-DD`; undefined where it never ends or nobody knows when. */
  readonly until?: string;
  readonly raise: CompiledLabel;
  /** The portion classes that are raised where they describe the person. */
  readonly portions: ReadonlySet<string>;
  readonly keys: Keys;
  /** What parents and guardians are known by: they show who the person is. */
  readonly relatives: readonly Keys[];
  readonly matcher: Matcher;
}

/** What the register holds of an event's case. */
export interface KnownProtections extends Known {
  /** Those in force. */
  readonly inForce: readonly Protection[];
  /** Whether a protection that an event itself gives rise to was lifted by somebody with the right to do so. */
  isLifted(protection: Protection): boolean;
}

type Event = Pick<UnlabelledEvent, 'data' | 'source' | 'recordedtime'>;

/** All protections that an event falls under. */
export interface FoundProtections extends Found {
  /** Those that the event itself gives rise to. */
  readonly own: readonly Protection[];
  /** Those, and the ones of the register. */
  readonly all: readonly Protection[];
}

const NO_PROTECTIONS: FoundProtections = { isEmpty: true, own: [], all: [] };

/** The code of a quality issue: the message gave a value more than once, and not alike. */
export const GIVEN_TWICE = 'given-more-than-once';

export interface Protecting extends Protect {
  find(event: Event, known?: KnownProtections): FoundProtections;
  raise(event: Event, slots: readonly Slot[], found: FoundProtections): readonly (Raise | undefined)[];
  whole(found: FoundProtections): CompiledLabel | undefined;
  isMentionedIn(found: FoundProtections, value: string): boolean;
  registered(known: KnownProtections): FoundProtections;
  on(found: FoundProtections, now: number): FoundProtections;
}

/** Makes the rules of a policy ready to be asked. */
export function makeProtect(policy: Policy, rules: readonly Rule[]): Protecting {
  const placeRules = rules.filter(({ document }) => document.protects === undefined);
  const personRules = rules.filter(({ document }) => document.protects !== undefined);
  return {
    hasPlaceRules: placeRules.length > 0,
    raises: rules.map(({ document, portions, raise: label }) => ({ portions, label, isEverywhere: document.protects !== undefined })),
    find: (event, known) => {
      const own = personRules.length === 0 ? [] : ownProtections(personRules, event).filter((one) => known?.isLifted(one) !== true);
      const registered = known?.inForce ?? [];
      if (own.length + registered.length === 0) return NO_PROTECTIONS;
      return { isEmpty: false, own, all: [...own, ...registered] };
    },
    raise: (event, slots, found) => {
      const places = new PlaceRules(placeRules, contextOf(event, []));
      const people = found.isEmpty ? undefined : new Raiser(policy, event.data, found.all);
      return slots.map((slot) => {
        const by = placeRules.length === 0 ? NO_RULES : places.rulesFor(slot.portion, slot.within);
        const raise = people?.raiseOf(slot);
        if (by.length === 0) return raise;
        return joinRaises(policy, [
          ...by.map(({ raise: label, document }) => ({ label, by: [raisedBy(document)] })),
          ...(raise ? [raise] : []),
        ]);
      });
    },
    isMentionedIn: ({ all }, value) => {
      const text = new SearchedText(value);
      return all.some(({ matcher }) => matcher.isIn(text));
    },
    registered: ({ inForce }) => (inForce.length === 0 ? NO_PROTECTIONS : { isEmpty: false, own: [], all: inForce }),
    on: (found, now) => {
      const day = new Date(now).toISOString().slice(0, 10);
      const isOver = ({ until }: Protection) => until !== undefined && until <= day;
      if (!found.all.some(isOver)) return found;
      const all = found.all.filter((one) => !isOver(one));
      return { isEmpty: all.length === 0, own: found.own.filter((one) => !isOver(one)), all };
    },
    whole: ({ all }) =>
      all.reduce<CompiledLabel | undefined>((label, { raise }) => (label === undefined ? raise : join(policy, label, raise)), undefined),
  };
}

const NO_RULES: readonly Rule[] = [];

const raisedBy = ({ id, title, law }: Pick<Protection, 'id' | 'title' | 'law'>, reason?: ProtectionReason): Raised => ({
  id,
  title,
  law,
  ...(reason === undefined ? {} : { reason: PROTECTION_REASONS[reason] }),
});

function joinRaises(policy: Policy, raises: readonly Raise[]): Raise | undefined {
  const [first, ...others] = raises;
  if (first === undefined || others.length === 0) return first;
  return {
    label: others.reduce((label, one) => join(policy, label, one.label), first.label),
    by: raises.flatMap(({ by }) => by),
  };
}

/** Everybody in the event, and what the event says of when each was born under any entry. */
function contextOf({ data, source, recordedtime }: Event, defendants: readonly Defendant[]): RuleContext {
  let people: readonly { readonly person: Person; readonly family: string }[] | undefined;
  const ambiguous = ambiguousIn(data);
  const birthOf = (person: Person): BirthDates => {
    // What other entries say can contradict an age. It cannot give one: an alias makes two people one too easily.
    if (person.datesOfBirth.length === 0) return { datesOfBirth: [], birthYears: person.birthYears };
    people ??= peopleOf(defendants).map((one) => ({ person: one, family: familyOf(one) }));
    const family = familyOf(person);
    // Names are compared as they stand before they are taken apart: most people of an event share none.
    const entries = people.filter(
      (one) =>
        one.person === person || ((one.family === family || one.family === '' || family === '') && areOne(one.person.keys, person.keys)),
    );
    return {
      datesOfBirth: entries.flatMap((one) => one.person.datesOfBirth),
      birthYears: entries.flatMap((one) => one.person.birthYears),
      isAmbiguous: ambiguous.length > 0 && entries.some((one) => ambiguous.some((pointer) => pointer.startsWith(`${one.person.pointer}/`))),
    };
  };
  return { data, source, received: recordedtime, birthOf, defendants, people: () => peopleOf(defendants) };
}

const peopleOf = (defendants: readonly Defendant[]): readonly Person[] =>
  defendants.flatMap(({ person, offences }) => [...(person === undefined ? [] : [person]), ...offences.flatMap(({ victims }) => victims)]);

const victimsOf = (defendants: readonly Defendant[]): readonly Person[] =>
  defendants.flatMap(({ offences }) => offences.flatMap(({ victims }) => victims));

function familyOf({ object }: Person): string {
  const { familyName } = (object.name ?? {}) as JsonObject;
  return typeof familyName === 'string' ? squeezed(familyName) : '';
}

/** Where the message gave a date of birth more than once, as the quality issues of the event say. */
function ambiguousIn({ quality }: JsonObject): readonly string[] {
  const { issues } = (quality ?? {}) as { issues?: unknown };
  if (!Array.isArray(issues)) return [];
  return issues.flatMap(({ code, at }: { code?: unknown; at?: unknown }) =>
    code === GIVEN_TWICE && typeof at === 'string' && /birth/i.test(at) ? [at] : [],
  );
}

/** The protections that an event itself gives rise to. */
function ownProtections(rules: readonly Rule[], event: Event): readonly Protection[] {
  const defendants = defendantsOf(event.data);
  if (defendants.length === 0) return [];
  const context = contextOf(event, defendants);
  const found = new Map<string, Protection>();
  const protect = (rule: Rule, person: Person | undefined, reason: ProtectionReason): void => {
    const key = `${rule.document.id} ${person?.pointer ?? ''}`;
    if (!found.has(key)) found.set(key, protectionOf(rule, person, reason, context));
  };
  for (const defendant of defendants)
    for (const rule of rules) {
      if (rule.document.of === 'defendant') {
        // An organisation has no age, and cannot be hidden as a person can; an order about it still means the people of the case.
        const reason = rule.reasonFor(defendant.object, context, defendant.person);
        if (reason !== undefined)
          for (const person of meantBy(rule, defendant, undefined, defendants, context)) protect(rule, person, reason);
      } else if (rule.document.of === 'offence')
        for (const offence of defendant.offences) {
          const reason = rule.reasonFor(offence.object, context, defendant.person);
          if (reason === undefined) continue;
          for (const person of meantBy(rule, defendant, offence.victims, defendants, context)) protect(rule, person, reason);
        }
    }
  return [...found.values()];
}

const UNKNOWN = [undefined] as const;

/** Whom a rule that holds protects. Undefined among them is somebody of whom the event says nothing. */
function meantBy(
  rule: Rule,
  defendant: Defendant,
  victims: readonly Person[] | undefined,
  defendants: readonly Defendant[],
  context: RuleContext,
): readonly (Person | undefined)[] {
  const { who } = rule.document.protects as NonNullable<Rule['document']['protects']>;
  if (who === 'self') return defendant.person === undefined ? [] : [defendant.person];
  const all = victimsOf(defendants);
  if (who === 'children')
    return all.filter((victim) => isUnderAt(ADULT, context.birthOf(victim), hearingDate(context.data), context.received) !== 'not-under');
  // An offence that names no victim does not say who of the others it is.
  const own = who === 'victims' && victims !== undefined && victims.length > 0 ? victims : all;
  return own.length > 0 ? own : UNKNOWN;
}

const ADULT = 18;

function protectionOf(rule: Rule, person: Person | undefined, reason: ProtectionReason, context: RuleContext): Protection {
  const { id, title, law, protects, raise } = rule.document;
  const kind: PersonKind = person?.kind ?? (protects?.who === 'self' ? 'defendant' : 'victim');
  const keys = person === undefined ? NOBODY : keysIn(person, context.people());
  const relatives = person?.kind === 'defendant' ? relativesOf(person, context) : [];
  const until = protects?.until === 'at 18' && person !== undefined ? eighteenthBirthday(person, context) : undefined;
  return {
    id,
    title,
    law,
    reason,
    restrictions: raise.with.restrictions ?? [],
    kind,
    keys,
    relatives,
    raise: rule.raise,
    portions: rule.portions,
    matcher: new PlainMatcher(kind, keys, relatives),
    ...(person === undefined ? {} : { at: person.pointer }),
    ...(until === undefined ? {} : { until }),
  };
}

/** What a person is known by from every entry of the event that is taken for that person. */
const keysIn = (person: Person, people: readonly Person[]): Keys =>
  mergedKeys([person.keys, ...people.filter((one) => one !== person && areOne(one.keys, person.keys)).map(({ keys }) => keys)]);

/** The parents and guardians of a defendant, under any entry. */
const relativesOf = (person: Person, context: RuleContext): readonly Keys[] =>
  context.defendants
    .filter((one) => one.person === person || (one.person !== undefined && areOne(one.person.keys, person.keys)))
    .flatMap(({ parent }) => (parent === undefined ? [] : [keysIn(parent, context.people())]));

/** The day on which a person is 18, where one plausible date of birth says so and nothing contradicts it. */
function eighteenthBirthday(person: Person, context: RuleContext): string | undefined {
  const birth = context.birthOf(person);
  const [born, ...others] = new Set(birth.datesOfBirth);
  const on = hearingDate(context.data);
  if (born === undefined || others.length > 0 || !isPlausibleBirth(born, on)) return undefined;
  return isUnderAt(ADULT, birth, on, context.received) === 'under' ? birthday(born, ADULT) : undefined;
}

/** A protection with the pointers of the defendants that describe the person or a parent of the person. */
interface OwnedProtection extends Protection {
  readonly owns: ReadonlySet<string>;
}

/** Raises the places of one event for everybody who is protected in it. */
class Raiser {
  readonly #policy: Policy;
  readonly #protections: readonly OwnedProtection[];
  readonly #everything: Raise | undefined;
  readonly #byMask = new Map<string, Raise | undefined>();

  constructor(policy: Policy, data: JsonObject, protections: readonly Protection[]) {
    this.#policy = policy;
    const defendants = defendantsOf(data);
    this.#protections = protections.map((one) => ({ ...one, owns: entriesOf(one, defendants) }));
    this.#everything = joinRaises(policy, protections.map(asRaise));
  }

  raiseOf(slot: Slot): Raise | undefined {
    if (
      slot.isText ||
      slot.isUnlisted ||
      isOdd(slot.holder[slot.property] as Json, slot.property) ||
      this.#policy.document.portions[slot.portion]?.freeText === true
    )
      return this.#everything;
    // What carries the event's own label is raised with the event.
    if (this.#policy.portions.get(slot.portion) === undefined) return this.#everything;
    const texts = textsIn(slot.holder[slot.property] as Json);
    let mask = '';
    for (const protection of this.#protections) mask += identifies(protection, slot, texts) ? '1' : '0';
    if (!this.#byMask.has(mask))
      this.#byMask.set(mask, joinRaises(this.#policy, this.#protections.filter((_, n) => mask[n] === '1').map(asRaise)));
    return this.#byMask.get(mask);
  }
}

/** What no name and no address holds: then it is text that somebody put there, and can say anything. */
const ODD: Readonly<Record<string, RegExp>> = { name: /[@\d]/, aliases: /[@\d]/, address: /@/, emails: /\s/, phones: /\p{L}{4}/u };

function isOdd(value: Json, property: string, odd = ODD[property]): boolean {
  if (typeof value === 'string') return odd?.test(value) === true;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => isOdd(item as Json, property, odd));
  return Object.entries(value).some(([name, own]) => isOdd(own as Json, name, ODD[name] ?? odd));
}

const asRaise = (protection: Protection): Raise => ({ label: protection.raise, by: [raisedBy(protection, protection.reason)] });

/** The pointers of the defendants that describe a protected person. */
function entriesOf({ matcher, kind }: Protection, defendants: readonly Defendant[]): ReadonlySet<string> {
  const people = defendants.flatMap(({ person }) => (person === undefined ? [] : [person]));
  return new Set(people.filter((one) => matcher.is(one) || (kind !== 'victim' && matcher.canBe(one))).map(({ pointer }) => pointer));
}

/** Whether a place that holds no free text can identify a protected person. `texts` are those in it. */
function identifies(
  { matcher, portions, owns }: OwnedProtection,
  { holder, property, portion, pointer, within }: Slot,
  texts: readonly SearchedText[],
): boolean {
  if (portions.has(portion)) {
    if (property === 'victims') {
      if (victimsIn(holder[property] as Json, pointer).some((victim) => matcher.canBe(victim) || matcher.is(victim))) return true;
    } else if (within.some((place) => place.component === 'defendant' && owns.has(place.pointer))) return true;
  }
  return texts.some((text) => matcher.isIn(text));
}

const victimsIn = (value: Json, pointer: string): readonly Person[] =>
  Array.isArray(value)
    ? value.flatMap((one, n) =>
        typeof one === 'object' && one !== null && !Array.isArray(one) ? [victimOf(one as JsonObject, `${pointer}/${n}`)] : [],
      )
    : [];
