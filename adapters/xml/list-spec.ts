/** The specification of a format whose messages contain many entries. Each entry is inside several elements that apply to all entries in them. */
import type { JsonObject } from '../adapter.ts';
import { compile, isUnit, type Node } from './nodes.ts';
import type { Layout, Marks, Unmapped } from './residue.ts';
import type { ElementSpec, Envelopes } from './table.ts';

/** One kind of list: its outermost element, and the entry that becomes one event. */
export interface ListSpec {
  /** The id of its adapter. */
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
  /** The element with a protective marking, which is not part of the data. */
  readonly marking?: string;
  /** Places of the case's reference in the data. The first one with a value is used. */
  readonly caseReferences: readonly (readonly string[])[];
  /** Whether to write an event without residue as this kind. */
  readonly isKindOf: (data: JsonObject) => boolean;
  /** Convert between the values that the table reads and the data of the event. Each is the inverse of the other. */
  readonly toEvent?: (data: JsonObject) => JsonObject;
  readonly fromEvent?: (data: JsonObject) => JsonObject;
  /** The maximum lengths of elements in the official schema, by name. */
  readonly longest: Readonly<Record<string, number>>;
}

/** A kind of list with its compiled table. */
export interface CompiledList {
  readonly spec: ListSpec;
  readonly root: Node;
}

export const compileList = (spec: ListSpec): CompiledList => ({ spec, root: compile(spec.root, spec.longest) });

/** Whether an element of the table is the entry itself. */
export const isEntry = ({ unit }: ListSpec, node: Node): boolean => node.name === unit && isUnit(node) && !node.holdsUnits;

/** The parts of the original message that a list event keeps. All of them have the label of the event itself. */
export interface ListResidue {
  /** The position of the entry in the message, from 0. */
  readonly part: number;
  /** Only in the first entry: the name of the outermost element of the list. */
  readonly root?: string;
  readonly charset?: string;
  readonly bom?: boolean;
  /** The exact text between the previous entry and this one. */
  readonly before: string;
  /** The exact text after the last entry. */
  readonly after?: string;
  readonly layout: Layout;
  readonly marks: Marks;
  readonly unmapped?: readonly Unmapped[];
}
