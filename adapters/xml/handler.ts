/** What a scan of XML tells about a document, and how whoever listens ends it. */
import type { Refusal } from '../adapter.ts';

export interface XmlAttribute {
  /** The qualified name. */
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  readonly uri: string;
  readonly value: string;
}

export interface XmlTag {
  /** The qualified name. */
  readonly name: string;
  readonly local: string;
  readonly uri: string;
  readonly prefix: string;
  /** Attributes by qualified name, namespace declarations included. */
  readonly attributes: Readonly<Record<string, XmlAttribute>>;
  readonly isSelfClosing: boolean;
}

/** The attributes of every tag that has none, from the fast scanner: what is the same is not looked through. */
export const NO_ATTRIBUTES: XmlTag['attributes'] = Object.freeze(Object.create(null));

/** Offsets are UTF-16 code units into the text that was scanned. `end` is the offset just after the tag. */
export interface XmlHandler {
  open(tag: XmlTag, end: number): void;
  close(tag: XmlTag, end: number): void;
  text(text: string): void;
}

/** Thrown by a handler to end the scan with a refusal; the line is filled in. */
export class XmlRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}
