/** Compiles a mapping document. Everything that is wrong with it is said at once, by name and line. */
import type { Json } from '../adapter.ts';
import { type CompiledDescription, type CompiledTable, compileDescription } from '../table/description.ts';
import { faultsOf } from '../table/faults.ts';
import type { EventDocument, FieldDocument, MappingDocument, MappingFault } from './document.ts';
import { compileLens, type Lens, type LensSpec, sameJson, strict } from './lenses.ts';
import { readDocument } from './lines.ts';
import { type Steps, stepsOf } from './pointer.ts';

/** What only the gateway knows: the form of documents, and the standards. */
export interface MappingCheck {
  /** What of a document is not of the published schema. */
  form(document: unknown): readonly { readonly at: string; readonly reason: string }[];
  isStandard(name: string): boolean;
  /** Whether data of a standard can have a value at a place. */
  hasPlace(standard: string, pointer: string): boolean;
}

/** One fact, both ways. */
export interface Field {
  /** Places of its columns in the table. None for a constant. */
  readonly columns: readonly number[];
  /** More than one where a text is in parts. */
  readonly to: readonly { readonly pointer: string; readonly steps: Steps }[];
  readonly lens: Lens;
  readonly shape: 'one' | 'list' | 'join' | 'parts' | 'constant';
  readonly separator: string;
  readonly value?: Json;
  readonly refusesEmpty: boolean;
  readonly refusesUnknown: boolean;
}

export interface CompiledEvent {
  readonly table: CompiledTable;
  readonly standard: string;
  readonly caseReference?: Steps;
  readonly marking?: number;
  readonly fields: readonly Field[];
  /** Texts that stand for no value, by column; the first is written. */
  readonly nulls: readonly (readonly string[])[];
  readonly isRequired: readonly boolean[];
  /** Whether a list can be filled from a place behind its first. */
  readonly canHaveGaps: boolean;
  /** Columns that no field reads: they are kept beside the event. */
  readonly kept: readonly number[];
}

export interface CompiledMapping {
  readonly document: MappingDocument;
  readonly description: CompiledDescription;
  readonly events: readonly CompiledEvent[];
}

type Report = (at: string, reason: string) => void;

const TEXT: LensSpec = { as: 'text' };

function compileTo(
  pointers: readonly string[],
  at: string,
  event: EventDocument,
  taken: string[],
  check: MappingCheck,
  report: Report,
): Field['to'] {
  return pointers.flatMap((pointer) => {
    const steps = stepsOf(pointer);
    if (typeof steps === 'string') {
      report(`${at}/to`, steps);
      return [];
    }
    const other = taken.find((one) => one === pointer || one.startsWith(`${pointer}/`) || pointer.startsWith(`${one}/`));
    if (other !== undefined) report(`${at}/to`, `Another field has this place, or one in it: ${other}`);
    taken.push(pointer);
    if (check.isStandard(event.standard) && !check.hasPlace(event.standard, pointer))
      report(`${at}/to`, `The standard ${event.standard} has no place ${pointer}`);
    return [{ pointer, steps }];
  });
}

function compileField(
  field: FieldDocument,
  at: string,
  event: EventDocument,
  table: CompiledTable,
  taken: string[],
  check: MappingCheck,
  report: Report,
): Field {
  const spec = field.lens ?? TEXT;
  const pointers = typeof field.to === 'string' ? [field.to] : field.to;
  const to = compileTo(pointers, at, event, taken, check, report);
  const names = field.columns ?? (field.column === undefined ? [] : [field.column]);
  const columns = names.flatMap((name, n) => {
    const place = table.places.get(name);
    if (place === undefined) report(field.column === undefined ? `${at}/columns/${n}` : `${at}/column`, `The table has no column ${name}`);
    return place === undefined ? [] : [place];
  });
  const lens = compileLens(spec);
  if (typeof lens === 'string') report(`${at}/lens`, lens);
  const isConstant = field.value !== undefined;
  if (isConstant === names.length > 0) report(at, 'A field has a column, or columns, or a value: one of the three');
  if (isConstant && field.lens !== undefined) report(`${at}/lens`, 'A constant has no lens');
  if ((spec.as === 'parts' ? spec.parts.length : 1) !== pointers.length)
    report(`${at}/to`, 'As many places as the lens gives values: one, or one for each part');
  if (spec.as === 'join' && field.columns === undefined) report(`${at}/lens`, 'join puts several columns together: name them in columns');
  const shape = isConstant
    ? 'constant'
    : spec.as === 'parts'
      ? 'parts'
      : spec.as === 'join'
        ? 'join'
        : field.columns === undefined
          ? 'one'
          : 'list';
  if (shape === 'parts' && field.columns !== undefined) report(`${at}/columns`, 'A text in parts comes from one column');
  return {
    ...{ columns, to, shape, separator: spec.as === 'join' ? spec.separator : '' },
    lens: strict(typeof lens === 'string' ? { read: () => undefined, write: () => undefined } : lens),
    ...(field.value === undefined ? {} : { value: field.value }),
    refusesEmpty: field.empty === 'refuse',
    refusesUnknown: spec.as === 'code' && spec.unknown === 'refuse',
  };
}

