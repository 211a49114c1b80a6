import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../adapters/adapter.ts';
import { MISSING_PROPERTY, MOST_REFUSALS } from '../../adapters/refusal.ts';
import { dominates } from '../../gateway/labels/decision.ts';
import { join, sameLabel } from '../../gateway/labels/join.ts';
import { type CompiledLabel, type Label, UNRESTRICTED } from '../../gateway/labels/label.ts';
import { compileClearance, compileLabel, compilePolicy, compileRaise, labelOf } from '../../gateway/labels/policy.ts';
import { invalidities } from '../../gateway/labels/validity.ts';
import {
  contentCeilingOf,
  highestOf,
  labelsOfReceipt,
  leavesLabelOpen,
  markingsOf,
  quarantineLabels,
  raiseOf,
  receiptLabel,
} from '../../gateway/pipeline/quarantine-label.ts';
import { everyRestriction } from '../../gateway/protections/source-label.ts';
import { anyClearance, anyLabel, clearanceFor, labelFor, labelling, must, POLICY, policy } from '../support/rules-in-force.ts';
import { document, OFFICE, officeLaw } from './invented.ts';

const isAtLeast = (label: CompiledLabel, least: CompiledLabel): boolean => sameLabel(join(policy, label, least), label);
const OFFICIAL = labelFor({ classification: 'OFFICIAL' });
const DOMAIN = clearanceFor({
  classifications: ['OFFICIAL', 'SECRET'],
  sensitive: true,
  caveats: ['UK EYES ONLY'],
  handling: ['HMG USE ONLY'],
  releasableTo: ['POLICE', 'CPS'],
  restrictions: ['CYPA1933_s49', 'SOAA1992_s1'],
});
const HIGHEST = highestOf(policy, DOMAIN);
const validLabel = anyLabel.filter((label) => invalidities(policy, must(compileLabel(policy, label))).length === 0);
const labels = (message: Partial<Parameters<typeof quarantineLabels>[2]>) =>
  quarantineLabels(labelling, DOMAIN, { floor: OFFICIAL, isRead: true, ...message });

describe('a message in quarantine', () => {
  it('is never below its floor, the label that was read, and the label of its original', () => {
    fc.assert(
      fc.property(validLabel, validLabel, validLabel, fc.boolean(), (floor, assertion, original, isRead) => {
        const [compiledFloor, asserted, compiledOriginal] = [floor, assertion, original].map((label) =>
          must(compileLabel(policy, label)),
        ) as [CompiledLabel, CompiledLabel, CompiledLabel];
        const { origin, waiting } = labels({ floor: compiledFloor, assertion, original: compiledOriginal, isRead });
        for (const least of [compiledFloor, asserted, compiledOriginal]) expect(isAtLeast(origin, least)).toBe(true);
        expect(isAtLeast(waiting, origin)).toBe(true);
        expect(isAtLeast(waiting, contentCeilingOf(labelling, policy.lowest))).toBe(true);
      }),
    );
  });
  it('is at the highest label of the domain, unless every possible label was read', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.constantFrom('OFFICIAL', 'OFFICIAL-SENSITIVE', 'CONFIDENTIAL', 'secret')),
        (isRead, markings) => {
          const isAllRead = isRead && markings.every((marking) => marking.startsWith('OFFICIAL'));
          expect(isAtLeast(labels({ isRead, markings }).origin, HIGHEST)).toBe(!isAllRead);
        },
      ),
    );
  });
  it('is at the join of all labels, where every possible label was read', () => {
    expect(labels({}).origin).toEqual(OFFICIAL);
    expect(labels({ markings: ['OFFICIAL-SENSITIVE'] }).origin).toEqual(labelFor({ classification: 'OFFICIAL', sensitive: true }));
    expect(labels({ assertion: { policy: POLICY, classification: 'SECRET' } }).origin).toEqual(labelFor({ classification: 'SECRET' }));
  });
  it.each([
    ['is not a label', 'SECRET'],
    ['is null', null],
    ['is of another policy', { policy: { id: 'other', version: '1' }, classification: 'OFFICIAL' }],
    ['has an unknown value', { policy: POLICY, classification: 'OFFICIAL', restrictions: ['NONE'] }],
    ['is an invalid combination', { policy: POLICY, classification: 'SECRET', sensitive: true }],
    ['carries an old marking', { policy: POLICY, classification: 'OFFICIAL', legacy: 'CONFIDENTIAL' }],
  ])('is at the highest label where the label that it asserts %s', (_, assertion) => {
    expect(isAtLeast(labels({ assertion }).origin, HIGHEST)).toBe(true);
  });
  it('is not at the highest label where its label has an old marking that is still in use', () => {
    const assertion = { policy: POLICY, classification: 'OFFICIAL', legacy: 'OFFICIAL' };
    expect(labels({ assertion }).origin).toEqual(OFFICIAL);
  });
  it('can only be seen by a reader of everything that any standard or rule can require', () => {
    const { waiting } = labels({});
    for (const label of policy.portions.values()) if (label !== undefined) expect(isAtLeast(waiting, label)).toBe(true);
    for (const { label } of labelling.protect.raises) expect(isAtLeast(waiting, label)).toBe(true);
    expect(labelOf(policy, waiting)).toMatchObject({ sensitive: true, releasableTo: ['POLICE'] });
    expect(contentCeilingOf({ ...labelling, protect: { ...labelling.protect, raises: [] } }, OFFICIAL)).not.toEqual(waiting);
  });
});

