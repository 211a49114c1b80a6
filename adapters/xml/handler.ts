/** The events of an XML scan, and how a handler stops the scan. */
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

/** The shared attributes of every tag without attributes, which the fast scanner uses so that they need not be searched. */
export const NO_ATTRIBUTES: XmlTag['attributes'] = Object.freeze(Object.create(null));

/** Offsets count UTF-16 code units in the scanned text. `end` is the offset just after the tag. */
export interface XmlHandler {
  open(tag: XmlTag, end: number): void;
  close(tag: XmlTag, end: number): void;
  text(text: string): void;
}

/** A handler throws this to stop the scan with a refusal. The scanner adds the line. */
export class XmlRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}
