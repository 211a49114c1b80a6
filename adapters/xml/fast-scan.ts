/**
 * A fast scanner for common XML, with ASCII names and no rare constructs. It stops before anything that it does not fully support, and saxes
 * continues from there. So it must report only what saxes would report.
 */
import { NO_ATTRIBUTES, type XmlAttribute, type XmlHandler, type XmlTag } from './handler.ts';
import { MOST_DEPTH, URI_REFERENCE, XMLNS_NAMESPACE } from './limits.ts';
import { expandReferences } from './references.ts';

/** Text that a document must not contain. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** The text before the root: an XML declaration with the text after it, or white space. */
const PROLOGUE =
  /(?:<\?xml[ \t\r\n]+version=(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding=(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone=(?:"yes"|"no"|'yes'|'no'))?[ \t\r\n]*\?>([ \t\r\n]*)|[ \t\r\n]*)(?=<[A-Za-z_])/y;

const LINE_END = /\r\n?/g;
const ATTRIBUTE_SPACE = /\r\n|[\r\n\t]/g;
const ONLY_SPACE = /^[ \t\r\n]*$/;

const QUOTE = 0x22;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;

/** For each ASCII character: 2 if it can begin a name, 1 if it can be inside one. A colon separates the parts of a name, and has neither value. */
const NAMES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[A-Za-z_]/.test(character) ? 2 : /[\d.-]/.test(character) ? 1 : 0;
});
const COLON = 0x3a;

const beginsName = (code: number): boolean => code < 128 && NAMES[code] === 2;

/** The namespaces in scope in an element. */
class Scope {
  readonly #around: Scope | undefined;
  readonly #declared: ReadonlyMap<string, string>;

  constructor(around: Scope | undefined, declared: ReadonlyMap<string, string>) {
    this.#around = around;
    this.#declared = declared;
  }

  /** The namespace of each prefix. The empty prefix is for names without a prefix. */
  find(prefix: string): string | undefined {
    return this.#declared.get(prefix) ?? this.#around?.find(prefix);
  }
}

const NOTHING_DECLARED = new Scope(undefined, new Map());

/** A known name, and its tag without attributes in the scope where it last occurred. */
interface Name {
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  scope: Scope | undefined;
  tag: XmlTag | undefined;
}

/** The most attributes. Each is compared with all earlier ones, so elements with more are left to saxes. */
const MOST_COMPARED = 30;

/** The size of the cache of names: a power of two. */
const KEPT_NAMES = 256;

export class FastScan {
  readonly open: XmlTag[] = [];
  /** Whether the root has ended. */
  isOver = false;
  elements = 0;
  /** The offset in the current text up to which the handler has been called. */
  reached = 0;
  readonly #handler: XmlHandler;
  readonly #mostElements: number;
  readonly #scopes: Scope[] = [];
  readonly #names: (Name | undefined)[] = new Array(KEPT_NAMES).fill(undefined);
  #hasBegun = false;
  #text = '';
  /** The offset of the text in the document. */
  #offset = 0;
  /** The next offsets of these in the text. */
  #reference = 0;
  #return = 0;
  #sectionEnd = 0;
  /** The end of the last name. */
  #nameEnd = 0;

  constructor(handler: XmlHandler, mostElements: number) {
    this.#handler = handler;
    this.#mostElements = mostElements;
  }

  /** Whether a text has only allowed characters. Other texts must not be scanned. */
  isPlain(text: string): boolean {
    return text.isWellFormed() && !NOT_XML.test(text);
  }

