/** A label policy as data, compiled once. Nothing that the policy does not name exactly ever compiles: unknown means refused. */
import type { Refusal, RefusalCode } from '../../adapters/refusal.ts';
import { type Failure, failure, type Result, success } from '../../adapters/result.ts';
import { type Clearance, type CompiledClearance, type CompiledLabel, type Label, UNRESTRICTED } from './label.ts';
import type { CategoryDocument, PolicyDocument, RuleDocument } from './policy-document.ts';

/** A category as it is compiled. One of more than {@link BITS} values is in several parts, which stand next to each other. */
export interface Category extends CategoryDocument {
  /** The place of its last part. */
  readonly last: number;
}

/** A level, compiled. */
export interface Level {
  readonly topic: string;
  readonly audience: readonly CompiledClearance[];
}

export interface Policy {
  readonly document: PolicyDocument;
  readonly categories: readonly Category[];
  /** Labels of portion classes; `undefined` for a class that carries the event's own label. */
  readonly portions: ReadonlyMap<string, CompiledLabel | undefined>;
  /** Levels of the bus that have readers of their own, lowest first. */
  readonly levels: readonly Level[];
  /** By place: the bits of values that end when the person is 18. */
  readonly endingAt18: readonly number[];
  /** By place: the bits of organisations that publish. */
  readonly publishers: readonly number[];
  /** The lowest label: what a join begins with. */
  readonly lowest: CompiledLabel;
}

/** Values in a part: what an integer's bits hold. */
export const BITS = 30;

const refuse = (code: RefusalCode, at: string, reason: string): Refusal => ({ code, at, reason });

function bitOf(category: CategoryDocument, value: unknown): number {
  const place = category.values.findIndex(({ id }) => id === value);
  return place < 0 ? 0 : 1 << place;
}

/** What a property of a label or clearance holds, as a list of values. `sensitive` is a yes or no of one value. */
function valuesOf(property: string, value: unknown): readonly unknown[] | undefined {
  if (property === 'sensitive') {
    if (value === true) return ['SENSITIVE'];
    return value === false ? [] : undefined;
  }
  return Array.isArray(value) && new Set(value).size === value.length ? value : undefined;
}

function compileProperty(policy: Pick<Policy, 'categories'>, property: string, value: unknown, bits: number[]): Refusal | undefined {
  const values = valuesOf(property, value);
  if (values === undefined) return refuse('label-malformed', `/${property}`, 'Not a list of distinct values, or not a yes or no');
  for (const [place, category] of policy.categories.entries())
    if (category.property === property && category.kind === 'permissive') bits[place] = 0;
  for (const id of values) {
    const place = policy.categories.findIndex((category) => category.property === property && bitOf(category, id) !== 0);
    const category = policy.categories[place];
    if (category === undefined) return refuse('label-unknown-value', `/${property}`, 'A value that the policy does not name');
    bits[place] = (bits[place] ?? 0) | bitOf(category, id);
  }
  return undefined;
}

/** The properties of a label or clearance, those of `categories` by the names that policies have for them. */
function entriesOf(source: object): readonly (readonly [string, unknown])[] {
  const { categories, ...rest } = source as { categories?: unknown };
  if (categories === undefined) return Object.entries(rest);
  const isObject = typeof categories === 'object' && categories !== null && !Array.isArray(categories);
  if (!isObject) return [...Object.entries(rest), ['categories', categories]];
  return [...Object.entries(rest), ...Object.entries(categories).map(([id, values]) => [`${OWN_CATEGORY}${id}`, values] as const)];
}

/** Where the values of a policy's own categories stand in a label. */
export const OWN_CATEGORY = 'categories.';

/** Long categories in parts. */
function partsOf(documents: readonly CategoryDocument[]): readonly Category[] {
  const categories: Category[] = [];
  for (const document of documents) {
    const last = categories.length + Math.max(1, Math.ceil(document.values.length / BITS)) - 1;
    for (let from = 0; categories.length <= last; from += BITS)
      categories.push({ ...document, values: document.values.slice(from, from + BITS), last });
  }
  return categories;
}

function compileCategories(
  policy: Pick<Policy, 'categories'>,
  source: object,
  known: ReadonlySet<string>,
  absent: number,
): Result<readonly number[]> {
  const bits = policy.categories.map(({ kind }) => (kind === 'permissive' ? absent : 0));
  for (const [property, value] of entriesOf(source)) {
    if (known.has(property)) continue;
    if (!policy.categories.some((category) => category.property === property))
      return failure(refuse('label-unknown-category', '/', 'A category that the policy does not name'));
    if (value === undefined) continue;
    const refusal = compileProperty(policy, property, value, bits);
    if (refusal !== undefined) return failure(refusal);
  }
  return success(bits);
}