describe('the highest label of a domain', () => {
  it('can be read by the domain itself, and by nobody who holds less', () => {
    fc.assert(
      fc.property(
        anyClearance.filter(({ classifications }) => classifications.length > 0),
        (clearance) => {
          const domain = must(compileClearance(policy, clearance));
          const highest = highestOf(policy, domain);
          expect(dominates(policy, domain, highest)).toBe(true);
          for (const [place, bits] of domain.bits.entries()) {
            const { kind, onlyWith } = policy.categories[place] ?? {};
            const id = policy.document.classifications[highest.classification]?.id ?? '';
            if (kind !== 'restrictive' || bits === 0 || onlyWith?.includes(id) === false) continue;
            const less = { ...domain, bits: domain.bits.map((mask, n) => (n === place ? 0 : mask)) };
            expect(dominates(policy, less, highest)).toBe(false);
          }
        },
      ),
    );
  });
  it('has the highest classification that the domain holds, even with gaps below it', () => {
    const of = (...classifications: readonly string[]) => highestOf(policy, clearanceFor({ classifications })).classification;
    expect([of('OFFICIAL'), of('SECRET'), of('OFFICIAL', 'TOP SECRET'), of('OFFICIAL', 'SECRET')]).toEqual([0, 1, 2, 1]);
  });
  it('has the lowest classification where the domain holds none', () => {
    expect(highestOf(policy, clearanceFor({ classifications: [] })).classification).toBe(0);
  });
  it('has every restriction, and no value that exists only with other classifications', () => {
    const label = (classifications: readonly string[]) =>
      labelOf(policy, highestOf(policy, { ...DOMAIN, classifications: clearanceFor({ classifications }).classifications }));
    expect(label(['OFFICIAL', 'SECRET'])).toEqual({
      policy: POLICY,
      classification: 'SECRET',
      handling: ['HMG USE ONLY'],
      caveats: ['UK EYES ONLY'],
      restrictions: ['CYPA1933_s49', 'SOAA1992_s1'],
    });
    expect(label(['OFFICIAL'])).toEqual({
      policy: POLICY,
      classification: 'OFFICIAL',
      sensitive: true,
      handling: ['HMG USE ONLY'],
      restrictions: ['CYPA1933_s49', 'SOAA1992_s1'],
    });
  });
  it('has no informative value, and is not limited to recipients', () => {
    const withoutRules = compilePolicy({ ...document, rules: [] });
    const domain = must(
      compileClearance(withoutRules, { policy: OFFICE, classifications: ['OPEN'], restrictions: ['LIFE'], releasableTo: ['NORTH'] }),
    );
    expect(highestOf(withoutRules, { ...domain, bits: [2, 1, 1] }).bits).toEqual([2, 0, UNRESTRICTED]);
    expect(highestOf(withoutRules, { ...domain, bits: [] }).bits).toEqual([0, 0, UNRESTRICTED]);
  });
});

describe('a marking', () => {
  it('raises exactly as the policy says', () => {
    expect(raiseOf(policy, 'OFFICIAL-SENSITIVE')).toEqual(compileRaise(policy, { sensitive: true }));
    expect(['official', 'OFFICIAL ', 'CONFIDENTIAL', ''].map((marking) => raiseOf(policy, marking))).toEqual(Array(4).fill(undefined));
  });
  it('raises nothing where the policy has no markings', () => {
    expect(raiseOf(officeLaw().policy, 'OFFICIAL')).toBeUndefined();
  });
  it('applies to every event of its message', () => {
    const event = { standard: 'case.registered', data: {}, warnings: [] };
    expect(markingsOf([{ ...event, marking: 'SECRET' }, event, { ...event, marking: '' }])).toEqual(['SECRET', '']);
  });
});