  /**
   * Scans a text at an offset in the document. Returns the offset where it stopped: at a tag, text, comment or section that it does not
   * support, or that has no end in this text. The handler has been called for everything before that offset, and for nothing after it.
   */
  scan(text: string, offset: number): number {
    this.#text = text;
    this.#offset = offset;
    this.reached = 0;
    this.#reference = this.#return = this.#sectionEnd = -1;
    if (!this.#hasBegun && !this.#begin()) return 0;
    let at = this.reached;
    while (!this.isOver) {
      const tag = text.indexOf('<', at);
      if (tag < 0 || (tag > at && !this.#tell(at, tag))) return at;
      const next = text.charCodeAt(tag + 1);
      const end = beginsName(next) ? this.#startTag(tag) : next === SLASH ? this.#endTag(tag) : this.#section(tag);
      if (end < 0) return tag;
      at = end;
    }
    return at;
  }

  /** Whether the remaining text can end the document. If so, calls the handler for it. */
  end(rest: string): boolean {
    if (!this.isOver || !ONLY_SPACE.test(rest)) return false;
    this.reached = rest.length;
    if (rest !== '') this.#handler.text(rest.replace(LINE_END, '\n'));
    return true;
  }

  #begin(): boolean {
    PROLOGUE.lastIndex = 0;
    const found = PROLOGUE.exec(this.#text);
    if (found === null) return false;
    this.#hasBegun = true;
    this.reached = found[0].length;
    if (found[1]) this.#handler.text(found[1].replace(LINE_END, '\n'));
    return true;
  }

  /** Calls the handler for the text between two tags. Returns false where the text is not fully supported. */
  #tell(from: number, to: number): boolean {
    const text = this.#text;
    if (this.#reference < from) this.#reference = next(text, '&', from);
    if (this.#return < from) this.#return = next(text, '\r', from);
    if (this.#sectionEnd < from) this.#sectionEnd = next(text, ']]>', from);
    let run: string | undefined = text.slice(from, to);
    if (this.#sectionEnd < to) return false;
    if (this.#return < to) run = run.replace(LINE_END, '\n');
    if (this.#reference < to) run = expandReferences(run);
    if (run === undefined) return false;
    this.reached = to + 1;
    this.#handler.text(run);
    return true;
  }

  /** Reads a start tag. Returns its end, or -1. */
  #startTag(start: number): number {
    const text = this.#text;
    const name = this.#name(start + 1);
    if (name === undefined || this.open.length >= MOST_DEPTH || this.elements >= this.#mostElements) return -1;
    let at = this.#nameEnd;
    let attributes: XmlAttribute[] | undefined;
    let code = text.charCodeAt(at);
    while (code !== GREATER && code !== SLASH) {
      if (!isSpace(code)) return -1;
      do code = text.charCodeAt(++at);
      while (isSpace(code));
      if (!beginsName(code)) break;
      attributes ??= [];
      at = this.#attribute(at, attributes);
      if (at < 0) return -1;
      code = text.charCodeAt(at);
    }
    const isSelfClosing = code === SLASH;
    if (text.charCodeAt(isSelfClosing ? at + 1 : at) !== GREATER) return -1;
    const around = this.#scopes.length === 0 ? NOTHING_DECLARED : (this.#scopes[this.#scopes.length - 1] as Scope);
    const scope = attributes === undefined ? around : scopeOf(around, attributes);
    const tag = scope === undefined ? undefined : tagOf(name, scope, attributes, isSelfClosing);
    if (tag === undefined || scope === undefined) return -1;
    const end = at + (isSelfClosing ? 2 : 1);
    this.reached = end;
    this.elements++;
    this.#handler.open(tag, this.#offset + end);
    if (isSelfClosing) {
      this.#handler.close(tag, this.#offset + end);
      this.isOver = this.open.length === 0;
    } else {
      this.open.push(tag);
      this.#scopes.push(scope);
    }
    return end;
  }

  /** Reads an end tag. Returns its end, or -1. */
  #endTag(start: number): number {
    const text = this.#text;
    const tag = this.open[this.open.length - 1];
    if (tag === undefined) return -1;
    let at = start + 2 + tag.name.length;
    if (text.slice(start + 2, at) !== tag.name) return -1;
    while (isSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) !== GREATER) return -1;
    this.open.pop();
    this.#scopes.pop();
    this.reached = at + 1;
    this.isOver = this.open.length === 0;
    this.#handler.close(tag, this.#offset + at + 1);
    return at + 1;
  }

  /** Reads a comment or a CDATA section. Returns its end, or -1. */
  #section(start: number): number {
    const text = this.#text;
    if (this.open.length === 0) return -1;
    if (text.startsWith('<!--', start)) {
      const end = text.indexOf('--', start + 4);
      return end < 0 || text.charCodeAt(end + 2) !== GREATER ? -1 : end + 3;
    }
    if (!text.startsWith('<![CDATA[', start)) return -1;
    const end = text.indexOf(']]>', start + 9);
    if (end < 0) return -1;
    this.reached = end + 3;
    this.#handler.text(text.slice(start + 9, end).replace(LINE_END, '\n'));
    return end + 3;
  }

  /** Reads the name at an offset; undefined where there is none, or where it has more than one colon or an empty part. */
  #name(start: number): Name | undefined {
    const text = this.#text;
    let at = start;
    let colon = -1;
    let hash = 0;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === COLON) {
        if (colon >= 0 || !beginsName(text.charCodeAt(at + 1))) return undefined;
        colon = at;
      } else if (!(code < 128) || NAMES[code] === 0) break;
      hash = (Math.imul(hash, 31) + code) | 0;
      at++;
    }
    this.#nameEnd = at;
    const place = hash & (KEPT_NAMES - 1);
    const kept = this.#names[place];
    const name = text.slice(start, at);
    if (kept?.name === name) return kept;
    const prefix = colon < 0 ? '' : text.slice(start, colon);
    const met: Name = { name, prefix, local: colon < 0 ? name : text.slice(colon + 1, at), scope: undefined, tag: undefined };
    this.#names[place] = met;
    return met;
  }

  /** Reads and adds an attribute. Returns its end, or -1. */
  #attribute(start: number, attributes: XmlAttribute[]): number {
    const text = this.#text;
    const name = this.#name(start);
    const equals = this.#nameEnd;
    const quote = text.charCodeAt(equals + 1);
    if (name === undefined || attributes.length === MOST_COMPARED) return -1;
    if (text.charCodeAt(equals) !== EQUALS || (quote !== QUOTE && quote !== APOSTROPHE)) return -1;
    let isLiteral = true;
    let at = equals + 2;
    for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(++at)) {
      if (code === LESS || at >= text.length) return -1;
      if (code === AMPERSAND || code < 0x20) isLiteral = false;
    }
    const raw = text.slice(equals + 2, at);
    const value = isLiteral ? raw : expandReferences(raw.replace(ATTRIBUTE_SPACE, ' '));
    if (value === undefined) return -1;
    const uri = name.name === 'xmlns' || name.prefix === 'xmlns' ? XMLNS_NAMESPACE : '';
    attributes.push({ name: name.name, prefix: name.prefix, local: name.local, value, uri });
    return at + 1;
  }
}