const samePolicy = (document: PolicyDocument, named: unknown): boolean =>
  typeof named === 'object' &&
  named !== null &&
  (named as Label['policy']).id === document.id &&
  ((named as Label['policy']).version === document.version || document.continues?.includes((named as Label['policy']).version) === true);

const LABEL_OWN = new Set(['policy', 'classification', 'legacy']);
const CLEARANCE_OWN = new Set(['policy', 'classifications']);

function compileLabelBody(policy: Pick<Policy, 'document' | 'categories'>, label: object): Result<CompiledLabel> {
  const classification = policy.document.classifications.findIndex(({ id }) => id === (label as Label).classification);
  if (classification < 0)
    return failure(refuse('label-unknown-classification', '/classification', 'Not a classification of the policy, to the letter'));
  const { legacy } = label as Label;
  if (legacy !== undefined && typeof legacy !== 'string') return failure(refuse('label-malformed', '/legacy', 'Not text'));
  const bits = compileCategories(policy, label, LABEL_OWN, UNRESTRICTED);
  return bits.ok ? success({ classification, bits: bits.value }) : bits;
}

/** A label against the policy. Refuses anything that the policy does not name to the letter: id, version, classification, category, value. */
export function compileLabel(policy: Policy, label: unknown): Result<CompiledLabel> {
  if (typeof label !== 'object' || label === null || Array.isArray(label))
    return failure(refuse('label-missing', '/', 'There is no label'));
  if (!samePolicy(policy.document, (label as Label).policy))
    return failure(refuse('label-unknown-policy', '/policy', 'The label names a policy or version that is not loaded'));
  return compileLabelBody(policy, label);
}

/** A clearance against the policy. What it does not name is not held. */
export function compileClearance(policy: Pick<Policy, 'document' | 'categories'>, clearance: Clearance): Result<CompiledClearance> {
  if (!samePolicy(policy.document, clearance.policy))
    return failure(refuse('label-unknown-policy', '/policy', 'The clearance names a policy or version that is not loaded'));
  let classifications = 0;
  for (const held of clearance.classifications) {
    const place = policy.document.classifications.findIndex(({ id }) => id === held);
    if (place < 0) return failure(refuse('label-unknown-classification', '/classifications', 'Not a classification of the policy'));
    classifications |= 1 << place;
  }
  const bits = compileCategories(policy, clearance, CLEARANCE_OWN, 0);
  return bits.ok ? success({ policy: policyName(policy), classifications, bits: bits.value }) : bits;
}

/**
 * Compiles a policy document that is valid against its schema. Throws an Error that names the place when it contradicts itself:
 * the gateway must not start, or must keep the policy that it has.
 */
export function compilePolicy(document: PolicyDocument): Policy {
  const sorted = { ...document, classifications: document.classifications.toSorted((a, b) => a.rank - b.rank) };
  const documents = document.categories;
  const categories = partsOf(documents);
  for (const { values, property } of documents) {
    if (new Set(values.map(({ id }) => id)).size !== values.length)
      throw new Error(`Policy ${document.id}: a category of property ${property} has a value twice`);
    const twice = documents.filter(
      (other) =>
        other.property === property && other.values.some(({ id: value }) => values.some((valueDocument) => valueDocument.id === value)),
    );
    if (twice.length > 1) throw new Error(`Policy ${document.id}: two categories of property ${property} share a value`);
  }
  if (new Set(documents.map(({ id }) => id)).size !== documents.length)
    throw new Error(`Policy ${document.id}: two categories have the same id`);
  const base = { document: sorted, categories };
  const portions = new Map(
    Object.entries(document.portions).map(([name, { label }]): [string, CompiledLabel | undefined] => {
      if (label === 'event') return [name, undefined];
      const compiled = compileLabelBody(base, label);
      if (!compiled.ok) throw new Error(`Policy ${document.id}: portion ${name}: ${reasonAndPlace(compiled)}`);
      return [name, compiled.value];
    }),
  );
  const lowest: CompiledLabel = {
    classification: 0,
    bits: categories.map(({ kind, join }) => (kind === 'permissive' || join === 'intersection' ? UNRESTRICTED : 0)),
  };
  const endingAt18 = categories.map(({ values }) => values.reduce((bits, { ends }, n) => (ends === 'at 18' ? bits | (1 << n) : bits), 0));
  const recipients = document.publication?.recipients ?? [];
  const publishers = categories.map(({ kind, values }) =>
    kind === 'permissive' ? values.reduce((bits, { id }, n) => (recipients.includes(id) ? bits | (1 << n) : bits), 0) : 0,
  );
  if (publishers.filter((bits) => bits !== 0).length < Math.min(1, recipients.length))
    throw new Error(`Policy ${document.id}: nobody can be released to the recipients of publication`);
  // Free text can name anybody: no machine releases it (T28).
  for (const [name, { freeText = false }] of Object.entries(document.portions)) {
    const label = portions.get(name);
    if (freeText && (label === undefined || !categories.some((_, place) => shutsOut(label.bits[place] ?? 0, publishers[place] ?? 0))))
      throw new Error(`Policy ${document.id}: portion ${name} is free text, and its label does not bar those who publish`);
  }
  return { document: sorted, categories, portions, lowest, endingAt18, publishers, levels: compileLevels(sorted, categories) };
}

