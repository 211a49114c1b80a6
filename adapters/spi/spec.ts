/**
 * How the tables of the Standard Prosecutor Interface are written (schema 0.6g: CPP-StdProsPoliceCase, CPP-StdProsPoliceResult and the
 * types they include): where every element stands in the canonical event. Decode and encode both read these tables.
 */

export const LIBRA = 'http://www.dca.gov.uk/xmlschemas/libra';
export const BS7666 = 'http://www.govtalk.gov.uk/people/bs7666';

/**
 * `text` and `name` are kept to the letter; the others are trimmed, as XML Schema collapses them, and checked. A blank `name` or
 * `reference` is absent. An `integer` is a code that XML Schema reads as a number: `01015` is `1015`.
 */
export type LeafType = 'text' | 'name' | 'token' | 'reference' | 'integer' | 'date' | 'time' | 'digits' | 'decimal';

export interface ElementSpec {
  readonly name: string;
  readonly ns: string;
  /** Path of the value from the object of the parent element; an empty path means the parent's own object; a number is a place in an array. */
  readonly path: readonly string[];
  /** A leaf's type; a structure has children instead. */
  readonly type?: LeafType;
  readonly children?: readonly ElementSpec[];
  /** The element repeats: the path leads to an array. */
  readonly many?: boolean;
  /** Children that repeat as a group without an element of their own: each item of the path's array holds one turn. */
  readonly group?: boolean;
  /** How many of it the official schema allows, where it repeats in the event but not in the message without end. */
  readonly most?: number;
  /** The official schema asks for it: without it, what it is in is not written. */
  readonly required?: boolean;
  /** The official schema asks for it and it may be empty, so it is written even where the event has no value. */
  readonly always?: boolean;
  /** Which of several alternatives to write; decode takes any. */
  readonly when?: (target: Readonly<Record<string, unknown>>) => boolean;
}

type Extra = Pick<ElementSpec, 'many' | 'most' | 'required' | 'always' | 'when' | 'ns'>;
const pathOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

export const leaf = (name: string, path: string, type: LeafType = 'text', extra: Partial<Extra> = {}): ElementSpec => ({
  ns: LIBRA,
  ...extra,
  name,
  path: pathOf(path),
  type,
});
export const node = (name: string, path: string, children: readonly ElementSpec[], extra: Partial<Extra> = {}): ElementSpec => ({
  ns: LIBRA,
  ...extra,
  name,
  path: pathOf(path),
  children,
});
export const group = (path: string, children: readonly ElementSpec[]): ElementSpec => ({
  name: '',
  ns: LIBRA,
  path: pathOf(path),
  children,
  group: true,
});
export const bs = (name: string, path: string, type: LeafType = 'text') => leaf(name, path, type, { ns: BS7666 });

/** One message format of the interface: its root, what surrounds a case, and the case itself, which becomes one event. */
export interface MessageSpec {
  readonly id: string;
  readonly standard: string;
  readonly root: ElementSpec;
  readonly attributes: Readonly<Record<string, string>>;
  /** The name of the element, at any depth below the root, that becomes one event each. */
  readonly unit: 'Case';
}