/** The next offset of a text, or infinity. */
function next(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/** The scope with the declarations of attributes; undefined where they are not fully supported. */
function scopeOf(around: Scope, attributes: readonly XmlAttribute[]): Scope | undefined {
  let declared: Map<string, string> | undefined;
  for (const { uri, prefix, local, value } of attributes) {
    if (uri !== XMLNS_NAMESPACE) continue;
    const declaredPrefix = prefix === '' ? '' : local;
    // The XML namespaces, reserved prefixes and undeclared prefixes have special rules.
    if (/^xml/i.test(declaredPrefix) || value.startsWith('http://www.w3.org/XML/') || value === XMLNS_NAMESPACE) return undefined;
    if ((declaredPrefix !== '' && value === '') || !URI_REFERENCE.test(value)) return undefined;
    declared ??= new Map();
    if (declared.has(declaredPrefix)) return undefined;
    declared.set(declaredPrefix, value);
  }
  return declared === undefined ? around : new Scope(around, declared);
}

/** The tag of a name and attributes; undefined where a prefix is not declared, or an attribute is duplicated. */
function tagOf(name: Name, scope: Scope, attributes: readonly XmlAttribute[] | undefined, isSelfClosing: boolean): XmlTag | undefined {
  const isBare = attributes === undefined && !isSelfClosing;
  if (isBare && name.scope === scope) return name.tag;
  const { prefix, local } = name;
  const uri = scope.find(prefix) ?? '';
  if (prefix !== '' && uri === '') return undefined;
  const attributesByName = attributes === undefined ? NO_ATTRIBUTES : attributesOf(scope, attributes);
  if (attributesByName === undefined) return undefined;
  const tag: XmlTag = { name: name.name, local, uri, prefix, attributes: attributesByName, isSelfClosing };
  if (isBare) {
    name.scope = scope;
    name.tag = tag;
  }
  return tag;
}

/** The attributes by name, with their namespaces; undefined where a prefix is not declared, or two have the same name. */
function attributesOf(scope: Scope, attributes: readonly XmlAttribute[]): Readonly<Record<string, XmlAttribute>> | undefined {
  const all: Record<string, XmlAttribute> = Object.create(null);
  for (let n = 0; n < attributes.length; n++) {
    const attribute = attributes[n] as XmlAttribute;
    const { name, prefix, local } = attribute;
    const uri = prefix === '' || attribute.uri !== '' ? attribute.uri : scope.find(prefix);
    if (uri === undefined) return undefined;
    const found = uri === attribute.uri ? attribute : { ...attribute, uri };
    for (let m = 0; m < n; m++) {
      const other = attributes[m] as XmlAttribute;
      if (other.name === name || (other.local === local && (all[other.name] as XmlAttribute).uri === uri)) return undefined;
    }
    all[name] = found;
  }
  return all;
}
