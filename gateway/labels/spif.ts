/** Reads an XML SPIF (Security Policy Information File, xmlspif.org 2.1) as a label policy: classifications, categories, what goes with what, how it is displayed. */
import type { Result } from '../../adapters/result.ts';
import { OWN_CATEGORY } from './policy.ts';
import type {
  CategoryDocument,
  CategoryKind,
  ClassificationDocument,
  PolicyDocument,
  Requirement,
  ValueDocument,
} from './policy-document.ts';
import { attributeOf, childOf, childrenOf, type Node, readTree, refuseAt } from './xml-tree.ts';

const NAMESPACE = 'http://www.xmlspif.org/spif';
const CODE = 'spif-invalid';

/** A policy from a SPIF, and what of the SPIF has no place in it. */
export interface ImportedPolicy {
  readonly document: PolicyDocument;
  readonly notImported: readonly { readonly element: string; readonly line: number }[];
}

/** Ids of the policies of other systems are object identifiers. */
const oidUri = (oid: string): string => `urn:oid:${oid}`;

/** Reads a SPIF. Returns a refusal that names the line for anything that is not well-formed, not a SPIF or contradicts itself. */
export const readSpif = (xml: string): Result<ImportedPolicy> => readTree(xml, (root) => new Reader(root).policy());

const NOT_READ = new Set(['equivalentPolicies', 'privacyMarks', 'extensions', 'updateInfo', 'defaultSecurityPolicyId']);
const NOT_READ_WITHIN = new Set(['equivalentClassification', 'equivalentSecCategoryTag', 'equivalentSecurityCategoryTagSet']);

const isTrue = (value: string | undefined): boolean => value === 'true' || value === '1';

/** The kind of a tag. Enumerated ones say in `enumType` what they are; those of type 7 have no effect. */
function kindOf(tag: Node): CategoryKind {
  const type = attributeOf(tag, 'tagType', CODE);
  const kind = type === 'enumerated' ? attributeOf(tag, 'enumType', CODE) : type;
  if (kind === 'restrictive' || kind === 'permissive') return kind;
  if (kind === 'tagType7') return 'informative';
  throw refuseAt(tag, CODE, 'A tag is of a type that has no meaning here');
}

function phraseOf(node: Node): { readonly phrase?: string } {
  const english = childrenOf(node, 'markingData').find(
    ({ attributes }) => attributes.phrase !== undefined && (attributes['xml:lang'] ?? 'en').startsWith('en'),
  );
  const isReplacement = english !== undefined && childrenOf(english, 'code').every(({ text }) => text.trim() !== 'replacePolicy');
  return isReplacement && english.attributes.phrase !== undefined ? { phrase: english.attributes.phrase } : {};
}

function displayOf(tag: Node): { readonly display?: NonNullable<CategoryDocument['display']> } {
  const display: Record<string, string> = {};
  for (const qualifier of childrenOf(tag, 'markingQualifier').flatMap((qualifiers) => childrenOf(qualifiers, 'qualifier'))) {
    const code = qualifier.attributes.qualifierCode;
    const text = qualifier.attributes.markingQualifier;
    if (code === undefined || text === undefined || !(qualifier.attributes['xml:lang'] ?? 'en').startsWith('en')) continue;
    if (code === 'prefix' || code === 'suffix' || code === 'separator') display[code] ??= text;
  }
  return Object.keys(display).length === 0 ? {} : { display };
}

/** A topic's word: lower-case letters, digits and dashes. */
const wordOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

class Reader {
  readonly #root: Node;
  readonly #notImported: { element: string; line: number }[] = [];
  /** Categories by the name of their tag set, with the tag that each was made of. */
  readonly #tags = new Map<string, { readonly id: string; readonly tag: Node; readonly values: ReadonlyMap<string, string> }[]>();
  #classes: readonly string[] = [];

  constructor(root: Node) {
    this.#root = root;
  }

