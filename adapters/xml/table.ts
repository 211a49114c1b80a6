/**
 * The table of an XML format: the place of every element in the canonical event. Decode and encode both read the same table,
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
  /** The path of the value from the object of the parent element. An empty path means the parent's object; a number is a position in an array. */
  readonly path: readonly string[];
  /** The type of a leaf. A structure has children instead. */
  readonly type?: LeafType;
  readonly children?: readonly ElementSpec[];
  /** Whether the element repeats. The path then leads to an array. */
  readonly many?: boolean;
  /** Children that repeat as a group without a common element. Each item of the array at the path holds one repetition. */
  readonly group?: boolean;
  /** The maximum number in the official schema, for an element that repeats in the event. */
  readonly most?: number;
  /** Whether the official schema requires it. Its parent is not written without it. */
  readonly required?: boolean;
  /** Whether the official schema requires it and allows it to be empty. It is then written even where the event has no value. */
  readonly always?: boolean;
  /** Which of several alternatives to write. Decode accepts any. */
  readonly when?: (target: Readonly<Record<string, unknown>>) => boolean;
  /** The standard's text for texts of the format, where they differ. Other texts are unchanged. */
  readonly codes?: Readonly<Record<string, string>>;
  /** Whether a text outside `codes` has the wrong type, because the standard has no code for it. */
  readonly isClosed?: boolean;
  /** The form of a JSON member that is not text: a number, true and false for Y and N, or a list of one item. */
  readonly json?: 'number' | 'flag' | 'one';
  /** Its attributes, as leaves. Their paths begin at the object of the structure, or where the path of the leaf begins. */
  readonly attributes?: readonly ElementSpec[];
}

type Extra = Pick<ElementSpec, 'many' | 'most' | 'required' | 'always' | 'when' | 'ns' | 'codes' | 'isClosed' | 'json' | 'attributes'>;
const pathOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

/** Makes elements in a namespace. */
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

/** The envelopes around a message. */
export interface Envelopes {
  /** The names of elements whose text can be an escaped document. */
  readonly carriers: ReadonlySet<string>;
  /** Adds the value of an envelope element to the details of the message, if the standard has a place for it. */
  readonly noteFact: (facts: Record<string, unknown>, parent: string, name: string, text: string) => void;
}

/** One XML message format: its root, the elements around a unit, and the unit, which becomes one event. */
export interface MessageSpec {
  readonly id: string;
  /** The name of the format in reasons. */
  readonly format: string;
  readonly standard: string;
  /** Its namespaces by the prefix that they are written with; the empty prefix is the root's. */
  readonly namespaces: Readonly<Record<string, string>> & { readonly '': string };
  readonly envelopes: Envelopes;
  /** The maximum lengths of elements in the official schema, by name. */
  readonly longest: Readonly<Record<string, number>>;
  readonly root: ElementSpec;
  /** Attributes of the root, as they are written. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The name of the element, at any depth below the root, that becomes one event each. */
  readonly unit: string;
  /** The place of the case's reference in the data of a unit. */
  readonly caseReference: readonly string[];
}
