/**
 * What an event cannot say about the message that it came from, kept in the event's `extensions` so that encode gives the same
 * document back: the envelope, the layout, and whatever goes beyond the schema. Everything in it carries the event's own label.
 */

import type { Edit, Escaping } from './escaping.ts';

/** One layer around the message, outermost first: the exact text before and after it. */
export interface Layer {
  readonly before: string;
  readonly after: string;
  readonly escaping: Escaping;
  /** The parts of the inner document with another spelling than `escaping`. */
  readonly edits?: readonly Edit[];
}

/** The differences of one element from the table and the layout. Every part is exact text of the message. */
export interface Mark {
  /** The text before its start tag: white space, comments, elements without a place. */
  gap?: string;
  start?: string;
  /** A leaf's content, where the canonical value is not the exact text. */
  content?: string;
  /** The names of a structure's children, where they differ from those of the canonical values. */
  children?: readonly string[];
  /** The text before its end tag. */
  last?: string;
  end?: string;
}

/** Marks by the position of the element in document order. */
export type Marks = Record<string, Mark>;

/** Regular spelling and layout, which is kept only once. */
export interface Layout {
  /** White space before a tag, by depth. */
  readonly indents: readonly string[];
  /** The spelling of elements in a namespace: the prefix, and the text after the name in a start tag. */
  readonly namespaces: Readonly<Record<string, { readonly prefix: string; readonly declaration: string }>>;
}

/** A part of the message with no place in the standard: shown to readers, listed as a warning. */
export interface Unmapped {
  readonly at: string;
  readonly xml: string;
}

export interface Residue {
  readonly charset: string;
  readonly bom: boolean;
  readonly layers: readonly Layer[];
  readonly layout: Layout;
  /** Marks on the elements around the cases. */
  readonly message: Marks;
  /** Marks on this event's case. */
  readonly unit: Marks;
  readonly unmapped?: readonly Unmapped[];
}
