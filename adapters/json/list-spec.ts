/** How the table of a format of JSON lists is written: the table of XML elements, with members in place of elements. */
import type { JsonObject } from '../adapter.ts';
import { compile, type Node } from '../xml/nodes.ts';
import type { ElementSpec } from '../xml/table.ts';

/** One kind of list. Its entries are the members of the table that repeat, stand in the event itself and hold no others. */
export interface JsonListSpec {
  readonly id: string;
  readonly standard: string;
  /** The kind of list that it is, as `list.kind` of the standard says. */
  readonly kind: string;
  readonly root: ElementSpec;
  /** Whether a document is of this kind. */
  readonly isKindOf: (document: JsonObject) => boolean;
  /** JSON Pointer of a protective marking in the document. */
  readonly marking?: readonly string[];
  readonly caseReferences: readonly (readonly string[])[];
  /** From what the table reads to the data of the event, and back: inverse of each other. */
  readonly toEvent: (data: JsonObject) => JsonObject;
  readonly fromEvent: (data: JsonObject) => JsonObject;
  /** Where a place in what the table reads stands in the event. */
  readonly pointerOf?: (read: JsonObject, pointer: string) => string;
  /** For the documentation: where a place of the table stands in the event, with `*` for a place in a list. */
  readonly placesOf?: (at: string) => readonly string[];
  /** JSON Pointers, with `*` for a place in a list, of values that this kind of list never shows, though others do. */
  readonly neverShown?: ReadonlySet<string>;
  readonly longest: Readonly<Record<string, number>>;
}

export interface CompiledJsonList {
  readonly spec: JsonListSpec;
  readonly root: Node;
}

export const compileJsonList = (spec: JsonListSpec): CompiledJsonList => ({ spec, root: compile(spec.root, spec.longest) });

/** What a list event keeps of the document that it came from. Everything in it carries the event's own label. */
export interface JsonListResidue {
  /** The place of the entry among all of the document, from 0. */
  readonly part: number;
  /** With the first entry: the kind of list, and the document with the number of entries where they stand. */
  readonly kind?: string;
  readonly frame?: JsonObject;
  /** The entry itself, where its values do not say all of it. */
  readonly entry?: JsonObject;
}
