/** T01 to T10: nobody lowers, removes, moves or confuses a label. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrict } from '../../adapters/json.ts';
import { dominates } from '../../gateway/labels/decision.ts';
import { join, sameLabel } from '../../gateway/labels/join.ts';
import { UNRESTRICTED } from '../../gateway/labels/label.ts';
import { compileLabel, compilePolicy, policyName } from '../../gateway/labels/policy.ts';
import type { PolicyDocument } from '../../gateway/labels/policy-document.ts';
import { invalidities } from '../../gateway/labels/validity.ts';
import { CANONICAL, decodeCanonical } from '../../gateway/pipeline/canonical.ts';
import {
  anyLabel,
  clearanceFor,
  context,
  labelFor,
  must,
  POLICY,
  policy,
  sampleCase,
  source,
  standards,
  take,
} from '../support/rules-in-force.ts';

const codesOf = async (assertion: unknown): Promise<readonly string[]> => {
  const outcome = await take(sampleCase, { assertion });
  return outcome.kind === 'refused' ? outcome.refusals.map(({ code }) => code) : [];
};

describe('T01 the caller cannot lower a label', () => {
  it('the base of every accepted event dominates the source’s floor and the sender’s assertion', async () => {
    const floors = [{ classification: 'OFFICIAL' }, { classification: 'OFFICIAL', sensitive: true }, { classification: 'SECRET' }];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...floors), anyLabel, async (floor, assertion) => {
        const outcome = await take(
          sampleCase,
          { source: source(floor), assertion },
          { ...context, domain: () => ({ policy: policyName(policy), classifications: 7, bits: policy.categories.map(() => -1) }) },
        );
        if (outcome.kind === 'refused') return;
        const asserted = must(compileLabel(policy, assertion));
        for (const { event } of outcome.events) {
          const compiled = must(compileLabel(policy, event.data.label));
          expect(compiled.classification).toBeGreaterThanOrEqual(Math.max(asserted.classification, labelFor(floor).classification));
          for (const [place, { kind, onlyWith }] of policy.categories.entries()) {
            const [actual, stated] = [compiled.bits[place] ?? 0, asserted.bits[place] ?? 0];
            if (kind === 'permissive') expect(actual & stated).toBe(actual);
            else if (kind === 'restrictive' && (onlyWith === undefined || onlyWith.includes(event.data.label.classification)))
              expect(actual & stated).toBe(stated);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('with a lower assertion, which changes nothing, or with a higher one, which raises', async () => {
    const secret = source({ classification: 'SECRET' });
    const lower = await take(sampleCase, { source: secret, assertion: { policy: POLICY, classification: 'OFFICIAL' } });
    expect(lower.label.classification).toBe('SECRET');
    const higher = await take(sampleCase, { assertion: { policy: POLICY, classification: 'SECRET' } });
    expect(higher.label.classification).toBe('SECRET');
  });
});

describe('T02 what has no label passes no boundary', () => {
  it('a label that is missing, empty or of another kind is refused', async () => {
    for (const assertion of [null, {}, [], 'OFFICIAL', 1]) expect(await codesOf(assertion)).not.toEqual([]);
  });
});

describe('T05 duplicate JSON names cannot hide a downgrade', () => {
  const event = (label: string) =>
    Buffer.from(
      `{"specversion":"1.0","type":"uk.justice.case.registered.v1","data":{"label":${label},"case":{"urn":"52WX1000426"},"defendants":[{}]}}`,
    );
  const policyText = JSON.stringify(POLICY);
  it('in a label', async () => {
    const { message, assertion } = decodeCanonical(
      event(`{"policy":${policyText},"classification":"SECRET","classification":"OFFICIAL"}`),
      standards,
      () => false,
    );
    expect(message).toMatchObject({ ok: false, refusals: [{ code: 'json-duplicate-name' }] });
    expect(assertion).toBeUndefined();
  });
  it('where one of them is escaped', () => {
    const { message } = decodeCanonical(
      event(`{"policy":${policyText},"classification":"SECRET","cl\\u0061ssification":"OFFICIAL"}`),
      standards,
      () => false,
    );
    expect(message).toMatchObject({ ok: false, refusals: [{ code: 'json-duplicate-name' }] });
  });
  it('and the same event without duplicates is accepted, with its asserted label', async () => {
    const bytes = event(`{"policy":${policyText},"classification":"OFFICIAL","sensitive":true}`);
    const outcome = await take(bytes, { canonical: true });
    expect(outcome).toMatchObject({ kind: 'accepted', adapter: CANONICAL, label: { sensitive: true } });
  });
  it('at any depth, with any other text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 2 }), (value, twice) => {
        // A number beyond 2^53 is refused too, and is not what is asked here.
        const text = JSON.stringify({ a: [value] }, (_, member) =>
          typeof member === 'number' && Math.abs(member) > Number.MAX_SAFE_INTEGER ? 0 : member,
        );
        expect(parseStrict(text).ok).toBe(!text.includes('"__proto__":'));
        expect(parseStrict(`{"x":[{"k":${JSON.stringify(twice)}, "b" :1,"k"  :2}]}`).ok).toBe(false);
      }),
    );
  });
});

describe('T06 only exact values of a marking pass', () => {
  it.each([
    'official',
    'OFFICIAL ',
    ' OFFICIAL',
    'ОFFICIAL',
    'OFFICIAL<!-- -->',
    '&#79;FFICIAL',
    'OFF\u200bICIAL',
    'OFFICIAL-SENSITIVE',
    'OFFICIAL\0',
    '',
  ])('%j is not OFFICIAL', async (classification) => {
    expect(await codesOf({ policy: POLICY, classification })).toEqual(['label-unknown-classification']);
  });
  it.each([
    { handling: ['recipients only'] },
    { releasableTo: ['Police'] },
    { caveats: ['UK  EYES ONLY'] },
    { restrictions: ['SOAA1992_S1'] },
    { sensitive: 'true' },
    { sensitive: 1 },
  ])('%j', async (values) => {
    expect(await codesOf({ policy: POLICY, classification: 'OFFICIAL', ...values })).toHaveLength(1);
  });
});

describe('T07 an unknown value is denied', () => {
  it.each([
    [{ policy: { ...POLICY, version: '0.9.0' }, classification: 'OFFICIAL' }, 'label-unknown-policy'],
    [{ policy: { ...POLICY, id: 'uk.gov.GSC' }, classification: 'OFFICIAL' }, 'label-unknown-policy'],
    [{ classification: 'OFFICIAL' }, 'label-unknown-policy'],
    [{ policy: POLICY, classification: 'RESTRICTED' }, 'label-unknown-classification'],
    [{ policy: POLICY, classification: 'OFFICIAL', tier: ['1'] }, 'label-unknown-category'],
    [{ policy: POLICY, classification: 'OFFICIAL', handling: ['WEEKDAYS ONLY'] }, 'label-unknown-value'],
  ])('%j', async (assertion, code) => expect(await codesOf(assertion)).toEqual([code]));
});

describe('T08 empty and absent permissive categories are distinguished', () => {
  const everybody = ['POLICE', 'CPS', 'COURTS', 'PROBATION', 'PRISONS', 'YOUTH JUSTICE', 'SUPPLIERS', 'PUBLIC', 'MEDIA'];
  it.each([
    ['absent', undefined, [], true],
    ['absent', undefined, everybody, true],
    ['empty', [], everybody, false],
    ['empty', [], [], false],
    ['of one', ['CPS'], ['CPS'], true],
    ['of one', ['CPS'], ['POLICE'], false],
  ])('%s: releasable to %j, reader of %j: %s', (_, releasableTo, member, isRead) => {
    const label = labelFor({ classification: 'OFFICIAL', ...(releasableTo === undefined ? {} : { releasableTo }) });
    expect(dominates(policy, clearanceFor({ classifications: ['OFFICIAL'], releasableTo: member }), label)).toBe(isRead);
  });
  it('and the join of two labels without common recipients is for nobody, also after further joins', () => {
    const nobody = join(
      policy,
      labelFor({ classification: 'OFFICIAL', releasableTo: ['CPS'] }),
      labelFor({ classification: 'OFFICIAL', releasableTo: ['POLICE'] }),
    );
    const place = policy.categories.findIndex(({ id }) => id === 'releasableTo');
    expect([nobody.bits[place], labelFor({ classification: 'OFFICIAL' }).bits[place]]).toEqual([0, UNRESTRICTED]);
    expect(sameLabel(join(policy, nobody, labelFor({ classification: 'OFFICIAL' })), nobody)).toBe(true);
  });
});

describe('T09 a tag of one set cannot satisfy a tag of the same name in another', () => {
  const twin = compilePolicy({
    ...policy.document,
    rules: [],
    portions: {},
    levels: [],
    publication: { recipients: [] },
    categories: [
      { id: 'a', property: 'handling', kind: 'restrictive', values: [{ id: 'ALPHA' }] },
      { id: 'b', property: 'codewords', kind: 'restrictive', values: [{ id: 'ALPHA' }] },
      { id: 'c', property: 'releasableTo', kind: 'permissive', values: [{ id: 'ALPHA' }] },
    ],
  } satisfies PolicyDocument);
  const sets = ['handling', 'codewords', 'releasableTo'] as const;
  it.each(sets.flatMap((held) => sets.map((asked) => [held, asked] as const)))('held as %s, asked as %s', (held, asked) => {
    const label = must(compileLabel(twin, { policy: POLICY, classification: 'OFFICIAL', [asked]: ['ALPHA'] }));
    const bits = twin.categories.map(({ property }) => (property === held ? 1 : 0));
    expect(dominates(twin, { policy: policyName(twin), classifications: 1, bits }, label)).toBe(held === asked);
  });
});

describe('T10 a combination that the policy does not allow is an invalid label', () => {
  it.each([
    [{ classification: 'SECRET', sensitive: true }],
    [{ classification: 'OFFICIAL', caveats: ['UK EYES ONLY'] }],
    [{ classification: 'OFFICIAL', codewords: ['BLUEBELL'] }],
    [{ classification: 'OFFICIAL', sensitive: true, handling: ['FOR PUBLIC RELEASE'] }],
  ])('%j', async (label) => {
    expect(invalidities(policy, labelFor(label))).not.toEqual([]);
    expect(await codesOf({ policy: POLICY, ...label })).toContain('label-invalid');
  });
});
