/** Compiles a mapping document. Everything that is wrong with it is said at once, by name and line. */
import type { Json } from '../adapter.ts';
import { type CompiledSource, compileSource, recordFaults } from '../record/description.ts';
import type { CompiledTable } from '../table/description.ts';
import { faultsOf } from '../table/faults.ts';
import type { EventDocument, FieldDocument, ItemsDocument, MappingDocument, MappingFault } from './document.ts';
import { compileLens, type Lens, type LensSpec, sameJson, strict } from './lenses.ts';
import { readDocument } from './lines.ts';
import { type Steps, stepsOf } from './pointer.ts';
import { readerOf, type TextReading } from './reading.ts';

/** What only the gateway knows: the form of documents, and the standards. */
export interface MappingCheck {
  /** What of a document is not of the published schema. */
  form(document: unknown): readonly { readonly at: string; readonly reason: string }[];
  isStandard(name: string): boolean;
  /** Whether data of a standard can have a value at a place. */
  hasPlace(standard: string, pointer: string): boolean;
}

/** A place in the data of an event: the object or list that it is in, by its place among the nodes of the event, and its name there. */
export interface PlaceTo {
  readonly pointer: string;
  readonly steps: Steps;
  readonly node: number;
  readonly key: string | number;
}

/** An object or list of the data that has to be made for a value in it. The first node is the data itself. */
export interface Node {
  readonly parent: number;
  readonly key: string | number;
  readonly isList: boolean;
}

/** One fact, both ways. */
export interface Field {
  /** Places of its columns in the table. None for a constant. */
  readonly columns: readonly number[];
  /** More than one where a text is in parts. */
  readonly to: readonly PlaceTo[];
  readonly lens: Lens;
  /** What a trimmed text that is not empty says. */
  readonly read: (text: string) => TextReading;
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
  readonly nodes: readonly Node[];
  /** Texts that stand for no value, by column; the first is written. */
  readonly nulls: readonly (readonly string[])[];
  /** Places of the columns that every record must have a value in. */
  readonly required: readonly number[];
  /** Lists that can be filled from a place behind their first. */
  readonly listsWithGaps: readonly Steps[];
  /** Columns that no field reads: they are kept with the event. */
  readonly kept: readonly number[];
  /** The lists whose items are separate records. */
  readonly items: readonly CompiledItems[];
}

/** A list of an event, and what each of its items is. Places of the item's fields begin at the item. */
export interface CompiledItems {
  readonly pointer: string;
  readonly steps: Steps;
  readonly item: CompiledEvent;
}

export interface CompiledMapping {
  readonly document: MappingDocument;
  readonly description: CompiledSource;
  readonly events: readonly CompiledEvent[];
  /** Whether an event can be of several records. */
  readonly isGrouped: boolean;
}

type Report = (at: string, reason: string) => void;

const TEXT: LensSpec = { as: 'text' };
/** In place of a lens that does not compile, until the fault is said. */
const NOTHING: Lens = { read: () => undefined, write: () => undefined };

/** An event, or an item of a list of one: `within` is the place of the item. */
type PlacedEvent = EventDocument & { readonly within?: string };

function compileTo(
  pointers: readonly string[],
  at: string,
  event: PlacedEvent,
  taken: string[],
  nodes: Node[],
  check: MappingCheck,
  report: Report,
): Field['to'] {
  return pointers.flatMap((pointer) => {
    const steps = stepsOf(pointer);
    if (typeof steps === 'string') {
      report(`${at}/to`, steps);
      return [];
    }
    const other = taken.find(
      (takenPointer) => takenPointer === pointer || takenPointer.startsWith(`${pointer}/`) || pointer.startsWith(`${takenPointer}/`),
    );
    if (other !== undefined) report(`${at}/to`, `Another field has this place, or one in it: ${other}`);
    taken.push(pointer);
    const place = `${event.within ?? ''}${pointer}`;
    if (check.isStandard(event.standard) && !check.hasPlace(event.standard, place))
      report(`${at}/to`, `The standard ${event.standard} has no place ${place}`);
    return [{ pointer, steps, node: nodeOf(nodes, steps), key: steps.at(-1) as string | number }];
  });
}

/** The node that a place is in, which is added where there is none yet. */
function nodeOf(nodes: Node[], steps: Steps): number {
  let at = 0;
  for (let n = 0; n < steps.length - 1; n++) {
    const key = steps[n] as string | number;
    const found = nodes.findIndex((node, place) => place > 0 && node.parent === at && node.key === key);
    at = found > 0 ? found : nodes.push({ parent: at, key, isList: typeof steps[n + 1] === 'number' }) - 1;
  }
  return at;
}

