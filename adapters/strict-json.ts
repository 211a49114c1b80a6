/** JSON as a boundary must read it: one meaning only. Two readers would make two values of duplicate names (T05), numbers beyond 2^53 and lone surrogates. */
import type { Json, Refusal } from './adapter.ts';
import { lineAt } from './line-at.ts';

const MOST_DEPTH = 100;

const refuse = (code: string, reason: string, line?: number): Refusal => ({ code, reason, ...(line === undefined ? {} : { line }) });

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

const IS_NAME = /\s*:/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A string without such an escape has no lone surrogate: UTF-8 cannot write one. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** A number as its digits, without zeros at either end, and the power of ten of the last digit. */
function decimalOf(written: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  return short === '' ? '0' : `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}

/** Whether every reader of JSON makes the same number of it, to the last digit (RFC 8259, section 6; RFC 7493, section 2.2). */
function isExact(written: string): boolean {
  const value = Number(written);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && decimalOf(written) === decimalOf(String(value));
}

/** Names and array indexes from the root to a place in a JSON document. */
export type JsonPath = readonly (string | number)[];

interface Fault {
  readonly refusal: Refusal;
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
function fault(text: string): Fault | undefined {
  const open: Level[] = [];
  const found = (code: string, reason: string, at: number, levels: readonly Level[]): Fault => ({
    refusal: refuse(code, reason, lineAt(text, at)),
    path: levels.map(({ step }) => step),
  });
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const level = open[open.length - 1];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? { names: new Set(), step: '' } : { names: undefined, step: 0 });
      if (open.length > MOST_DEPTH) return found('json-too-deep', `More than ${MOST_DEPTH} levels`, at, []);
    } else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && typeof level?.step === 'number') level.step++;
    else if (character === '"') {
      const end = endOfString(text, at);
      IS_NAME.lastIndex = end;
      const isName = level?.names !== undefined && IS_NAME.test(text);
      const written = text.slice(at, end);
      if (SURROGATE_ESCAPE.test(written) && !(JSON.parse(written) as string).isWellFormed())
        return found(
          'json-lone-surrogate',
          'A text or name holds half of a character (a lone surrogate)',
          at,
          isName ? open.slice(0, -1) : open,
        );
      if (isName) {
        const name = JSON.parse(written) as string;
        if (level.names?.has(name)) return found('json-duplicate-name', 'A name stands twice in one object', at, open.slice(0, -1));
        if (name === '__proto__') return found('json-forbidden-name', 'A name that no standard has', at, open.slice(0, -1));
        level.names?.add(name);
        level.step = name;
      }
      at = end - 1;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = at;
      const written = NUMBER.exec(text)?.[0] ?? character;
      if (!isExact(written)) return found('json-number', 'A number that cannot be kept exactly. Send it as text', at, open);
      at += written.length - 1;
    }
  }
  return undefined;
}

export type Parsed =
  | { readonly ok: true; readonly value: Json }
  /** `path` can hold names that the sender chose: show only what is known of it. */
  | { readonly ok: false; readonly refusal: Refusal; readonly path?: JsonPath };

/** Parses JSON text, or says why it cannot be trusted. The reason never quotes the text. */
export function parseStrict(text: string): Parsed {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const place = /position (\d+)/.exec((error as Error).message)?.[1];
    return {
      ok: false,
      refusal: refuse('json-malformed', 'The text is not JSON', place === undefined ? undefined : lineAt(text, Number(place))),
    };
  }
  const found = fault(text);
  return found === undefined ? { ok: true, value } : { ok: false, ...found };
}
