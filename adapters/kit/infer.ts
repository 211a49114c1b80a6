/** Proposes a mapping of a sample, and says what it could not decide. A proposal: somebody who knows the format reads it. */
import type { FieldDocument, MappingDocument } from '../mapping/document.ts';
import type { LensSpec } from '../mapping/lenses.ts';
import { decodeTableText } from '../table/charsets.ts';
import { scanDelimited } from '../table/delimited.ts';
import { type Column, compileDescription, type Dialect, TABLE_LIMITS, type TableDescription } from '../table/description.ts';
import { inferFixed } from './infer-fixed.ts';
import { nestedSample } from './nested-sample.ts';
import { KNOWN_PLACES, PERSONAL, wordsOf } from './places.ts';
import { DECIDE_MARKINGS, type Proposal } from './proposal.ts';
import { lensOf } from './sample-lens.ts';

const LOOKED_AT = 1000;
const NULLS = ['N/K', 'NK', 'UNKNOWN', 'N/A', 'NULL', '-'];
function textOf(sample: Uint8Array): { readonly text: string; readonly encoding: string } | undefined {
  for (const encoding of ['utf-8', 'utf-16le', 'windows-1252']) {
    const decoded = decodeTableText(sample, encoding);
    if (decoded.ok) return { text: decoded.value.text, encoding };
  }
  return undefined;
}

type Records = readonly (readonly string[])[];

function recordsIn(text: string, dialect: Dialect): Records {
  const { dialect: compiled } = compileDescription({ dialect, tableSchema: { columns: [] } });
  const records: (readonly string[])[] = [];
  for (const { fields, fault } of scanDelimited(text, compiled, TABLE_LIMITS)) {
    if (fault === undefined && !(fields.length === 1 && fields[0]?.trim() === '')) records.push(fields);
    if (records.length === LOOKED_AT) break;
  }
  return records;
}

/** The delimiter that gives the most records the same number of fields, at least two. */
function delimiterOf(
  text: string,
  lineTerminators: readonly string[],
): { readonly delimiter: string; readonly records: Records } | undefined {
  const tried = [',', '\t', ';', '|'].map((delimiter) => {
    const records = recordsIn(text, { delimiter, lineTerminators });
    const width = records[0]?.length ?? 0;
    return {
      delimiter,
      records,
      width,
      share: width < 2 ? 0 : records.filter((fields) => fields.length === width).length / records.length,
    };
  });
  const [best] = tried.toSorted((a, b) => b.share - a.share || b.width - a.width);
  return best === undefined || best.share < 0.8 ? undefined : best;
}

const columnName = (title: string, taken: Set<string>): string => {
  const words = wordsOf(title).replaceAll(/[ +]+/g, '_');
  const base = /^[a-z]/.test(words) ? words.slice(0, 60) : `column_${words}`.slice(0, 60);
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
  taken.add(name);
  return name;
};

const placeOf = (standard: string, title: string): string | undefined =>
  KNOWN_PLACES[standard]?.find(({ names }) => names.test(wordsOf(title)))?.at;

/** The standard that has places for the most columns. */
const standardOf = (titles: readonly string[]): string =>
  Object.keys(KNOWN_PLACES).toSorted((a, b) => count(b, titles) - count(a, titles))[0] as string;
const count = (standard: string, titles: readonly string[]): number =>
  titles.filter((title) => placeOf(standard, title) !== undefined).length;

/** The lens for a place: names are lists, codes are texts, and only a boolean place has a boolean lens. */
function fieldOf(column: string, at: string, lens: LensSpec | undefined): FieldDocument {
  if (at.endsWith('/givenNames')) return { column, to: at, lens: { as: 'list', separator: ' ' } };
  const isTruth = at.endsWith('/outcomeLinked');
  const isDate = /\/(?:date|dateOfBirth|chargeDate|arrestDate)$/.test(at);
  const isTime = at.endsWith('/time');
  // People share mappings, so a mapping may contain only codes of the sample, and no other values.
  if (lens?.as === 'code' && !/\/(?:gender|outcome|power|object|observed|selfDefined)$/.test(at)) return { column, to: at };
  const takes =
    lens !== undefined && (lens.as === 'boolean') === isTruth && (lens.as === 'date') === isDate && (lens.as === 'time') === isTime;
  return takes ? { column, to: at, lens } : { column, to: at };
}

/** A column of a sample: its description, its title, and its values. */
interface SampleColumn {
  readonly title: string;
  readonly column: Omit<Column, 'name'>;
  readonly values: readonly string[];
}

interface ReadSample {
  readonly source: Omit<TableDescription, 'tableSchema'>;
  readonly columns: readonly SampleColumn[];
  readonly note?: string;
}

