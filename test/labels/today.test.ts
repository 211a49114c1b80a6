import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent, VerifiedEvent } from '../../gateway/labels/event.ts';
import { join, sameLabel } from '../../gateway/labels/join.ts';
import type { CompiledLabel } from '../../gateway/labels/label.ts';
import { labelEvent } from '../../gateway/labels/label-event.ts';
import { compileRaise } from '../../gateway/labels/policy.ts';
import type { PortionPlan } from '../../gateway/labels/portions.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { type Sealed, seal } from '../../gateway/labels/seal.ts';
import { hasEnded, MOST_PROTECTIONS, type Today, today } from '../../gateway/labels/today.ts';
import type { KnownProtections } from '../../gateway/protections/protect.ts';
import {
  ADULT_BORN,
  anyDefendant,
  anyHearing,
  type CourtLaw,
  courtLaw,
  defendantOf,
  document,
  HEARING_PLAN,
  hearing,
  YOUTH_BORN,
} from '../protections/invented-court.ts';
import { clearanceIn, counting, KEY, labelIn } from './invented.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const BIRTHDAY = Date.parse('2030-02-03T00:00:00Z');
const law = courtLaw();

const sealedOf = (event: UnlabelledEvent, lawInForce: CourtLaw = law, base: object = { classification: 'OPEN' }): Sealed =>
  seal(labelEvent(lawInForce, event, labelIn(lawInForce.policy, base as never)), ['low'], () => 'low', KEY, counting);
/** An event that lists its protections, as the gateway makes it. */
const listing = (defendants: readonly unknown[], more: object = {}): UnlabelledEvent => {
  const { fromEvent: found } = law.protect.find(hearing(defendants));
  const protections = found.map(({ at, restrictions, reason, until }) => ({
    at,
    restrictions,
    reason,
    ...(until === undefined ? {} : { until }),
  }));
  return hearing(defendants, { ...more, ...(found.length === 0 ? {} : { protections }) });
};
const knownFrom = (defendants: readonly unknown[], more: Partial<KnownProtections> = {}): KnownProtections => {
  const { fromEvent: found } = law.protect.find(hearing(defendants));
  return { isEmpty: found.length === 0, inForce: found, isLifted: () => false, ...more };
};
const bitsOf = (...restrictions: readonly string[]): readonly number[] =>
  compileRaise(law.policy, { restrictions }).bits.map((bits) => Math.max(0, bits));
const liftedOf = (...restrictions: readonly string[]): KnownProtections => ({
  isEmpty: true,
  inForce: [],
  isLifted: () => true,
  lifted: bitsOf(...restrictions),
});
const restrictionsOf = (label: CompiledLabel | undefined): readonly string[] =>
  (law.policy.categories[0]?.values ?? []).filter((_, n) => ((label?.bits[0] ?? 0) & (1 << n)) !== 0).map(({ id }) => id);
/** The restrictions that a place of an event has after something happened. */
const restrictionsAt = (
  sealed: VerifiedEvent,
  pointer: string,
  of: (state: Today, n: number, label: CompiledLabel) => CompiledLabel,
  state: Today,
) => {
  const n = sealed.portions.findIndex((portion) => portion.pointer === pointer);
  return restrictionsOf(of(state, n, sealed.portions[n]?.label as CompiledLabel));
};
const eased = (sealed: VerifiedEvent, pointer: string, now: number, known?: KnownProtections, lawInForce: CourtLaw = law) =>
  restrictionsAt(sealed, pointer, (state, n, label) => state.easedLabelOf(n, label), today(lawInForce, sealed, now, known));
const raised = (sealed: VerifiedEvent, pointer: string, known?: KnownProtections, lawInForce: CourtLaw = law) =>
  restrictionsAt(sealed, pointer, (state, n, label) => state.labelOf(n, label), today(lawInForce, sealed, NOW, known));

const withComplaint = { offences: [{ code: 'SX1', victims: [{ name: { familyName: 'Prosser' } }] }] };
const youth = (more: object = {}) => defendantOf('Yarrow', 'Kai', YOUTH_BORN, more);
const adult = (more: object = {}) => defendantOf('Marrable', 'Maris', ADULT_BORN, more);
const NAME = '/defendants/0/person/name';

