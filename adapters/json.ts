/**
 * JSON as a boundary must read it: its values, the places in them, and strict parsing. Two readers would make two values of duplicate names
 * (T05), of numbers beyond 2^53 and of lone surrogates.
 */
import { lineAt } from './line-at.ts';
import { type Refusal, refusal } from './refusal.ts';
import { type Failure, failure, type Success, success } from './result.ts';

/** A JSON value as events carry it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** An object of JSON values. */
export type JsonObject = { readonly [name: string]: Json };

/** Names and array indexes from the root to a place in a JSON document. */
export type JsonPath = readonly (string | number)[];

/** A name as a step of a JSON Pointer (RFC 6901). */
export const escapeStep = (name: string): string =>
  name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;

export const unescapeStep = (step: string): string => (step.includes('~') ? step.replaceAll('~1', '/').replaceAll('~0', '~') : step);

/** The names of a JSON Pointer (RFC 6901), from the root. */
export const stepsOf = (pointer: string): readonly string[] => pointer.split('/').slice(1).map(unescapeStep);

/** A path as a JSON Pointer (RFC 6901). */
export const pointerOf = (path: JsonPath): string => path.map((step) => `/${escapeStep(String(step))}`).join('');

/** The value at a JSON Pointer (RFC 6901), or undefined. Looks only at own members. */
export function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (let start = 1; start <= pointer.length && pointer !== ''; ) {
    const slash = pointer.indexOf('/', start);
    const end = slash < 0 ? pointer.length : slash;
    const name = unescapeStep(pointer.slice(start, end));
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as JsonObject)[name];
    start = end + 1;
  }
  return found;
}

const MOST_DEPTH = 100;

/** The value of a text; or why it cannot be trusted, and where. `path` can hold names that the sender chose: show only what is known of it. */
export type ParsedJson = Success<Json> | (Failure & { readonly path?: JsonPath });

/** Parses JSON text, or says why it cannot be trusted. The reason never quotes the text. */
export function parseStrict(text: string): ParsedJson {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const place = /position (\d+)/.exec((error as Error).message)?.[1];
    const malformed = refusal('json-malformed');
    return failure(place === undefined ? malformed : { ...malformed, line: lineAt(text, Number(place)) });
  }
  const fault = faultIn(text);
  if (fault === undefined) return success(value);
  return { ...failure({ ...fault.refusal, line: lineAt(text, fault.offset) }), path: fault.path };
}

/** What is wrong with a text that is JSON. */
interface Fault {
  readonly refusal: Refusal;
  readonly offset: number;
  readonly path: JsonPath;
}

/** An object or array that is open. */
interface Level {
  /** The names of an object so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** The name or index of the member that is being read. */
  step: string | number;
}

/** Finds what JSON allows and two readers can understand differently, or too deep a nesting, in text that is JSON. */
function faultIn(text: string): Fault | undefined {
  const open: Level[] = [];
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset] as string;
    const level = open.at(-1);
    if (character === '{') open.push({ names: new Set(), step: '' });
    else if (character === '[') open.push({ names: undefined, step: 0 });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',') {
      if (typeof level?.step === 'number') level.step++;
    } else if (character === '"') {
      const end = endOfString(text, offset);
      const written = text.slice(offset, end);
      const isName = level?.names !== undefined && isBeforeColon(text, end);
      const wrong = faultOfText(written) ?? (isName ? enter(level, JSON.parse(written) as string) : undefined);
      // A name is where its object is.
      if (wrong !== undefined) return { refusal: wrong, offset, path: pathOf(isName ? open.slice(0, -1) : open) };
      offset = end - 1;
    } else if (beginsNumber(character)) {
      const written = numberAt(text, offset);
      if (!isExact(written)) return { refusal: INEXACT, offset, path: pathOf(open) };
      offset += written.length - 1;
    }
    if (open.length > MOST_DEPTH) return { refusal: TOO_DEEP, offset, path: [] };
  }
  return undefined;
}

const INEXACT = refusal('json-number', 'A number that cannot be kept exactly. Send it as text');
const TOO_DEEP = refusal('json-too-deep', `More than ${MOST_DEPTH} levels`);

const pathOf = (levels: readonly Level[]): JsonPath => levels.map(({ step }) => step);

/** Enters a member of an object by its name, or says why the object cannot have it. */
function enter(level: Level, name: string): Refusal | undefined {
  if (level.names?.has(name)) return refusal('json-duplicate-name');
  if (name === '__proto__') return refusal('json-forbidden-name');
  level.names?.add(name);
  level.step = name;
  return undefined;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

const COLON = /\s*:/y;

function isBeforeColon(text: string, offset: number): boolean {
  COLON.lastIndex = offset;
  return COLON.test(text);
}

/** A string without such an escape has no lone surrogate: UTF-8 cannot write one. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

function faultOfText(written: string): Refusal | undefined {
  if (!SURROGATE_ESCAPE.test(written) || (JSON.parse(written) as string).isWellFormed()) return undefined;
  return refusal('json-lone-surrogate');
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const beginsNumber = (character: string): boolean => character === '-' || (character >= '0' && character <= '9');

function numberAt(text: string, offset: number): string {
  NUMBER.lastIndex = offset;
  return NUMBER.exec(text)?.[0] ?? '';
}

/** Whether every reader of JSON makes the same number of it, to the last digit (RFC 8259, section 6; RFC 7493, section 2.2). */
function isExact(written: string): boolean {
  const value = Number(written);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && decimalOf(written) === decimalOf(String(value));
}

/** A number as its digits, without zeros at either end, and the power of ten of the last digit. */
function decimalOf(written: string): string {
  const [, sign, integer = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
  const digits = (integer + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  return short === '' ? '0' : `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}
