/** Proposes a mapping of a sample of fixed width. Its columns have no names: what they say, a person decides. */
import type { MappingDocument } from '../mapping/document.ts';
import type { LensSpec } from '../mapping/lenses.ts';
import { type FixedKind, fixedSample, KIND } from './fixed-sample.ts';
import { DECIDE_MARKINGS, type Proposal } from './proposal.ts';
import { lensOf } from './sample-lens.ts';

/** With fewer records of a kind, a blank position can be chance. */
const FEW = 20;

const describe = (lens: LensSpec | undefined): string => {
  if (lens === undefined) return 'text';
  if (lens.as === 'date' || lens.as === 'time') return `a ${lens.as}, ${lens.format}`;
  if (lens.as === 'identifier') return `an identifier, ${lens.kind.toUpperCase()}`;
  return lens.as === 'boolean' ? `a truth value, ${lens.true} or ${lens.false}` : 'one of few codes';
};

const nameOf = ({ role, known = 'row' }: FixedKind): string =>
  role === 'row' ? `row_${known.toLowerCase()}`.replace('row_row', 'row') : role;

/** What a person must decide of a kind of record. No value stands in it. */
function undecidedOf(kind: FixedKind): readonly string[] {
  const name = nameOf(kind);
  const notes: string[] = [];
  if (kind.count < FEW && kind.columns.length > (kind.known === undefined ? 1 : 2))
    notes.push(
      `${name}: the sample has ${kind.count} ${kind.count === 1 ? 'record' : 'records'} of it. A position that is blank in all of them can be in the middle of a value: compare with the description of the format.`,
    );
  for (const { column, values } of kind.columns) {
    if (column.name === KIND) continue;
    const filled = values.filter((value) => value !== '');
    const place = `${name}, ${column.name} (${column.start} to ${column.start + column.length - 1})`;
    const lens = lensOf(place, filled, (note) => void notes.push(note));
    const isTotal = kind.totals.some((total) => total.column === column.name);
    if (isTotal) notes.push(`${place}: a number that agrees with the records of the sample is taken for their count.`);
    else if (kind.role === 'row') notes.push(`${place}: ${describe(lens)}. Give it a name, and a place in fields.`);
    if (!isTotal && lens === undefined && filled.length > 0 && filled.every((value) => /^\d{9,}$/.test(value)))
      notes.push(`${place}: a run of digits can be several columns without a blank between them.`);
  }
  return notes;
}

/** Proposes a mapping, or nothing where the text does not look like fixed width. */
export function inferFixed(
  text: string,
  encoding: string,
  { id, standard }: { readonly id: string; readonly standard: string },
): Proposal | undefined {
  const lineTerminators = text.includes('\r\n') ? ['\r\n', '\n'] : ['\n', '\r\n'];
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const sample = fixedSample(lines);
  if (sample === undefined) return undefined;
  const { kinds, isFilledUp } = sample;
  const tables = kinds.map((kind) => ({
    name: nameOf(kind),
    ...(kind.role === 'row' ? {} : { role: kind.role }),
    ...(kind.known === undefined ? {} : { when: { column: KIND, equals: kind.known } }),
    ...(kind.totals.length === 0 ? {} : { totals: kind.totals.map(withTypes) }),
    tableSchema: { columns: kind.columns.map(({ column }) => column) },
  }));
  const rows = kinds.filter(({ role }) => role === 'row');
  const trailer = kinds.find(({ role }) => role === 'trailer');
  const header = kinds.find(({ role }) => role === 'header');
  const mapping: MappingDocument = {
    id,
    title: `${id} (proposed from a sample)`,
    version: '0.1.0',
    source: {
      '@context': 'http://www.w3.org/ns/csvw',
      dialect: { ...(encoding === 'utf-8' ? {} : { encoding }), lineTerminators },
      tables,
    },
    events: rows.map((kind) => ({ table: nameOf(kind), standard, fields: [] })),
  };
  const undecided = [
    'The columns are taken from positions that are blank in all records of a kind: two columns without a blank between them are one.',
    `standard: ${standard} is proposed. No name of a column says what the records are.`,
    ...(kinds.some(({ known }) => known !== undefined)
      ? ['Kinds of records are told by their first characters, and the first and last record by being the only ones of theirs: check both.']
      : []),
    ...(rows.length === 1
      ? []
      : ['Several kinds of rows: say in items which lists of an event a kind gives, or give each kind a standard of its own.']),
    ...(header === undefined && trailer === undefined ? ['No header and no trailer were found.'] : []),
    ...(header === undefined
      ? ['begins: nothing in the first record says which format this is. Say what every file begins with, or senders name the adapter.']
      : ['begins: a file is known by the first characters of its header alone. Say more of what every file begins with.']),
    ...(isFilledUp ? [] : ['The records have several lengths: the last column can be longer than in the sample.']),
    ...kinds.flatMap(undecidedOf),
    DECIDE_MARKINGS,
  ];
  return { mapping, undecided, personal: [] };
}

/** A total names its tables. */
const withTypes = (total: FixedKind['totals'][number]): FixedKind['totals'][number] =>
  total.types === undefined ? total : { ...total, types: total.types.map((known) => `row_${known.toLowerCase()}`) };