describe('changes after an event was published', () => {
  it('only raise its labels, where the register adds protections', () => {
    fc.assert(
      fc.property(anyHearing, fc.array(anyDefendant, { maxLength: 2 }), (defendants, others) => {
        const sealed = sealedOf(listing(defendants));
        const state = today(law, sealed, NOW, knownFrom(others));
        for (const [n, { label }] of sealed.portions.entries()) {
          const now = state.labelOf(n, label);
          expect(sameLabel(join(law.policy, now, label), now)).toBe(true);
        }
      }),
    );
  });
  it('never reveal more than the portion has without protection, after an end or a lift', () => {
    fc.assert(
      fc.property(anyHearing, fc.integer({ min: NOW, max: Date.parse('2060-01-01') }), fc.boolean(), (defendants, now, isLifted) => {
        const sealed = sealedOf(listing(defendants));
        const known = isLifted ? liftedOf('YOUTH', 'CHILD', 'LIFE', 'ORDER', 'WITNESS') : knownFrom([]);
        const state = today(law, sealed, now, known);
        for (const [n, { pointer, label }] of sealed.portions.entries()) {
          const easedLabel = state.easedLabelOf(n, label);
          expect(sameLabel(join(law.policy, easedLabel, label), label)).toBe(true);
          const least = law.policy.portions.get(pointer.endsWith('/bail') ? 'note' : 'name') as CompiledLabel;
          expect(sameLabel(join(law.policy, easedLabel, least), easedLabel)).toBe(true);
        }
      }),
    );
  });
  it('never give a reader more because the register has more protections', () => {
    const given = (sealed: VerifiedEvent, known: KnownProtections) => {
      const decision = decide(law, sealed, clearanceIn(law.policy, { releasableTo: ['OFFICE'], restrictions: ['YOUTH', 'LIFE'] }), NOW, {
        known,
      });
      return decision.verdict === 'deny' ? [] : decision.event.data.portions.flatMap(({ at }) => at);
    };
    fc.assert(
      fc.property(anyHearing, fc.array(anyDefendant, { maxLength: 2 }), (defendants, others) => {
        const sealed = sealedOf(listing(defendants));
        expect(given(sealed, knownFrom([]))).toEqual(expect.arrayContaining([...given(sealed, knownFrom(others))]));
      }),
    );
  });
  it('leave exactly the label without that protection after a lift, also for free text', () => {
    fc.assert(
      fc.property(anyHearing, (defendants) => {
        const sealed = sealedOf(listing(defendants));
        const none: KnownProtections = { isEmpty: true, inForce: [], isLifted: () => true };
        const { slots } = labelEvent(law, sealed.event as unknown as UnlabelledEvent, labelIn(law.policy, { classification: 'OPEN' }), {
          found: law.protect.find(sealed.event, none),
        });
        const without = new Map(slots.map(({ pointer, label }) => [pointer, label]));
        const state = today(law, sealed, NOW, liftedOf('YOUTH', 'CHILD', 'LIFE', 'ORDER', 'WITNESS'));
        for (const [n, { pointer, label }] of sealed.portions.entries()) {
          const expected = without.get(pointer);
          if (expected !== undefined) expect(restrictionsOf(state.easedLabelOf(n, label))).toEqual(restrictionsOf(expected));
        }
      }),
    );
  });
});

