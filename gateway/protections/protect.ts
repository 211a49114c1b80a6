/**
 * Finds who must not be identified in an event, and every place that can identify one of them. Protection follows the person, not the place
 * (design, "Labels"): a rule finds people, and the gateway raises every place that describes or mentions one of them or can hold free text.
 */
import { dayOf, isOver } from '../labels/day.ts';
import { join } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Found, Protect, Raise } from '../labels/label-event.ts';
import type { Policy } from '../labels/policy.ts';
import type { ProtectionReason } from '../labels/policy-document.ts';
import type { Slot } from '../labels/portions.ts';
import type { Known } from '../labels/today.ts';
import { birthday } from './age.ts';
import { ADULT, EventPeople, type ProtectableEvent } from './event-people.ts';
import { SearchedText } from './marks.ts';
import { PlainMatcher } from './mentions.ts';
import { canHold, type Defendant, defendantsOf, NOBODY, type Person } from './people.ts';
import type { Protection } from './protection.ts';
import { joinRaises, Raiser, raisedBy } from './raiser.ts';
import { type Condition, type Held, PlaceRules, type Rule, reasonOf } from './rules.ts';

/** The register's protections of an event's case. */
export interface KnownProtections extends Known {
  /** The protections in force. */
  readonly inForce: readonly Protection[];
  /** Whether an authorised person lifted a protection that comes from the event itself. */
  isLifted(protection: Protection): boolean;
}

/** All protections that an event falls under. */
export interface FoundProtections extends Found {
  /** The protections that come from the event itself. */
  readonly fromEvent: readonly Protection[];
  /** The protections of the event and of the register. */
  readonly all: readonly Protection[];
}

const NO_PROTECTIONS: FoundProtections = { isEmpty: true, fromEvent: [], all: [] };

export interface Protecting extends Protect {
  find(event: ProtectableEvent, known?: KnownProtections): FoundProtections;
  raise(event: ProtectableEvent, slots: readonly Slot[], found: FoundProtections): readonly (Raise | undefined)[];
  joinedRaise(found: FoundProtections): CompiledLabel | undefined;
  isMentionedIn(found: FoundProtections, value: string): boolean;
  registered(known: KnownProtections): FoundProtections;
  on(found: FoundProtections, now: number): FoundProtections;
}