/** Whether a permissive category of a label names others, and none of those who publish. */
const shutsOut = (bits: number, publishers: number): boolean => publishers !== 0 && bits !== UNRESTRICTED && (bits & publishers) === 0;

const reasonAndPlace = ({ refusals: [{ reason, at }] }: Failure): string => `${reason} at ${at}`;

/** Throws an Error when a level names what the policy does not know, or names a topic twice. */
function compileLevels(document: PolicyDocument, categories: readonly Category[]): readonly Level[] {
  const { id, version, levels = [], classifications } = document;
  const topics = [...levels, ...classifications].map(({ topic }) => topic);
  if (new Set(topics).size !== topics.length) throw new Error(`Policy ${id}: two levels have one topic`);
  return levels.map(({ topic, audience }) => ({
    topic,
    audience: audience.map((clearance) => {
      const compiled = compileClearance({ document, categories }, { ...clearance, policy: { id, version } });
      if (!compiled.ok) throw new Error(`Policy ${id}: level ${topic}: ${reasonAndPlace(compiled)}`);
      return compiled.value;
    }),
  }));
}

/** A compiled raise (a label without classification of its own) from a rule. Throws an Error when the policy does not know a value. */
export function compileRaise(policy: Policy, raise: RuleDocument['raise']['with']): CompiledLabel {
  const lowest = policy.document.classifications[0]?.id ?? '';
  const compiled = compileLabelBody(policy, { classification: lowest, ...raise });
  if (!compiled.ok) throw new Error(`Policy ${policy.document.id}: a rule raises with an unknown value at ${compiled.refusals[0].at}`);
  // A raise says nothing of the categories that a join would narrow.
  const bits = compiled.value.bits.map((bit, place) =>
    policy.categories[place]?.join === 'intersection' && bit === 0 ? UNRESTRICTED : bit,
  );
  return { ...compiled.value, bits };
}

/** The label as events carry it, its values in the policy's order: one label has one form. */
export function labelOf(policy: Pick<Policy, 'document' | 'categories'>, compiled: CompiledLabel): Label {
  const { id, version, classifications } = policy.document;
  const label: Record<string, unknown> = { policy: { id, version }, classification: classifications[compiled.classification]?.id ?? '' };
  for (const [place, category] of policy.categories.entries()) {
    const bits = compiled.bits[place] ?? 0;
    if (bits === UNRESTRICTED || (bits === 0 && category.kind !== 'permissive')) continue;
    const values = category.values.filter((_, n) => (bits & (1 << n)) !== 0).map((value) => value.id);
    if (category.property === 'sensitive') label.sensitive = true;
    else if (category.property.startsWith(OWN_CATEGORY)) {
      const labelCategories = (label.categories ??= {}) as Record<string, readonly string[]>;
      const id = category.property.slice(OWN_CATEGORY.length);
      labelCategories[id] = [...(labelCategories[id] ?? []), ...values];
    } else label[category.property] = [...((label[category.property] as string[] | undefined) ?? []), ...values];
  }
  return label as unknown as Label;
}

/** The id and version of a policy, as the audit log names it. */
export const policyName = ({ document: { id, version } }: Pick<Policy, 'document'>): string => `${id}/${version}`;