describe('the end of a protection that an event lists', () => {
  const ends = (protections: unknown, now = BIRTHDAY) => hasEnded({ data: { protections } as never }, now);
  it('depends on the day', () => {
    expect([ends([{ until: '2030-02-03' }]), ends([{ until: '2030-02-03' }], BIRTHDAY - 1), ends([{ until: '2030-02-04' }])]).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('is reached where any listed protection has ended, and not where none has an end', () => {
    expect([ends([{}, { until: '2040-01-01' }, { until: '2027-01-01' }]), ends([{}, { until: 2027 }]), ends([])]).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('is not reached for an event that lists none', () => {
    expect([ends(undefined), ends(null), ends('2027-01-01'), ends({ until: '2027-01-01' })]).toEqual([false, false, false, false]);
  });
  it('can be reached for an event that could not list all', () => {
    expect([ends(Array(MOST_PROTECTIONS).fill({})), ends(Array(MOST_PROTECTIONS - 1).fill({}))]).toEqual([true, false]);
  });
});

describe('a protection that began after the event was published', () => {
  const sealed = sealedOf(listing([adult({ bail: 'x', address: { lines: ['1 Mole Row'] } }), defendantOf('Oakes', 'Gethin', ADULT_BORN)]));
  const known = knownFrom([defendantOf('Marrable', 'Maris', YOUTH_BORN)]);
  it('raises the person’s portions and text, and nothing else', () => {
    const at = (pointer: string) => raised(sealed, pointer, known);
    expect([at(NAME), at('/defendants/0/address'), at('/defendants/0/bail'), at('/defendants/1/person/name')]).toEqual([
      ['YOUTH'],
      ['YOUTH'],
      ['YOUTH'],
      [],
    ]);
  });
  it('raises nothing where the register has nothing', () => {
    const label = sealed.portions[0]?.label as CompiledLabel;
    for (const nothing of [undefined, knownFrom([])]) {
      const state = today(law, sealed, NOW, nothing);
      expect(state.labelOf(0, label)).toBe(label);
      expect(state.base).toBeUndefined();
    }
  });
  it('raises a portion that is not in today’s standard, because it can hold anything', () => {
    const older: CourtLaw = { ...law, plans: new Map([['hearing', { ...HEARING_PLAN, arrays: [] }]]) };
    expect(raised(sealed, NAME, known, older)).toEqual(['YOUTH']);
    expect(raised(sealed, '/defendants/1/person/name', known, older)).toEqual(['YOUTH']);
  });
  it('denies the event where a code outside portions mentions the person, because that code cannot be removed', () => {
    const withCode = (code: string) => sealedOf(listing([adult({ offences: [{ code }] })]));
    const byNumber = knownFrom([youth({ asn: '12ABCD34123456R' })]);
    const base = (code: string, known: KnownProtections) => today(law, withCode(code), NOW, known).base;
    expect(base('12ABCD34123456R', byNumber)).toEqual(compileRaise(law.policy, { restrictions: ['YOUTH'] }));
    expect(base('TH1', byNumber)).toBeUndefined();
    expect(base('12ABCD34123456R', knownFrom([]))).toBeUndefined();
    const reader = clearanceIn(law.policy, { releasableTo: ['OFFICE'] });
    const verdict = (known: KnownProtections) => decide(law, withCode('12ABCD34123456R'), reader, NOW, { known }).verdict;
    expect([verdict(knownFrom([])), verdict(byNumber)]).not.toEqual(['deny', 'deny']);
    expect(verdict(byNumber)).toBe('deny');
  });
  it('does not deny the event for a code that is a portion, because it is raised there', () => {
    const unlisted: CourtLaw = { ...law, listedIn: () => () => false };
    const sealedEvent = sealedOf(listing([adult({ offences: [{ code: '12ABCD34123456R' }] })]), unlisted);
    expect(today(unlisted, sealedEvent, NOW, knownFrom([youth({ asn: '12ABCD34123456R' })])).base).toBeUndefined();
  });
});

describe('an event in an earlier version of its standard', () => {
  const withoutNotes = { ...HEARING_PLAN, schemaId: 'urn:office:hearing' };
  const plan: PortionPlan = {
    ...HEARING_PLAN,
    schemaId: 'urn:office:hearing:2',
    portions: [...HEARING_PLAN.portions, { property: 'remark', step: '/remark', portion: 'note', isText: true }],
  };
  const now = (portionPlan: PortionPlan): CourtLaw => ({ ...law, plans: new Map([['hearing', portionPlan]]) });
  const base = { classification: 'OPEN', restrictions: ['PLACE'] };
  const sealed = (more: object) => sealedOf(hearing([adult()], more), now(withoutNotes), base);
  const baseOf = (event: VerifiedEvent, portionPlan: PortionPlan = plan, known?: KnownProtections) =>
    today(now(portionPlan), event, NOW, known).base;
  it('is delivered to others where it has no unlabelled text, or where the version is current', () => {
    expect(baseOf(sealed({}))).toBeUndefined();
    expect(baseOf(sealed({ remark: 'x' }), { ...plan, schemaId: 'urn:office:hearing' })).toBeUndefined();
    const { schemaId: _, ...without } = plan;
    expect(baseOf(sealed({ remark: 'x' }), without)).toBeUndefined();
  });
  it('with text that would now be a portion is delivered only to readers of its label and of all protections', () => {
    expect(baseOf(sealed({ remark: 'with Kai Yarrow' }))).toEqual(labelIn(law.policy, base));
    expect(restrictionsOf(baseOf(sealed({ remark: 'x' }), plan, knownFrom([youth()])))).toEqual(['YOUTH', 'PLACE']);
  });
  it('joins both labels where a code also mentions a person', () => {
    const known = knownFrom([youth({ asn: '12ABCD34123456R' })]);
    const sealedEvent = sealedOf(hearing([adult({ offences: [{ code: '12ABCD34123456R' }] })], { remark: 'x' }), now(withoutNotes), base);
    expect(restrictionsOf(baseOf(sealedEvent, plan, known))).toEqual(['YOUTH', 'PLACE']);
  });
  it('has no label where the policy does not know its stated label', () => {
    const sealedEvent = sealed({ remark: 'x' });
    const data = { ...sealedEvent.event.data, label: { ...sealedEvent.event.data.label, classification: 'GONE' } };
    expect(baseOf({ ...sealedEvent, event: { ...sealedEvent.event, data } } as VerifiedEvent)).toBeUndefined();
  });
  it('is compared with today’s code lists', () => {
    const codes: CourtLaw = { ...now(plan), listedIn: () => (_, value) => value !== 'GONE' };
    const event = (code: string) => sealedOf(hearing([adult({ offences: [{ code }] })]), now(withoutNotes), base);
    const baseLabelOf = (code: string) => today(codes, event(code), NOW, undefined).base;
    expect([baseLabelOf('TH1'), restrictionsOf(baseLabelOf('GONE'))]).toEqual([undefined, ['PLACE']]);
  });
});

describe('an ended protection of the register', () => {
  const ended = { ended: bitsOf('YOUTH') };
  /** An event that says nothing of why somebody in it is protected: only the register knew. */
  const event = hearing([defendantOf('Yarrow', 'Kai', ADULT_BORN, { bail: 'x', ...withComplaint })]);
  const found = law.protect.find(event, knownFrom([youth()]));
  const sealed = seal(
    labelEvent(law, event, labelIn(law.policy, { classification: 'OPEN' }), { found }),
    ['low'],
    () => 'low',
    KEY,
    counting,
  );
  it('reveals the person’s portions, and no free text', () => {
    expect(eased(sealed, NAME, NOW)).toEqual(['YOUTH']);
    expect(eased(sealed, NAME, NOW, knownFrom([], ended))).toEqual([]);
    expect(eased(sealed, '/defendants/0/bail', NOW, knownFrom([], ended))).toEqual(['YOUTH', 'LIFE']);
  });
  it('leaves the raises of another protection', () => {
    expect(eased(sealed, NAME, NOW, knownFrom([], { ended: bitsOf('CHILD') }))).toEqual(['YOUTH']);
    expect(eased(sealed, NAME, NOW, knownFrom([defendantOf('Yarrow', 'Kai', '2018-02-03')], ended))).toEqual(['YOUTH']);
  });
  it('does not change a label without its restriction', () => {
    const n = sealed.portions.findIndex(({ pointer }) => pointer === NAME);
    const label = sealed.portions[n]?.label as CompiledLabel;
    expect(today(law, sealed, NOW, knownFrom([], { ended: bitsOf('CHILD') })).easedLabelOf(n, label)).toBe(label);
  });
});

describe('a correction', () => {
  it('keeps its inherited label, because nobody knows whom that label protects', () => {
    const corrected = sealedOf(listing([youth()], { corrects: 'another-event' }));
    expect(eased(corrected, NAME, BIRTHDAY)).toEqual(['YOUTH']);
    expect(eased(corrected, NAME, NOW, liftedOf('YOUTH'))).toEqual(['YOUTH']);
    expect(eased(sealedOf(listing([youth()])), NAME, BIRTHDAY)).toEqual([]);
  });
});

describe('a protection that ends at 18', () => {
  const sealed = sealedOf(listing([youth({ bail: 'x' }), adult({ bail: 'x' })], { extensions: { raw: 'x' } }));
  it('reveals the person’s own portions on the birthday, and no free text', () => {
    expect([eased(sealed, NAME, BIRTHDAY - 1), eased(sealed, NAME, BIRTHDAY)]).toEqual([['YOUTH'], []]);
    for (const pointer of ['/defendants/0/bail', '/defendants/1/bail', '/extensions', '/protections'])
      expect([pointer, eased(sealed, pointer, BIRTHDAY)]).toEqual([pointer, ['YOUTH']]);
  });
  it('reveals no text, no unlisted code and no place that is not in today’s standard', () => {
    const sealedEvent = sealedOf(listing([youth({ offences: [{ wording: 'x', code: 'x' }] })]), { ...law, listedIn: () => () => false });
    expect(eased(sealedEvent, '/defendants/0/offences/0/wording', BIRTHDAY)).toEqual(['YOUTH']);
    expect(eased(sealedEvent, '/defendants/0/offences/0/code', BIRTHDAY)).toEqual(['YOUTH']);
    expect(eased(sealed, NAME, BIRTHDAY, undefined, { ...law, plans: new Map([['hearing', { ...HEARING_PLAN, arrays: [] }]]) })).toEqual([
      'YOUTH',
    ]);
  });
  it('reveals nothing while another protection of the same or another person continues', () => {
    const two = sealedOf(listing([youth(), defendantOf('Yarrow', 'Ned', '2015-02-03')]));
    expect([eased(two, NAME, BIRTHDAY), eased(two, NAME, Date.parse('2033-02-03'))]).toEqual([['YOUTH'], []]);
    const withOther = knownFrom([defendantOf('Yarrow', 'Kai', '2018-02-03')]);
    expect(eased(sealed, NAME, BIRTHDAY, withOther)).toEqual(['YOUTH']);
  });
  it('reveals nothing that is protected for life', () => {
    const life = sealedOf(
      listing([youth({ offences: [{ code: 'SX1', victims: [{ name: { familyName: 'Yarrow', givenNames: ['Kai'] } }] }] })]),
    );
    // The victim's own age is not known.
    expect(eased(life, NAME, BIRTHDAY)).toEqual(['CHILD', 'LIFE']);
  });
  it('reveals nothing while no protection has ended, even if the label has a value that can end', () => {
    const sealedEvent = sealedOf(hearing([adult()]));
    const label = compileRaise(law.policy, { restrictions: ['YOUTH'] });
    expect(today(law, sealedEvent, BIRTHDAY, undefined).easedLabelOf(0, label)).toBe(label);
  });
  it('leaves unprotected places unchanged', () => {
    const label = sealed.portions.find(({ pointer }) => pointer === '/defendants/1/person/name')?.label as CompiledLabel;
    const n = sealed.portions.findIndex(({ pointer }) => pointer === '/defendants/1/person/name');
    expect(today(law, sealed, BIRTHDAY, undefined).easedLabelOf(n, label)).toBe(label);
  });
});

describe('a lifted protection', () => {
  const sealed = sealedOf(listing([youth({ bail: 'x' })], { extensions: { raw: 'x' } }));
  it('reveals everything that it alone protected, including free text', () => {
    for (const pointer of [NAME, '/defendants/0/bail', '/extensions'])
      expect([pointer, eased(sealed, pointer, NOW, liftedOf('YOUTH'))]).toEqual([pointer, []]);
  });
  it('reveals nothing that another value still protects', () => {
    expect(eased(sealed, NAME, NOW, liftedOf('LIFE'))).toEqual(['YOUTH']);
    expect(eased(sealed, NAME, NOW, { ...liftedOf('YOUTH'), isLifted: () => false })).toEqual(['YOUTH']);
    const { fromEvent: inForce } = law.protect.find(hearing([youth()]));
    expect(eased(sealed, NAME, NOW, { ...liftedOf('YOUTH'), isEmpty: false, inForce })).toEqual(['YOUTH']);
  });
  it('reveals no free text that another, ended protection covered', () => {
    const sealedEvent = sealedOf(listing([youth({ bail: 'x', ...withComplaint })]));
    const known = { ...liftedOf('LIFE'), isLifted: ({ id }: { id: string }) => id === 'complainant' };
    expect(eased(sealedEvent, '/defendants/0/bail', BIRTHDAY, known)).toEqual(expect.arrayContaining(['YOUTH']));
    expect(eased(sealedEvent, '/defendants/0/bail', BIRTHDAY, known)).not.toContain('LIFE');
  });
  it('reveals no free text that a protection of the register covered until it ended', () => {
    const sealedEvent = sealedOf(listing([youth({ bail: 'x', ...withComplaint })]));
    const known = { ...liftedOf('LIFE'), ended: bitsOf('YOUTH') };
    const before = restrictionsOf(sealedEvent.portions.find(({ pointer }) => pointer === '/defendants/0/bail')?.label);
    expect(before).toEqual(expect.arrayContaining(['YOUTH', 'LIFE']));
    expect(eased(sealedEvent, '/defendants/0/bail', NOW, known)).toEqual(before.filter((restriction) => restriction !== 'LIFE'));
  });
  it('reveals nothing that the portion class protects', () => {
    const home = { title: 'Home', label: { classification: 'OPEN', restrictions: ['LIFE'] } };
    const strict = courtLaw({ portions: { ...document.portions, home } });
    const sealedEvent = sealedOf(listing([youth({ address: { lines: ['1 Mole Row'] } })]), strict);
    expect(eased(sealedEvent, '/defendants/0/address', NOW, liftedOf('LIFE', 'YOUTH'), strict)).toEqual(['LIFE']);
  });
  it('leaves unrestricted places unrestricted, and recipients unchanged', () => {
    const n = sealed.portions.findIndex(({ pointer }) => pointer === '/defendants/0/bail');
    const easedLabel = today(law, sealed, NOW, { ...liftedOf('YOUTH'), lifted: [1, 3] }).easedLabelOf(
      n,
      sealed.portions[n]?.label as CompiledLabel,
    );
    // The label of the portion's class is joined in: nobody gets more access.
    expect(easedLabel.bits[1]).toBe(0);
    const place = sealed.portions.findIndex(({ pointer }) => pointer === NAME);
    const open = today(law, sealed, NOW, { ...liftedOf('YOUTH'), lifted: [1, 3] }).easedLabelOf(
      place,
      sealed.portions[place]?.label as CompiledLabel,
    );
    expect(open.bits).toEqual([0, -1]);
  });
  it('has no effect under a policy with fewer categories', () => {
    expect(eased(sealed, NAME, NOW, { ...liftedOf(), lifted: [] })).toEqual(['YOUTH']);
    expect(eased(sealed, NAME, NOW, { ...liftedOf(), lifted: [0, 0, 1] })).toEqual(['YOUTH']);
  });
});

describe('a portion that is a code in a wrong form', () => {
  const [[property, defendants]] = HEARING_PLAN.arrays as [[string, PortionPlan]];
  const portions = defendants.portions.map((portion) => (portion.property === 'asn' ? { ...portion, code: { form: /^\d+$/u } } : portion));
  const lawWithForm: CourtLaw = {
    ...law,
    plans: new Map([['hearing', { ...HEARING_PLAN, arrays: [[property, { ...defendants, portions }]] }]]),
    listedIn: () => (_, value) => /^\d+$/.test(value),
  };
  const withNumber = (asn: string) => sealedOf(listing([youth(), adult({ asn })]), lawWithForm);
  const ASN = '/defendants/1/asn';
  it('can hold anything, so it is not revealed by time alone', () => {
    expect(eased(withNumber('the boy of Quay Street'), ASN, BIRTHDAY, undefined, lawWithForm)).toEqual(['YOUTH']);
  });
  it('is raised by later protections, like all text', () => {
    const known = knownFrom([defendantOf('Quill', 'Wren', YOUTH_BORN, withComplaint)]);
    expect(raised(withNumber('the girl of Quay Street'), ASN, known, lawWithForm)).toEqual(expect.arrayContaining(['YOUTH', 'LIFE']));
    expect(raised(withNumber('123'), ASN, known, lawWithForm)).toEqual([]);
  });
});

describe('an event with an unknown standard', () => {
  it('has no current labels', () => {
    const lawWithoutPlans: CourtLaw = { ...courtLaw({ rules: document.rules }), plans: new Map() };
    expect(() => today(lawWithoutPlans, sealedOf(hearing([adult()] as unknown as readonly JsonObject[])), NOW, undefined)).toThrow(
      'No standard for this event type: it is denied before',
    );
  });
});