/** Compiles the rules of a policy. */
export function makeProtect(policy: Policy, rules: readonly Rule[]): Protecting {
  const placeRules = rules.filter(({ document }) => document.protects === undefined);
  const personGroups = groupsOf(rules.filter(({ document }) => document.protects !== undefined));
  return {
    hasPlaceRules: placeRules.length > 0,
    raises: rules.map(({ document, portions, raise: label }) => ({ portions, label, isEverywhere: document.protects !== undefined })),
    find: (event, known) => {
      const fromEvent =
        personGroups.length === 0
          ? []
          : protectionsFromEvent(personGroups, event).filter((protection) => known?.isLifted(protection) !== true);
      const registered = known?.inForce ?? [];
      if (fromEvent.length + registered.length === 0) return NO_PROTECTIONS;
      return { isEmpty: false, fromEvent, all: [...fromEvent, ...registered] };
    },
    raise: (event, slots, found) => {
      const places = placeRules.length === 0 ? undefined : new PlaceRules(placeRules, new EventPeople(event, []));
      const people = found.isEmpty ? undefined : new Raiser(policy, event.data, found.all);
      return slots.map((slot) => {
        const by = places?.rulesFor(slot.portion, slot.within) ?? NO_RULES;
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
    registered: ({ inForce }) => (inForce.length === 0 ? NO_PROTECTIONS : { isEmpty: false, fromEvent: [], all: inForce }),
    on: (found, now) => {
      const day = dayOf(now);
      const holds = ({ until }: Protection) => !isOver(until, day);
      if (found.all.every(holds)) return found;
      const inForce = found.all.filter(holds);
      return { isEmpty: inForce.length === 0, fromEvent: found.fromEvent.filter(holds), all: inForce };
    },
    joinedRaise: ({ all }) =>
      all.reduce<CompiledLabel | undefined>((label, { raise }) => (label === undefined ? raise : join(policy, label, raise)), undefined),
  };
}

const NO_RULES: readonly Rule[] = [];

/** The protections that come from the event itself. */
function protectionsFromEvent(groups: readonly RuleGroup[], event: ProtectableEvent): readonly Protection[] {
  const defendants = defendantsOf(event.data);
  const people = new EventPeople(event, defendants);
  const found = new Map<string, Protection>();
  // Apply each rule to a list of persons once: many offences of an event can refer to the same victims.
  const done = new Map<Rule, Set<readonly (Person | undefined)[]>>();
  const protect = (held: readonly Rule[], why: Held, defendant: Defendant, victims: readonly Person[] | undefined): void => {
    for (const rule of held) {
      const meant = meantBy(rule, defendant, victims, people);
      const known = done.get(rule);
      if (known?.has(meant) === true) continue;
      if (known === undefined) done.set(rule, new Set([meant]));
      else known.add(meant);
      for (const person of meant) {
        const key = `${rule.document.id} ${person?.pointer ?? ''}`;
        if (!found.has(key)) found.set(key, protectionOf(rule, person, reasonOf(rule, why), people));
      }
    }
  };
  for (const defendant of defendants)
    for (const { of, condition, rules: groupRules } of groups) {
      // An organisation has no age and cannot be protected, but an order about it can protect people in the case.
      if (of === 'defendant') {
        const held = condition(defendant.object, people, defendant.person);
        if (held !== undefined) protect(groupRules, held, defendant, undefined);
      } else if (of === 'offence')
        for (const offence of defendant.offences) {
          const held = condition(offence.object, people, defendant.person);
          if (held !== undefined) protect(groupRules, held, defendant, offence.victims);
        }
      else if (of === 'crime' && defendant.crime !== undefined) {
        const held = condition(defendant.crime.object, people, undefined);
        if (held !== undefined) protect(groupRules, held, defendant, defendant.crime.victims);
      }
    }
  return [...found.values()];
}

/** Rules with the same kind of object and the same condition. */
interface RuleGroup {
  readonly of: string;
  readonly condition: Condition;
  readonly rules: readonly Rule[];
}

function groupsOf(rules: readonly Rule[]): readonly RuleGroup[] {
  const groups: { of: string; condition: Condition; rules: Rule[] }[] = [];
  for (const rule of rules) {
    const { of } = rule.document;
    const known = groups.find((group) => group.of === of && group.condition === rule.condition);
    if (known === undefined) groups.push({ of, condition: rule.condition, rules: [rule] });
    else known.rules.push(rule);
  }
  return groups;
}

const UNKNOWN: readonly undefined[] = [undefined];

/** The persons whom a rule protects. Undefined stands for a person who is not in the event. */
function meantBy(
  rule: Rule,
  defendant: Defendant,
  victims: readonly Person[] | undefined,
  people: EventPeople,
): readonly (Person | undefined)[] {
  const { who } = rule.document.protects as NonNullable<Rule['document']['protects']>;
  if (who === 'self') return defendant.person === undefined ? [] : [defendant.person];
  const victimsOfCase = people.victims;
  if (who === 'children') return people.children;
  // Where an offence names no victim, any victim in the event may be meant.
  const meantVictims = who === 'victims' && victims !== undefined && victims.length > 0 ? victims : victimsOfCase;
  return meantVictims.length > 0 ? meantVictims : UNKNOWN;
}

function protectionOf(rule: Rule, person: Person | undefined, reason: ProtectionReason, people: EventPeople): Protection {
  const { id, title, law, protects, raise } = rule.document;
  const about = protectedPerson(person, people);
  const until = protects?.until === 'at 18' && person !== undefined ? eighteenthBirthday(person, people) : undefined;
  return {
    id,
    title,
    law,
    reason,
    restrictions: raise.with.restrictions ?? [],
    ...about,
    raise: rule.raise,
    portions: rule.portions,
    matcher: new PlainMatcher(about.kind, about.keys, about.relatives),
    ...(reason === 'order' && DAY.test(people.hearing) ? { made: people.hearing } : {}),
    ...(person === undefined ? {} : { at: person.pointer }),
    ...(until === undefined ? {} : { until }),
  };
}

/** Whom a protection is about. A person with more keys than a protection holds counts as anybody in the case. */
function protectedPerson(person: Person | undefined, people: EventPeople): Pick<Protection, 'kind' | 'keys' | 'stated' | 'relatives'> {
  if (person === undefined) return { kind: 'victim', ...UNKNOWN_PERSON };
  const keys = people.keysOf(person);
  const relatives = person.kind === 'defendant' ? people.relativesOf(person) : [];
  return canHold(keys, relatives) ? { kind: person.kind, keys, stated: person.keys, relatives } : { kind: undefined, ...UNKNOWN_PERSON };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const UNKNOWN_PERSON = { keys: NOBODY, stated: NOBODY, relatives: [] };

/** The 18th birthday of a person, where there is exactly one plausible date of birth and nothing contradicts it. */
function eighteenthBirthday(person: Person, people: EventPeople): string | undefined {
  const [born, ...others] = new Set(people.birthOf(person).datesOfBirth);
  if (born === undefined || others.length > 0) return undefined;
  return people.isUnder(ADULT, person) === 'under' ? birthday(born, ADULT) : undefined;
}
