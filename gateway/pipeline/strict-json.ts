/** JSON as a boundary must read it: one meaning only. Duplicate names are refused, since two readers would see two values (T05). */
import type { Json, Refusal } from '../../adapters/adapter.ts';

const MOST_DEPTH = 100;

const refuse = (code: string, reason: string, line?: number): Refusal => ({ code, reason, ...(line === undefined ? {} : { line }) });

/** The line of a place in a text, from 1. */
const lineAt = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

const IS_NAME = /\s*:/y;

/** Finds a duplicate or dangerous name, or too deep a nesting, in text that is JSON. */
function fault(text: string): Refusal | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > MOST_DEPTH) return refuse('json-too-deep', `More than ${MOST_DEPTH} levels`, lineAt(text, at));
    } else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      const names = open[open.length - 1];
      IS_NAME.lastIndex = end;
      if (names !== undefined && IS_NAME.test(text)) {
        const name = JSON.parse(text.slice(at, end)) as string;
        if (names.has(name)) return refuse('json-duplicate-name', 'A name stands twice in one object', lineAt(text, at));
        if (name === '__proto__') return refuse('json-forbidden-name', 'A name that no standard has', lineAt(text, at));
        names.add(name);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Parses JSON text, or says why it cannot be trusted. The reason never quotes the text. */
export function parseStrict(text: string): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly refusal: Refusal } {
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
  return found === undefined ? { ok: true, value } : { ok: false, refusal: found };
}
