/**
 * Labels as other systems write them: the confidentiality label of ADatP-4774 (STANAG 4774) in XML, and the short form of X.841 tools,
 * which names everything by number. A label is read only under its own policy, and to the letter.
 */
import { failure, type Result, success } from '../../adapters/result.ts';
import { escapeText } from '../../adapters/xml/characters.ts';
import type { Label } from './label.ts';
import { compileLabel, labelOf, OWN_CATEGORY, type Policy } from './policy.ts';
import type { CategoryDocument, CategoryKind } from './policy-document.ts';
import { attributeOf, childOf, childrenOf, type Node, readTree, refuseAt } from './xml-tree.ts';

export const NAMESPACE_4774 = 'urn:nato:stanag:4774:confidentialitymetadatalabel:1:0';
const NAMESPACE_NUMBERS = 'http://surevine.com/xmlns/spiffy';
const CODE = 'label-unreadable';
const OID = 'urn:oid:';

const KINDS: Readonly<Record<string, CategoryKind>> = { RESTRICTIVE: 'restrictive', PERMISSIVE: 'permissive', INFORMATIVE: 'informative' };

/** Reads a label of another system under a policy. Returns a refusal, with its line, for what is not a label or not one of this policy. */
export function readLabel(policy: Policy, xml: string): Result<Label> {
  const read = readTree(xml, (root) => {
    if (root.uri === NAMESPACE_4774) return by4774(policy, root);
    if (root.uri === NAMESPACE_NUMBERS && root.local === 'label') return byNumbers(policy, root);
    throw refuseAt(root, CODE, 'This is not a label in a form that is known');
  });
  if (!read.ok) return read;
  const compiled = compileLabel(policy, read.value);
  // One label has one form: values in the policy's order.
  return compiled.ok ? success(labelOf(policy, compiled.value)) : compiled;
}

/** The element itself, in the element that ADatP-4774 wraps it in, or with a capital, as older systems write it. */
function by4774(policy: Policy, root: Node): Label {
  if (root.local.toLowerCase() !== 'originatorconfidentialitylabel')
    throw refuseAt(root, CODE, 'This is not an originatorConfidentialityLabel');
  const information = childOf(root, 'ConfidentialityInformation', CODE);
  const named = childOf(information, 'PolicyIdentifier', CODE);
  const { id, name } = policy.document;
  const uri = named.attributes.URI ?? named.attributes.URL;
  if ((uri !== undefined && uri !== id) || named.text.trim() !== (name ?? id))
    throw refuseAt(named, 'label-unknown-policy', 'The label names another policy');
  const classification = childOf(information, 'Classification', CODE).text.trim();
  const values = new Values(policy, classification);
  for (const node of childrenOf(information, 'Category')) {
    const tag = attributeOf(node, 'TagName', CODE);
    const kind = KINDS[attributeOf(node, 'Type', CODE)];
    const candidates = policy.document.categories.filter((candidate) => nameOf(candidate) === tag && candidate.kind === kind);
    const byId =
      node.attributes.URI === undefined ? candidates : candidates.filter((candidate) => node.attributes.URI === OID + candidate.id);
    const [category, second] = byId;
    // A name is not an id: where it could mean two, nothing is guessed (T09).
    if (category === undefined || second !== undefined)
      throw refuseAt(node, 'label-unknown-category', 'A category that the policy does not name, or more than one of that name');
    values.open(node, category);
    for (const value of childrenOf(node, 'GenericValue')) values.add(value, category, value.text.trim());
    for (const child of node.children)
      if (child.local !== 'GenericValue') throw refuseAt(child, CODE, 'A kind of category value that is not supported');
  }
  return values.label();
}

function byNumbers(policy: Policy, root: Node): Label {
  const named = childOf(root, 'policy', CODE);
  if (OID + attributeOf(named, 'id', CODE) !== policy.document.id)
    throw refuseAt(named, 'label-unknown-policy', 'The label names another policy');
  const node = childOf(root, 'classification', CODE);
  const lacv = attributeOf(node, 'lacv', CODE);
  const classification = policy.document.classifications.find((candidate) => candidate.lacv === lacv);
  if (classification === undefined) throw refuseAt(node, 'label-unknown-classification', 'Not a classification of the policy');
  const values = new Values(policy, classification.id);
  for (const tag of childrenOf(root, 'tag')) {
    const type = attributeOf(tag, 'type', CODE);
    const kind = type.replace(/^enumerated/, '').toLowerCase();
    const id = attributeOf(tag, 'id', CODE);
    const category = policy.document.categories.find((candidate) => candidate.id === id && candidate.kind === kind);
    if (category === undefined) throw refuseAt(tag, 'label-unknown-category', 'A category that the policy does not name');
    const number = attributeOf(tag, 'lacv', CODE);
    const value = category.values.find((candidate) => candidate.lacv === number);
    if (value === undefined) throw refuseAt(tag, 'label-unknown-value', 'A value that the policy does not name');
    values.add(tag, category, value.id);
  }
  return values.label();
}