  policy(): ImportedPolicy {
    const root = this.#root;
    if (root.local !== 'SPIF' || root.uri !== NAMESPACE) throw refuseAt(root, CODE, 'This is not an XML SPIF');
    const named = childOf(root, 'securityPolicyId', CODE);
    const number = attributeOf(root, 'version', CODE);
    if (!/^\d{1,9}$/.test(number)) throw refuseAt(root, CODE, 'A version is a number');
    const version = `${number}.0.0`;
    const classes = childrenOf(childOf(root, 'securityClassifications', CODE), 'securityClassification');
    if (classes.length === 0) throw refuseAt(root, CODE, 'There is no classification');
    this.#unique(classes, 'name');
    this.#unique(classes, 'lacv');
    this.#unique(classes, 'hierarchy');
    this.#classes = classes.map((element) => attributeOf(element, 'name', CODE));
    const sets = childrenOf(root, 'securityCategoryTagSets').flatMap((tagSets) => childrenOf(tagSets, 'securityCategoryTagSet'));
    this.#unique(sets, 'id');
    // All tags first: what a classification or a value requires can stand anywhere.
    for (const set of sets) this.#index(set);
    for (const child of root.children) if (NOT_READ.has(child.local)) this.#leave(child);
    const categories = sets.flatMap((set) => this.#categories(set));
    const name = attributeOf(named, 'name', CODE);
    const document: PolicyDocument = {
      id: oidUri(attributeOf(named, 'id', CODE)),
      version,
      name,
      title: `${name}, version ${number}`,
      classifications: classes.map((element) => this.#classification(element)),
      categories,
      legacyMarkings: [],
      portions: {},
      rules: [],
    };
    return { document, notImported: this.#notImported };
  }

  #leave({ local: element, line }: Node): void {
    this.#notImported.push({ element, line });
  }

  #unique(nodes: readonly Node[], attribute: string): void {
    const seen = new Set<string>();
    for (const node of nodes) {
      const value = attributeOf(node, attribute, CODE);
      if (seen.has(value)) throw refuseAt(node, CODE, `Two ${node.local} have one ${attribute}`);
      seen.add(value);
    }
  }

  #index(set: Node): void {
    const oid = attributeOf(set, 'id', CODE);
    const tags = childrenOf(set, 'securityCategoryTag');
    const indexedTags = tags.map((tag, n) => {
      const values = childrenOf(tag, 'tagCategory');
      this.#unique(values, 'lacv');
      this.#unique(values, 'name');
      const byLacv = new Map(values.map((value) => [attributeOf(value, 'lacv', CODE), attributeOf(value, 'name', CODE)]));
      return { id: tags.length === 1 ? oid : `${oid}-${n + 1}`, tag, values: byLacv };
    });
    const name = attributeOf(set, 'name', CODE);
    if (this.#tags.has(name)) throw refuseAt(set, CODE, 'Two tag sets have one name');
    this.#tags.set(name, indexedTags);
  }

  #classification(node: Node): ClassificationDocument {
    this.#within(node);
    const hierarchy = attributeOf(node, 'hierarchy', CODE);
    if (!/^\d{1,9}$/.test(hierarchy)) throw refuseAt(node, CODE, 'A hierarchy is a number');
    const name = attributeOf(node, 'name', CODE);
    return {
      id: name,
      rank: Number(hierarchy),
      topic: wordOf(name),
      lacv: attributeOf(node, 'lacv', CODE),
      ...phraseOf(node),
      ...this.#requires(node),
    };
  }

  #categories(set: Node): readonly CategoryDocument[] {
    this.#within(set);
    const name = attributeOf(set, 'name', CODE);
    const tags = this.#tags.get(name) ?? [];
    return tags.map(({ id, tag }) => ({
      id,
      property: OWN_CATEGORY + id,
      kind: kindOf(tag),
      name: tags.length === 1 ? name : (tag.attributes.name ?? name),
      title: tag.attributes.name ?? name,
      ...(isTrue(tag.attributes.singleSelection) ? { single: true } : {}),
      ...displayOf(tag),
      values: childrenOf(tag, 'tagCategory').map((value) => this.#value(value)),
    }));
  }

  #value(node: Node): ValueDocument {
    this.#within(node);
    const excluded = childrenOf(node, 'excludedClass').map((element) => this.#class(element, element.text));
    const required = node.attributes.requiredClass;
    const only = this.#classes.filter(
      (name) => !excluded.includes(name) && (required === undefined || name === this.#class(node, required)),
    );
    const excludes = childrenOf(node, 'excludedCategory').map((element) => this.#reference(element));
    return {
      id: attributeOf(node, 'name', CODE),
      lacv: attributeOf(node, 'lacv', CODE),
      ...(only.length === this.#classes.length ? {} : { onlyWith: only }),
      ...(isTrue(node.attributes.obsolete) ? { obsolete: true } : {}),
      ...phraseOf(node),
      ...this.#requires(node),
      ...(excludes.length === 0 ? {} : { excludes }),
    };
  }

  #within(node: Node): void {
    for (const child of node.children) if (NOT_READ_WITHIN.has(child.local)) this.#leave(child);
  }

  #class(node: Node, name: string): string {
    const classification = name.trim();
    if (!this.#classes.includes(classification))
      throw refuseAt(node, CODE, `${node.local} names a classification that the policy does not have`);
    return classification;
  }

  #requires(node: Node): { readonly requires?: readonly Requirement[] } {
    const requires = childrenOf(node, 'requiredCategory').map((required): Requirement => {
      const operation = required.attributes.operation ?? 'onlyOne';
      if (operation !== 'onlyOne' && operation !== 'oneOrMore' && operation !== 'all')
        throw refuseAt(required, CODE, 'requiredCategory has an operation that is not known');
      return { operation, of: childrenOf(required, 'categoryGroup').map((group) => this.#reference(group)) };
    });
    return requires.length === 0 ? {} : { requires };
  }

  #reference(node: Node): { readonly category: string; readonly values?: readonly string[] } {
    const kind = kindOf(node);
    const tags = this.#tags.get(attributeOf(node, 'tagSetRef', CODE)) ?? [];
    const found = tags.find(({ tag }) => kindOf(tag) === kind);
    if (found === undefined) throw refuseAt(node, CODE, `${node.local} names a tag that the policy does not have`);
    const { lacv } = node.attributes;
    if (lacv === undefined || isTrue(node.attributes.all)) return { category: found.id };
    const value = found.values.get(lacv);
    if (value === undefined) throw refuseAt(node, CODE, `${node.local} names a value that the policy does not have`);
    return { category: found.id, values: [value] };
  }
}
