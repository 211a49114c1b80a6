/**
 * How the table of an XML format is written: where every element stands in the canonical event. Decode and encode both read the same table,
 * so nothing is said twice.
 */

/**
 * `text` and `name` are kept to the letter; the others are trimmed, as XML Schema collapses them, and checked. A blank `name` or
 * `reference` is absent. An `integer` is a code that XML Schema reads as a number: `01015` is `1015`. A `dayFirst` is written 26/10/2020, and
 * `hoursMinutes` 09:00. Of an `instantDay` only the day is meant, and midnight is written.
 */
export type LeafType =
  | 'text'
  | 'name'
  | 'token'
  | 'reference'
  | 'integer'
  | 'date'
  | 'dateTime'
  | 'instantDay'
  | 'dayFirst'
  | 'time'
  | 'hoursMinutes'
  | 'digits'
  | 'decimal';

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
  /** What the texts of the format are in the standard, where they differ. Others stay as they are. */
  readonly codes?: Readonly<Record<string, string>>;
  /** A text that is not among `codes` is not of the type: the standard has no code for it. */
  readonly isClosed?: boolean;
  /** What a member of JSON is that is no text: a number, true or false for Y and N, or a list of the only item. */
  readonly json?: 'number' | 'flag' | 'one';
  /** Its attributes, as leaves: from the object of a structure, or from where a leaf's path begins. */
  readonly attributes?: readonly ElementSpec[];
}

type Extra = Pick<ElementSpec, 'many' | 'most' | 'required' | 'always' | 'when' | 'ns' | 'codes' | 'isClosed' | 'json' | 'attributes'>;
const pathOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

/** Makes elements of a namespace. */
export const elementsOf = (ns: string) => ({
  leaf: (name: string, path: string, type: LeafType = 'text', extra: Partial<Extra> = {}): ElementSpec => ({
    ns,
    ...extra,
    name,
    path: pathOf(path),
    type,
  }),
  node: (name: string, path: string, children: readonly ElementSpec[], extra: Partial<Extra> = {}): ElementSpec => ({
    ns,
    ...extra,
    name,
    path: pathOf(path),
    children,
  }),
  group: (path: string, children: readonly ElementSpec[]): ElementSpec => ({ name: '', ns, path: pathOf(path), children, group: true }),
});

/** What stands around a message on its way. */
export interface Envelopes {
  /** Names of elements whose text can be a whole document, escaped. */
  readonly carriers: ReadonlySet<string>;
  /** Adds what an element of an envelope says to the facts of the message, if it is one that the standard names. */
  readonly noteFact: (facts: Record<string, unknown>, parent: string, name: string, text: string) => void;
}

/** One XML message format: its root, what surrounds a unit, and the unit itself, which becomes one event. */
export interface MessageSpec {
  readonly id: string;
  /** The name of the format in reasons. */
  readonly format: string;
  readonly standard: string;
  /** Its namespaces by the prefix that they are written with; the empty prefix is the root's. */
  readonly namespaces: Readonly<Record<string, string>> & { readonly '': string };
  readonly envelopes: Envelopes;
  /** How many characters the official schema allows in an element, by its name. */
  readonly longest: Readonly<Record<string, number>>;
  readonly root: ElementSpec;
  /** Attributes of the root, as they are written. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The name of the element, at any depth below the root, that becomes one event each. */
  readonly unit: string;
  /** The data of a unit names the case here. */
  readonly caseReference: readonly string[];
}