describe('the labels of a message from its receipt', () => {
  const [official, secret] = ['OFFICIAL', 'SECRET'].map((classification) => ({ policy: POLICY, classification })) as [Label, Label];
  const gone: Label = { policy: POLICY, classification: 'GONE' };
  const SECRET = labelFor({ classification: 'SECRET' });
  const labelsOf = (receipt: Partial<Parameters<typeof labelsOfReceipt>[2]>) =>
    labelsOfReceipt(labelling, DOMAIN, { status: 'quarantined', label: official, ...receipt });
  it('are those of the receipt', () => {
    expect(labelsOf({ label: secret, origin: official })).toEqual({ waiting: SECRET, origin: OFFICIAL });
    expect(labelsOf({ label: official, origin: secret })).toEqual({ waiting: OFFICIAL, origin: SECRET });
  });
  it('are one label, where the message has left quarantine and its receipt has one', () => {
    expect(labelsOf({ status: 'accepted', label: secret })).toEqual({ waiting: SECRET, origin: SECRET });
  });
  it('are those of an unread message, where an earlier version quarantined it', () => {
    expect(labelsOf({})).toEqual(labels({ isRead: false }));
    expect(labelsOf({ label: secret })).toEqual(labels({ floor: SECRET, isRead: false }));
    const assertion = { policy: POLICY, classification: 'TOP SECRET' };
    expect(labelsOf({ assertion })).toEqual(labels({ assertion, isRead: false }));
    expect(labelsOf({ assertion })).not.toEqual(labelsOf({}));
  });
  it('are undefined, where the policy does not know one of them', () => {
    expect([labelsOf({ label: gone }), labelsOf({ label: gone, origin: official }), labelsOf({ origin: gone })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the label of the receipt of a message from somebody else', () => {
  const official = { policy: POLICY, classification: 'OFFICIAL' };
  const labelOfReceipt = (receipt: Partial<Parameters<typeof receiptLabel>[2]>) =>
    receiptLabel(labelling, DOMAIN, { status: 'accepted', label: official, ...receipt });
  const ceiling = contentCeilingOf(labelling, OFFICIAL);
  const restricting = (...restrictions: readonly string[]) => ({ restrictions });

  it('is everything that its events can hold', () => {
    expect(labelOfReceipt({})).toEqual(ceiling);
    expect(labelOfReceipt({ protections: [] })).toEqual(ceiling);
    expect(labelOfReceipt({ label: { ...official, classification: 'SECRET' } })).toEqual(
      join(policy, ceiling, labelFor({ classification: 'SECRET' })),
    );
  });
  it('has the restrictions of all that it names', () => {
    const [youth, complainant] = ['CYPA1933_s49', 'SOAA1992_s1'].map((restriction) =>
      compileRaise(policy, { restrictions: [restriction] }),
    ) as [CompiledLabel, CompiledLabel];
    expect(labelOfReceipt({ protections: [restricting('CYPA1933_s49')] })).toEqual(join(policy, ceiling, youth));
    expect(labelOfReceipt({ protections: [restricting('CYPA1933_s49', 'SOAA1992_s1'), restricting()] })).toEqual(
      join(policy, join(policy, ceiling, youth), complainant),
    );
  });
  it('has every restriction where it names one that the policy does not know', () => {
    expect(labelOfReceipt({ protections: [restricting('GONE')] })).toEqual(join(policy, ceiling, everyRestriction(policy)));
  });
  it('is undefined where the policy does not know its own label', () => {
    expect(labelOfReceipt({ label: { ...official, classification: 'GONE' } })).toBeUndefined();
  });
});

describe('a label that refusals can hide', () => {
  const data = { case: { urn: 7 }, more: [{ label: 'SECRET' }], none: null };
  const refusal = (place: string | undefined, reason = 'Not text'): Refusal => ({
    code: 'schema-violation',
    reason,
    ...(place === undefined ? {} : { at: place }),
  });
  it.each<readonly [string, readonly Refusal[], boolean]>([
    ['there is none', [], false],
    ['one value is wrong', [refusal('/case/urn')], false],
    ['nothing stands where something must', [refusal('/none')], false],
    ['a property is missing', [refusal('/', `${MISSING_PROPERTY} (defendants)`)], false],
    ['an object is wrong', [refusal('/case')], true],
    ['a list is wrong', [refusal('/more')], true],
    ['the event itself is wrong', [refusal('/')], true],
    ['a place does not exist', [refusal('/case/label')], true],
    ['no place is named', [refusal(undefined)], true],
    ['one of two is an object', [refusal('/case/urn'), refusal('/case')], true],
    ['there are as many as are listed', Array(MOST_REFUSALS).fill(refusal('/case/urn')), true],
    ['there is one less', Array(MOST_REFUSALS - 1).fill(refusal('/case/urn')), false],
  ])('is possible where %s', (_, refusals, expected) => {
    expect(leavesLabelOpen(refusals, data)).toBe(expected);
  });
  it('is possible where the data could not be read', () => {
    expect(leavesLabelOpen([refusal('/case/urn')], undefined)).toBe(true);
  });
});
