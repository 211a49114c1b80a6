/** How the table of a format is written whose messages hold many entries, each within several elements that hold for all entries in them. */
import type { JsonObject } from '../adapter.ts';
import { compile, isUnit, type Node } from './nodes.ts';
import type { Layout, Marks, Unmapped } from './residue.ts';
import type { ElementSpec, Envelopes } from './table.ts';

/** One kind of list: its outermost element, and the entry that becomes one event. */
export interface ListSpec {
  /** The adapter that it is of. */
  readonly id: string;
  /** The name of the format in reasons. */
  readonly format: string;
  readonly standard: string;
  /** Its namespaces by the prefix that they are written with. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly root: ElementSpec;
  /** The name of the element that becomes one event each. */
  readonly unit: string;
  readonly noteFact: Envelopes['noteFact'];
  /** The element whose text is a protective marking. It has no place in the data. */
  readonly marking?: string;
  /** Where the data names the case: the first that it has. */
  readonly caseReferences: readonly (readonly string[])[];
  /** Whether an event without residue is written as this kind. */
  readonly isKindOf: (data: JsonObject) => boolean;
  /** From what the table reads to the data of the event, and back: inverse of each other. */
  readonly toEvent?: (data: JsonObject) => JsonObject;
  readonly fromEvent?: (data: JsonObject) => JsonObject;
  /** How many characters the official schema allows in an element, by its name. */
  readonly longest: Readonly<Record<string, number>>;
}

/** A kind of list with its table made fast. */
export interface CompiledList {
  readonly spec: ListSpec;
  readonly root: Node;
}

export const compileList = (spec: ListSpec): CompiledList => ({ spec, root: compile(spec.root, spec.longest) });

/** Whether an element of the table is the entry itself. */
export const isEntry = ({ unit }: ListSpec, node: Node): boolean => node.name === unit && isUnit(node) && !node.holdsUnits;

/** What a list event keeps of the message that it came from. Everything in it carries the event's own label. */
export interface ListResidue {
  /** The place of the entry among all of the message, from 0. */
  readonly part: number;
  /** The name of the outermost element of the list, with the first entry. */
  readonly root?: string;
  readonly charset?: string;
  readonly bom?: boolean;
  /** What stands before the entry, to the letter, back to the entry before. */
  readonly before: string;
  /** What stands after the last entry. */
  readonly after?: string;
  readonly layout: Layout;
  readonly marks: Marks;
  readonly unmapped?: readonly Unmapped[];
}