function compileField(
  field: FieldDocument,
  at: string,
  event: PlacedEvent,
  table: CompiledTable,
  taken: string[],
  nodes: Node[],
  check: MappingCheck,
  report: Report,
): Field {
  const spec = field.lens ?? TEXT;
  const pointers = typeof field.to === 'string' ? [field.to] : field.to;
  const to = compileTo(pointers, at, event, taken, nodes, check, report);
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
    columns,
    to,
    shape,
    separator: spec.as === 'join' ? spec.separator : '',
    lens: strict(typeof lens === 'string' ? NOTHING : lens),
    read: readerOf(spec, typeof lens === 'string' ? NOTHING : lens),
    ...(field.value === undefined ? {} : { value: field.value }),
    refusesEmpty: field.empty === 'refuse',
    refusesUnknown: spec.as === 'code' && spec.unknown === 'refuse',
  };
}

/** The lists of which a field fills a place behind the first, each once. */
function listsWithGaps(fields: readonly Field[]): readonly Steps[] {
  const lists = fields.flatMap(({ to }) =>
    to.flatMap(({ steps }) => steps.flatMap((step, n) => (typeof step === 'number' && step > 0 ? [steps.slice(0, n)] : []))),
  );
  return [...new Map(lists.map((steps) => [steps.join('/'), steps])).values()];
}

const nullsOf = (given: string | readonly string[] | undefined): readonly string[] =>
  given === undefined ? [''] : typeof given === 'string' ? [given] : given;

function compileEvent(
  event: PlacedEvent,
  at: string,
  table: CompiledTable,
  check: MappingCheck,
  report: Report,
  items: readonly CompiledItems[] = [],
): CompiledEvent {
  const taken: string[] = items.map(({ pointer }) => pointer);
  const nodes: Node[] = [{ parent: 0, key: '', isList: false }];
  if (!check.isStandard(event.standard)) report(`${at}/standard`, 'No published standard has this name');
  const fields = event.fields.map((field, n) => compileField(field, `${at}/fields/${n}`, event, table, taken, nodes, check, report));
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
    table,
    standard: event.standard,
    fields,
    items,
    nodes,
    ...(typeof reference === 'object' ? { caseReference: reference } : {}),
    ...(marking === undefined ? {} : { marking }),
    nulls: table.columns.map((column) => nullsOf(column.null)),
    listsWithGaps: listsWithGaps(fields),
    required: table.columns.flatMap(({ required = false }, place) => (required ? [place] : [])),
    kept: table.columns.map((_, place) => place).filter((place) => !uses.includes(place) && place !== known),
  };
}

/** The lists of an event whose items are separate records. */
function compileItems(
  event: EventDocument,
  at: string,
  tables: readonly CompiledTable[],
  check: MappingCheck,
  report: Report,
): readonly CompiledItems[] {
  const known: string[] = [];
  return (event.items ?? []).flatMap(({ table: name, to, fields }: ItemsDocument, n) => {
    const place = `${at}/items/${n}`;
    const steps = stepsOf(to);
    const table = tables.find((candidate) => candidate.name === name);
    if (typeof steps === 'string') report(`${place}/to`, steps);
    if (known.includes(to)) report(`${place}/to`, 'Another table gives the items of this list');
    known.push(to);
    if (table === undefined) report(`${place}/table`, 'The source has no table of rows with this name');
    if (table === undefined || typeof steps === 'string') return [];
    const itemEvent = { standard: event.standard, fields, within: `${to}/0` };
    return [{ pointer: to, steps, item: compileEvent(itemEvent, place, table, check, report) }];
  });
}

/** Columns with a value for each row that no standard type can name: two tables give events of one standard only where their constants tell them apart. */
function tellApart(events: readonly CompiledEvent[], report: Report): void {
  for (const [n, event] of events.entries())
    for (const other of events.slice(0, n)) {
      if (event.standard !== other.standard) continue;
      const differs = event.fields.some(
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
  const wrong = document.source.format === undefined ? faultsOf(document.source) : recordFaults(document.source);
  for (const { at, reason } of wrong) report(`/source${at}`, reason);
  const description = compileSource(document.source);
  const events = document.events.flatMap((event, n) => {
    const at = `/events/${n}`;
    const table = description.rows.find(({ name }) => event.table === undefined || name === event.table);
    if (event.table === undefined && description.rows.length > 1) report(at, 'Say which table of the source the event is of');
    else if (table === undefined) report(`${at}/table`, 'The source has no table of rows with this name');
    return table === undefined
      ? []
      : [compileEvent(event, at, table, check, report, compileItems(event, at, description.rows, check, report))];
  });
  const tables = events.flatMap(({ table, items }) => [table, ...items.map(({ item }) => item.table)]);
  for (const table of description.rows) {
    const count = tables.filter((candidate) => candidate === table).length;
    if (count !== 1)
      report('/events', `The table ${table.name} ${count === 0 ? 'has no event: what it holds would be lost' : 'has two events'}`);
  }
  tellApart(events, report);
  return faults.length > 0 ? inOrder(faults) : { document, description, events, isGrouped: events.some(({ items }) => items.length > 0) };
}

const inOrder = (faults: readonly MappingFault[]): readonly MappingFault[] => {
  const seen = new Set<string>();
  return faults.filter(({ at, reason }) => !seen.has(`${at} ${reason}`) && seen.add(`${at} ${reason}`)).toSorted((a, b) => a.line - b.line);
};
