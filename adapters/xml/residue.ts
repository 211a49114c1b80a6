/**
 * What an event cannot say about the message that it came from, kept in the event's `extensions` so that encode gives the same
 * document back: the envelope, the layout, and whatever goes beyond the schema. Everything in it carries the event's own label.
 */

import type { Edit, Escaping } from './escaping.ts';

/** One layer around the message, outermost first: what stands before and after it, to the letter. */
export interface Layer {
  readonly before: string;
  readonly after: string;
  readonly escaping: Escaping;
  /** Where the inner document is written in another way than `escaping` says. */
  readonly edits?: readonly Edit[];
}

/** Where one element differs from what the table and the layout predict. Every part is literal text of the message. */
export interface Mark {
  /** What stands before its start tag: white space, comments, elements without a place. */
  gap?: string;
  start?: string;
  /** A leaf's content, where the canonical value does not say it to the letter. */
  content?: string;
  /** The names of a structure's children, where they are not those that the canonical values predict. */
  children?: readonly string[];
  /** What stands before its end tag. */
  last?: string;
  end?: string;
}

/** Marks by the element's place in document order. */
export type Marks = Record<string, Mark>;

/** What repeats so regularly that it is said once. */
export interface Layout {
  /** White space before a tag, by depth. */
  readonly indents: readonly string[];
  /** How elements of a namespace are written: prefix and what follows the name in a start tag. */
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
  /** Marks on what surrounds the cases. */
  readonly message: Marks;
  /** Marks on this event's own case. */
  readonly unit: Marks;
  readonly unmapped?: readonly Unmapped[];
}
