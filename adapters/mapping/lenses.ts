/**
 * Lenses convert between the text of a column and a value. The set is closed. `read` returns the same value for every text that `write`
 * returns, which is the normal form. Text in another form is kept exactly, in addition to the event.
 */
import type { Json } from '../adapter.ts';
import { type Reading, readAsn, readCourtReference, readCroNumber, readPncId } from '../identifiers.ts';
import { compileDate } from './dates.ts';

export type LensSpec =
  | { readonly as: 'text' }
  | { readonly as: 'padded'; readonly with: string; readonly length: number }
  | { readonly as: 'date' | 'time' | 'dateTime'; readonly format: string }
  | { readonly as: 'integer' | 'decimal' }
  | { readonly as: 'boolean'; readonly true: string; readonly false: string }
  | { readonly as: 'code'; readonly codes: Readonly<Record<string, string>>; readonly unknown?: 'keep' | 'leave-out' | 'refuse' }
  | { readonly as: 'identifier'; readonly kind: 'pnc' | 'cro' | 'asn' | 'court-reference' }
  | { readonly as: 'list'; readonly separator: string; readonly of?: LensSpec }
  | { readonly as: 'parts'; readonly separator: string; readonly parts: readonly LensSpec[] }
  | { readonly as: 'join'; readonly separator: string };

/** A column and a value. */
export interface Lens {
  /** Undefined where the text has another form. The text is trimmed and not empty. */
  read(text: string): Json | undefined;
  /** Undefined where the column cannot hold the value. */
  write(value: Json): string | undefined;
}

const TEXT: Lens = {
  read: (text) => text,
  write: (value) => (typeof value === 'string' && value !== '' && value.trim() === value ? value : undefined),
};

/** Numbers that JavaScript writes in the same way, without rounding. */
const numberLens = (pattern: RegExp): Lens => ({
  read: (text) => {
    const number = Number(text);
    return pattern.test(text) && Number.isFinite(number) && (Number.isSafeInteger(number) || !Number.isInteger(number))
      ? number
      : undefined;
  },
  write: (value) => {
    const text = typeof value === 'number' && !Object.is(value, -0) ? String(value) : '';
    return pattern.test(text) ? text : undefined;
  },
});

const INTEGER = numberLens(/^-?\d{1,15}$/);
const DECIMAL = numberLens(/^-?\d{1,15}(?:\.\d{1,10})?$/);

const padded = (fill: string, length: number): Lens => ({
  read: (text) => {
    let from = 0;
    while (from < text.length - 1 && text[from] === fill) from++;
    return text.slice(from);
  },
  write: (value) => (typeof value === 'string' && value !== '' && value.length <= length ? value.padStart(length, fill) : undefined),
});

const booleanLens = (yes: string, no: string): Lens => ({
  read: (text) => (text === yes ? true : text === no ? false : undefined),
  write: (value) => (value === true ? yes : value === false ? no : undefined),
});

function codeLens(codes: Readonly<Record<string, string>>, unknown: string): Lens {
  const to = new Map(Object.entries(codes));
  // Write the first of several codes with the same meaning.
  const from = new Map([...to].reverse().map(([code, meaning]) => [meaning, code]));
  const isKept = (text: string): boolean => unknown === 'keep' && !to.has(text) && !from.has(text);
  return {
    read: (text) => to.get(text) ?? (isKept(text) ? text : undefined),
    write: (value) => (typeof value !== 'string' ? undefined : (from.get(value) ?? (isKept(value) && value !== '' ? value : undefined))),
  };
}

const IDENTIFIERS: Readonly<Record<string, (value: string) => Reading>> = {
  pnc: readPncId,
  cro: readCroNumber,
  asn: readAsn,
  'court-reference': readCourtReference,
};

/** Uses the standard form where the check letter is correct. With a wrong letter the value is unchanged, and the gateway reports a quality issue. */
function identifierLens(kind: string): Lens {
  const reading = IDENTIFIERS[kind] as (value: string) => Reading;
  const standard = (text: string): string => {
    const { valid, canonical } = reading(text);
    return valid && canonical !== undefined ? canonical : text;
  };
  return { read: standard, write: (value) => (typeof value === 'string' && value !== '' && standard(value) === value ? value : undefined) };
}

const listLens = (separator: string, of: Lens): Lens => ({
  read: (text) => {
    const parts = text.split(separator).map((part) => part.trim());
    if (parts.includes('')) return undefined;
    const values = parts.map((part) => of.read(part));
    return values.includes(undefined) ? undefined : (values as Json[]);
  },
  write: (value) => {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const texts = value.map((item: Json) => of.write(item));
    return texts.some((text) => text === undefined || text.includes(separator)) ? undefined : texts.join(separator);
  },
});

/** One text for several places: a list of values, with null for an absent part. */
const partsLens = (separator: string, parts: readonly Lens[]): Lens => ({
  read: (text) => {
    const found = text.split(separator);
    if (found.length > parts.length) return undefined;
    const values = parts.map((part, n) => {
      const partText = found[n]?.trim() ?? '';
      return partText === '' ? null : part.read(partText);
    });
    return values.includes(undefined) ? undefined : (values as Json[]);
  },
  write: (value) => {
    if (!Array.isArray(value) || value.length !== parts.length) return undefined;
    const texts = value.map((item: Json, n) => (item === null ? '' : (parts[n] as Lens).write(item)));
    if (texts.some((text) => text === undefined || text.includes(separator))) return undefined;
    while (texts.at(-1) === '') texts.pop();
    return texts.join(separator);
  },
});

/** Compiles a lens, or returns its faults. The specification is already valid against the schema. */
export function compileLens(spec: LensSpec): Lens | string {
  switch (spec.as) {
    case 'text':
    case 'join':
      return TEXT;
    case 'padded':
      return padded(spec.with, spec.length);
    case 'date':
    case 'time':
    case 'dateTime': {
      const format = compileDate(spec.as, spec.format);
      if (typeof format === 'string') return format;
      return { read: format.read, write: (value) => (typeof value === 'string' ? format.write(value) : undefined) };
    }
    case 'integer':
      return INTEGER;
    case 'decimal':
      return DECIMAL;
    case 'boolean':
      return spec.true === spec.false ? 'The two texts are the same' : booleanLens(spec.true, spec.false);
    case 'code':
      return codeLens(spec.codes, spec.unknown ?? 'leave-out');
    case 'identifier':
      return identifierLens(spec.kind);
    case 'list': {
      const of = compileLens(spec.of ?? { as: 'text' });
      return typeof of === 'string' ? of : listLens(spec.separator, of);
    }
    case 'parts': {
      const parts = spec.parts.map(compileLens);
      const wrong = parts.find((part) => typeof part === 'string');
      return typeof wrong === 'string' ? wrong : partsLens(spec.separator, parts as readonly Lens[]);
    }
  }
}

/** A lens that writes a value only where `read` returns the same value. */
export const strict = (lens: Lens): Lens => ({
  read: lens.read,
  write: (value) => {
    const text = lens.write(value);
    return text !== undefined && text.trim() === text && sameJson(lens.read(text), value) ? text : undefined;
  },
});

/** Whether two values are the same. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson((a as Record<string, Json>)[name], (b as Record<string, Json>)[name]))
  );
}