const nullsOf = (given: string | readonly string[] | undefined): readonly string[] =>
  given === undefined ? [''] : typeof given === 'string' ? [given] : given;

function compileEvent(event: EventDocument, at: string, table: CompiledTable, check: MappingCheck, report: Report): CompiledEvent {
  const taken: string[] = [];
  if (!check.isStandard(event.standard)) report(`${at}/standard`, 'No published standard has this name');
  const fields = event.fields.map((field, n) => compileField(field, `${at}/fields/${n}`, event, table, taken, check, report));
  const reference = event.caseReference === undefined ? undefined : stepsOf(event.caseReference);
  if (typeof reference === 'string') report(`${at}/caseReference`, reference);
  else if (reference !== undefined && !taken.includes(event.caseReference as string))
    report(`${at}/caseReference`, 'No field has this place');
  const marking = event.marking === undefined ? undefined : table.places.get(event.marking);
  if (event.marking !== undefined && marking === undefined) report(`${at}/marking`, `The table has no column ${event.marking}`);
  const uses = fields.flatMap(({ columns }) => columns);
  for (const [n, { columns }] of fields.entries())
    if (columns.some((column) => fields.slice(0, n).some((other) => other.columns.includes(column))))
      report(`${at}/fields/${n}`, 'Another field has this column: neither could be written back');
  const known = table.when === undefined ? undefined : table.places.get(table.when.column);
  return {
    ...{ table, standard: event.standard, fields },
    ...(typeof reference === 'object' ? { caseReference: reference } : {}),
    ...(marking === undefined ? {} : { marking }),
    nulls: table.columns.map((column) => nullsOf(column.null)),
    canHaveGaps: fields.some(({ to }) => to.some(({ steps }) => steps.some((step) => typeof step === 'number' && step > 0))),
    isRequired: table.columns.map(({ required = false }) => required),
    kept: table.columns.map((_, place) => place).filter((place) => !uses.includes(place) && place !== known),
  };
}

/** Columns with a value for each row that no standard type can name: two tables give events of one standard only where their constants tell them apart. */
function tellApart(events: readonly CompiledEvent[], report: Report): void {
  for (const [n, one] of events.entries())
    for (const other of events.slice(0, n)) {
      if (one.standard !== other.standard) continue;
      const differs = one.fields.some(
        ({ value, to: [place] }) =>
          value !== undefined &&
          other.fields.some(
            (field) => field.value !== undefined && field.to[0]?.pointer === place?.pointer && !sameJson(field.value, value),
          ),
      );
      if (!differs)
        report(
          `/events/${n}/standard`,
          'Two tables give events of this standard, and no constant tells them apart when they are written back',
        );
    }
}

/** Compiles the text of a document, or says everything that is wrong with it. */
export function compileMapping(text: string, check: MappingCheck): CompiledMapping | readonly MappingFault[] {
  const read = readDocument(text);
  if (!('value' in read)) return read;
  const faults: MappingFault[] = [];
  const report: Report = (at, reason) => faults.push({ at, line: read.lineOf(at), reason });
  for (const { at, reason } of check.form(read.value)) report(at, reason);
  // What does not have the form cannot be looked at further.
  if (faults.length > 0) return inOrder(faults);
  const document = read.value as MappingDocument;
  const wrong = faultsOf(document.source);
  for (const { at, reason } of wrong) report(`/source${at}`, reason);
  const description = compileDescription(document.source);
  const events = document.events.flatMap((event, n) => {
    const at = `/events/${n}`;
    const table = description.rows.find(({ name }) => event.table === undefined || name === event.table);
    if (event.table === undefined && description.rows.length > 1) report(at, 'Say which table of the source the event is of');
    else if (table === undefined) report(`${at}/table`, 'The source has no table of rows with this name');
    return table === undefined ? [] : [compileEvent(event, at, table, check, report)];
  });
  for (const table of description.rows) {
    const own = events.filter((event) => event.table === table).length;
    if (own !== 1)
      report('/events', `The table ${table.name} ${own === 0 ? 'has no event: what it holds would be lost' : 'has two events'}`);
  }
  tellApart(events, report);
  return faults.length > 0 ? inOrder(faults) : { document, description, events };
}

const inOrder = (faults: readonly MappingFault[]): readonly MappingFault[] => {
  const seen = new Set<string>();
  return faults.filter(({ at, reason }) => !seen.has(`${at} ${reason}`) && seen.add(`${at} ${reason}`)).toSorted((a, b) => a.line - b.line);
};
