/** Finds the records of a JSON document by the pointer to their list. Reads the complete document strictly first. */
import { escapeStep, parseStrict } from '../json.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { failure, mapRefusals, type Result, success } from '../result.ts';
import type { TableLimits } from '../table/description.ts';
import type { RecordContext } from '../table/read.ts';
import { fault, type ScanFault } from '../table/scan.ts';
import type { CompiledRecords } from './description.ts';
import { keyOf, type PathNode } from './paths.ts';
import { type FoundRecord, MOST_OUTSIDE, type ScannedRecords } from './scan.ts';

/** A value in a text that is JSON, by its offsets. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  readonly name: string;
}

const SPACE = /[\t\n\r ]*/y;
const WORD = /[^\t\n\r ,\]}]+/y;
/** The characters that change the depth or the state inside an object or list. */
const MARK = /["{}[\]]/g;

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    WORD.lastIndex = start;
    WORD.test(text);
    return WORD.lastIndex;
  }
  let depth = 0;
  MARK.lastIndex = start;
  for (let found = MARK.exec(text); found !== null; found = MARK.exec(text)) {
    const [mark] = found;
    if (mark === '"') MARK.lastIndex = endOfString(text, found.index);
    else if (mark === '{' || mark === '[') depth++;
    else if (--depth === 0) return found.index + 1;
  }
  return text.length;
}

/** The entries of the list, or the members of the object, at a place. */
function* entriesOf(text: string, start: number): Generator<Member> {
  const isObject = text[start] === '{';
  let at = skip(text, start + 1);
  while (text[at] !== '}' && text[at] !== ']') {
    let name = '';
    if (isObject) {
      const end = endOfString(text, at);
      name = JSON.parse(text.slice(at, end)) as string;
      at = skip(text, skip(text, end) + 1);
    }
    const end = endOfValue(text, at);
    yield { name, start: at, end };
    at = skip(text, end);
    if (text[at] === ',') at = skip(text, at + 1);
  }
}

const NOT_THIS = 'The value is not an object, a list or a single value, as the format has it here';

/** The text of a single value. A number keeps its spelling. */
const textOf = (written: string): string => (written.startsWith('"') ? (JSON.parse(written) as string) : written === 'null' ? '' : written);

/** Takes the values of one record. */
class RecordReader {
  readonly values: string[];
  readonly extra = new Map<string, string>();
  readonly starts: number[] = [];
  fault: ScanFault | undefined;
  readonly #text: string;
  readonly #start: number;
  readonly #limits: TableLimits;

  constructor(text: string, { table, root }: CompiledRecords, limits: TableLimits, record: Span) {
    this.#text = text;
    this.#start = record.start;
    this.#limits = limits;
    this.values = table.columns.map(() => '');
    if (record.end - record.start > limits.recordLength) this.fault = fault('record-too-long', 'The record is too long', 0);
    else if (text[record.start] !== '{') this.fault = fault('wrong-kind', NOT_THIS, 0);
    else this.#read(root, record, '');
  }

  #read(node: PathNode, { start, end }: Span, path: string): void {
    const first = this.#text[start];
    const written = (): string => this.#text.slice(start, end);
    if (node.column !== undefined) {
      this.starts[node.column] = start - this.#start;
      if (first === '{' || first === '[') this.#wrong(start);
      else this.values[node.column] = textOf(written());
      return;
    }
    const isList = node.children[0]?.kind === 'entry';
    if (first !== (isList ? '[' : '{')) {
      if (written() !== 'null') this.#wrong(start);
      return;
    }
    let place = 0;
    for (const entry of entriesOf(this.#text, start)) {
      const child = node.byKey.get(isList ? keyOf('entry', '', place) : entry.name);
      const childPath = `${path}/${isList ? place : escapeStep(entry.name)}`;
      place++;
      if (child === undefined) this.#beyond(childPath, textOf(this.#text.slice(entry.start, entry.end)));
      else this.#read(child, entry, childPath);
    }
  }

  #beyond(path: string, text: string): void {
    if (this.extra.size >= this.#limits.columns) this.fault ??= fault('too-many-columns', 'The record holds too many values', 0);
    else this.extra.set(path, text);
  }

  #wrong(start: number): void {
    this.fault ??= fault('wrong-kind', NOT_THIS, start - this.#start);
  }
}

/** The text around a record that is a separate document. */
export const contextOfJson = ({ steps }: CompiledRecords): RecordContext => ({
  before: `${steps.map((step) => `{${JSON.stringify(step)}:`).join('')}[`,
  after: `]${'}'.repeat(steps.length)}`,
});

const NO_LIST = refusal('wrong-format', 'The message has no list of records of the format');

/** The records of a document, or the reason why it does not have the format. */
export function scanJsonRecords(text: string, source: CompiledRecords, limits: TableLimits, tooMany: Refusal): Result<ScannedRecords> {
  const parsed = parseStrict(text);
  if (!parsed.ok) return mapRefusals(parsed, (inside) => ({ line: 1, ...inside }));
  const outside: string[] = [];
  let at = skip(text, 0);
  let path = '';
  for (const step of source.steps) {
    if (text[at] !== '{') return failure({ ...NO_LIST, line: 1 });
    let next: number | undefined;
    for (const member of entriesOf(text, at)) {
      if (member.name === step) next = member.start;
      else if (outside.length < MOST_OUTSIDE) outside.push(`${path}/${escapeStep(member.name)}`);
    }
    if (next === undefined) return failure({ ...NO_LIST, line: 1 });
    at = next;
    path += `/${escapeStep(step)}`;
  }
  if (text[at] !== '[') return failure({ ...NO_LIST, line: 1 });
  const context = contextOfJson(source);
  const records: FoundRecord[] = [];
  for (const record of entriesOf(text, at)) {
    if (records.length === limits.rows) return failure({ ...tooMany, line: 1 });
    const { values, extra, fault: wrong, starts } = new RecordReader(text, source, limits, record);
    records.push({
      start: record.start,
      end: record.end,
      values,
      extra,
      context,
      ...(wrong === undefined ? {} : { fault: wrong }),
      startOf: (column) => starts[column] ?? 0,
    });
  }
  return success({ records, outside });
}
