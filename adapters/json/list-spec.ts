/** The specification of a format of JSON lists: like the table of XML elements, with members instead of elements. */
import type { JsonObject } from '../adapter.ts';
import { compile, type Node } from '../xml/nodes.ts';
import type { ElementSpec } from '../xml/table.ts';

/** One kind of list. Its entries are the repeating members of the table that belong to the event itself and contain no other entries. */
export interface JsonListSpec {
  readonly id: string;
  readonly standard: string;
  /** The kind of list, a value of `list.kind` in the standard. */
  readonly kind: string;
  readonly root: ElementSpec;
  /** Whether a document is of this kind. */
  readonly isKindOf: (document: JsonObject) => boolean;
  /** JSON Pointer of a protective marking in the document. */
  readonly marking?: readonly string[];
  readonly caseReferences: readonly (readonly string[])[];
  /** Convert between the values that the table reads and the data of the event. Each is the inverse of the other. */
  readonly toEvent: (data: JsonObject) => JsonObject;
  readonly fromEvent: (data: JsonObject) => JsonObject;
  /** The place in the event of a value that the table reads. */
  readonly pointerOf?: (read: JsonObject, pointer: string) => string;
  /** For the documentation: the place in the event of a place of the table, with `*` for a position in a list. */
  readonly placesOf?: (at: string) => readonly string[];
  /** JSON Pointers, with `*` for a position in a list, of values that this kind of list never contains, although other kinds do. */
  readonly neverShown?: ReadonlySet<string>;
  readonly longest: Readonly<Record<string, number>>;
}

export interface CompiledJsonList {
  readonly spec: JsonListSpec;
  readonly root: Node;
}

export const compileJsonList = (spec: JsonListSpec): CompiledJsonList => ({ spec, root: compile(spec.root, spec.longest) });

/** The parts of the original document that a list event keeps. All of them have the label of the event itself. */
export interface JsonListResidue {
  /** The position of the entry in the document, from 0. */
  readonly part: number;
  /** Only in the first entry: the kind of list, and the document with the number of entries in place of each group of entries. */
  readonly kind?: string;
  readonly frame?: JsonObject;
  /** The original entry, where its values do not contain all of it. */
  readonly entry?: JsonObject;
}