const nameOf = ({ name, id }: CategoryDocument): string => name ?? id;

class Values {
  readonly #policy: Policy;
  readonly #classification: string;
  readonly #values = new Map<string, string[]>();

  constructor(policy: Policy, classification: string) {
    this.#policy = policy;
    this.#classification = classification;
  }

  open(node: Node, { id, property }: CategoryDocument): void {
    // Two elements of one category, or of one property, would make of "either of these" something else.
    if (this.#values.has(property)) throw refuseAt(node, CODE, `The label has the category ${id} twice`);
    this.#values.set(property, []);
  }

  add(node: Node, { property, values }: CategoryDocument, value: string): void {
    if (!values.some(({ id }) => id === value)) throw refuseAt(node, 'label-unknown-value', 'A value that the policy does not name');
    const heldValues = this.#values.get(property) ?? [];
    if (heldValues.includes(value)) throw refuseAt(node, CODE, 'The label has a value twice');
    this.#values.set(property, [...heldValues, value]);
  }

  label(): Label {
    const { id, version } = this.#policy.document;
    const label: Record<string, unknown> = { policy: { id, version }, classification: this.#classification };
    const categories: Record<string, readonly string[]> = {};
    for (const [property, values] of this.#values)
      if (property.startsWith(OWN_CATEGORY)) categories[property.slice(OWN_CATEGORY.length)] = values;
      else label[property] = property === 'sensitive' ? values.length > 0 : values;
    return { ...label, ...(this.#values.size > 0 && Object.keys(categories).length > 0 ? { categories } : {}) } as unknown as Label;
  }
}

/** Values of a category in a label; undefined where the label does not speak of it. */
function valuesIn(label: Label, { property, values }: CategoryDocument): readonly string[] | undefined {
  if (property === 'sensitive') return label.sensitive === true ? ['SENSITIVE'] : undefined;
  const propertyValues = property.startsWith(OWN_CATEGORY)
    ? label.categories?.[property.slice(OWN_CATEGORY.length)]
    : (label as unknown as Record<string, readonly string[] | undefined>)[property];
  // A property can hold values of several categories.
  return propertyValues?.filter((value) => values.some(({ id }) => id === value));
}

/**
 * Writes a label as ADatP-4774 XML. Returns a refusal for a label that is not of this policy, that has a legacy marking, or that nobody
 * may read: an empty category cannot be written there, and would be read as unrestricted.
 */
export function writeLabel(policy: Policy, label: Label): Result<string> {
  const compiled = compileLabel(policy, label);
  if (!compiled.ok) return compiled;
  if (label.legacy !== undefined)
    return failure({ code: 'label-malformed', at: '/legacy', reason: 'An old marking has no place in such a label' });
  const { id, name } = policy.document;
  const attribute = (text: string) => escapeText(text).replaceAll('"', '&quot;');
  const categories: string[] = [];
  for (const category of policy.document.categories) {
    const values = valuesIn(label, category);
    if (values === undefined || (values.length === 0 && category.kind !== 'permissive')) continue;
    if (values.length === 0)
      return failure({
        code: 'label-malformed',
        at: `/${category.property}`,
        reason: 'Nobody may read it: such a label cannot be written',
      });
    const generic = values.map((value) => `<GenericValue>${escapeText(value)}</GenericValue>`).join('');
    const uri = /^[\d.]+$/.test(category.id) ? ` URI="${OID}${category.id}"` : '';
    categories.push(`<Category TagName="${attribute(nameOf(category))}" Type="${category.kind.toUpperCase()}"${uri}>${generic}</Category>`);
  }
  const lines = [
    `<originatorConfidentialityLabel xmlns="${NAMESPACE_4774}"><ConfidentialityInformation>`,
    `<PolicyIdentifier URI="${attribute(id)}">${escapeText(name ?? id)}</PolicyIdentifier>`,
    `<Classification>${escapeText(label.classification)}</Classification>`,
    ...categories,
    '</ConfidentialityInformation></originatorConfidentialityLabel>',
  ];
  return success(lines.join(''));
}
