/** Whether a label is the join of others, as far as that can be said without the label policy. */
import type { Label } from './label.ts';

const CLASSIFICATIONS = ['OFFICIAL', 'SECRET', 'TOP SECRET'];
/** Values that a join keeps only where every label has them. */
const IN_ALL = ['FOR PUBLIC RELEASE'];
const LISTS = ['handling', 'descriptors', 'caveats', 'codewords', 'restrictions'] as const;
const NAMES = new Set<string>(['policy', 'classification', 'sensitive', 'releasableTo', 'categories', ...LISTS]);

/** An empty list says nothing, and is not written. */
const same = (stated: readonly string[] | undefined, joined: readonly string[]): boolean =>
  stated === undefined
    ? joined.length === 0
    : stated.length > 0 && stated.length === joined.length && joined.every((value) => stated.includes(value));

/** An empty list of recipients says something: nobody. */
const isReleasedTo = (stated: readonly string[], joined: readonly string[]): boolean =>
  stated.length === 0 ? joined.length === 0 : same(stated, joined);

/** The values in every list; undefined where there is no list. */
const shared = (lists: readonly (readonly string[])[]): readonly string[] | undefined =>
  lists.length === 0 ? undefined : [...new Set(lists[0])].filter((value) => lists.every((list) => list.includes(value)));

const listsOf = (labels: readonly Label[], name: 'releasableTo' | (typeof LISTS)[number]): readonly (readonly string[])[] =>
  labels.map((label) => label[name]).filter((list) => list !== undefined);

/** The highest; where a policy has names of its own, any that occurs. */
function isHighest(classification: string, all: readonly string[]): boolean {
  if (!all.includes(classification)) return false;
  const place = CLASSIFICATIONS.indexOf(classification);
  return all.every((candidate) => {
    const other = CLASSIFICATIONS.indexOf(candidate);
    return place < 0 || other < 0 || other <= place;
  });
}

/** A policy's own category joins in one of two ways, which only the policy says. */
function isOwnJoin(stated: Label['categories'], all: readonly Label[]): boolean {
  const ids = new Set([stated ?? {}, ...all.map(({ categories }) => categories ?? {})].flatMap((categories) => Object.keys(categories)));
  return [...ids].every((id) => {
    const lists = all.map(({ categories }) => categories?.[id]).filter((list) => list !== undefined);
    return same(stated?.[id], [...new Set(lists.flat())]) || same(stated?.[id], shared(lists) ?? []);
  });
}

export function isJoin(label: Label, all: readonly Label[]): boolean {
  if (typeof label !== 'object' || label === null || !Object.keys(label).every((name) => NAMES.has(name))) return false;
  const { policy, classification, sensitive, releasableTo } = label;
  if (Object.keys(policy).some((name) => name !== 'id' && name !== 'version') || all.some((other) => other.policy.id !== policy.id))
    return false;
  if (
    !isHighest(
      classification,
      all.map((each) => each.classification),
    )
  )
    return false;
  // SENSITIVE exists only within OFFICIAL.
  const isSensitive = all.some((each) => each.sensitive === true) && classification === 'OFFICIAL';
  if ((sensitive ?? false) !== isSensitive) return false;
  const isUnion = LISTS.every((name) => {
    const values = [...new Set(listsOf(all, name).flat())];
    return same(
      label[name],
      values.filter((value) => !IN_ALL.includes(value) || all.every((each) => each[name]?.includes(value) === true)),
    );
  });
  const released = shared(listsOf(all, 'releasableTo'));
  const isReleased =
    released === undefined || releasableTo === undefined ? released === releasableTo : isReleasedTo(releasableTo, released);
  return isUnion && isReleased && isOwnJoin(label.categories, all);
}