/** The table in a sample of delimited text, or the reason why there is none. */
function delimitedSample(text: string, encoding: string): ReadSample | string {
  const lineTerminators = text.includes('\r\n') ? ['\r\n', '\n'] : ['\n', '\r\n'];
  const found = delimiterOf(text, lineTerminators);
  if (found === undefined)
    return 'No delimiter gives every record the same number of fields, and no position is blank in all of them. For fixed width, begin with "adapters new", and give each column start and length';
  const { delimiter, records } = found;
  const [titles = [], ...rows] = records;
  const isTitled =
    new Set(titles).size === titles.length && titles.every((title) => /^[^\d]/.test(title.trim()) && !/^\d+[/.-]/.test(title));
  if (!isTitled)
    return 'The first line does not hold the titles of the columns: put one in front of the sample, or begin with "adapters new"';
  const isQuoted =
    text.trimStart().startsWith('"') && !new RegExp(`(?:^|${delimiter === '|' ? '\\|' : delimiter})[^"${delimiter}\\r\\n]`, 'm').test(text);
  const isBeyondAscii = encoding === 'windows-1252' && /[^\0-\x7f]/.test(text);
  return {
    source: {
      dialect: {
        ...(encoding === 'utf-8' ? {} : { encoding }),
        delimiter,
        header: true,
        lineTerminators,
        ...(isQuoted ? { quoting: 'all' as const } : {}),
      },
    },
    columns: titles.map((title, place) => ({ title, column: { titles: title }, values: rows.map((fields) => fields[place] ?? '') })),
    ...(isBeyondAscii
      ? { note: 'The charset is not UTF-8: windows-1252 is proposed. Other charsets of one byte cannot be told from it.' }
      : {}),
  };
}

/** Proposes a mapping, or returns the reason why it cannot. */
export function infer(
  sample: Uint8Array,
  { id, standard: wanted }: { readonly id: string; readonly standard?: string },
): Proposal | string {
  const decoded = textOf(sample);
  if (decoded === undefined) return 'The sample is in no charset that can be told: say which in dialect.encoding';
  const read: ReadSample | string = nestedSample(decoded.text) ?? delimitedSample(decoded.text, decoded.encoding);
  if (typeof read === 'string')
    return inferFixed(decoded.text, decoded.encoding, { id, standard: wanted ?? (Object.keys(KNOWN_PLACES)[0] as string) }) ?? read;
  const undecided: string[] = [];
  const note = (sentence: string): void => void undecided.push(sentence);
  if (read.note !== undefined) note(read.note);
  const standard = wanted ?? standardOf(read.columns.map(({ title }) => title));
  const names = new Set<string>();
  const places = new Map<string, string>();
  const columns: Column[] = [];
  const fields: FieldDocument[] = [];
  for (const { title: called, column, values: given } of read.columns) {
    const title = column.path ?? called;
    const all = given.map((text) => text.trim());
    const nulls = NULLS.filter((known) => all.includes(known));
    const values = all.filter((value) => value !== '' && !nulls.includes(value));
    const name = columnName(title, names);
    columns.push({ name, ...column, ...(nulls.length === 0 ? {} : { null: ['', ...nulls] }) });
    if (nulls.length > 0) note(`${title}: ${nulls.join(', ')} are taken for no value.`);
    const at = placeOf(standard, called);
    if (at === undefined || places.has(at)) {
      const other = at === undefined ? undefined : places.get(at);
      note(
        other === undefined
          ? `${title}: no place in ${standard} is known by this name. It is kept beside the event.`
          : `${title}: its place is taken by ${other}. It is kept beside the event.`,
      );
      continue;
    }
    places.set(at, title);
    const field = fieldOf(name, at, lensOf(title, values, note));
    fields.push(field);
    if (field.lens?.as === 'code')
      note(`${title}: say in codes what each of its ${Object.keys(field.lens.codes).length} codes is in the standard.`);
    if (/\/(?:date|dateOfBirth)$/.test(at) && field.lens === undefined) note(`${title}: the values are not all dates of one format.`);
  }
  if (standard === 'person.stopped') {
    fields.unshift({ to: '/stop/kind', value: 'person-search' });
    note('The standard needs /stop/kind: person-search is proposed for every record.');
  }
  if (!columns.some(({ name }) => name === 'urn') && standard === 'case.registered')
    note('No column is known as the case reference: name it in caseReference.');
  note(DECIDE_MARKINGS);
  const mapping: MappingDocument = {
    id,
    title: `${id} (proposed from a sample)`,
    version: '0.1.0',
    source: { '@context': 'http://www.w3.org/ns/csvw', ...read.source, tableSchema: { columns } },
    events: [{ standard, ...(places.has('/case/urn') ? { caseReference: '/case/urn' } : {}), fields }],
  };
  const personal = read.columns.flatMap(({ title, column }) => (PERSONAL.test(wordsOf(title)) ? [column.path ?? title] : []));
  return { mapping, undecided, personal };
}
