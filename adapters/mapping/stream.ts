/** Reads a file of any size with a mapping, in bounded memory: events and refused records as they come, and at the end whether it was complete. */
import type { DecodedPart, Refusal } from '../adapter.ts';
import { adapterCode } from '../refusal.ts';
import type { CompiledDescription, CompiledTable, Total } from '../table/description.ts';
import { sliceOf } from '../table/fixed.ts';
import { piecesOf } from '../table/pieces.ts';
import { type ReadTable, readText } from '../table/read.ts';
import type { ScannedRecord } from '../table/scan.ts';
import { isSameNumber, sumOf, totalOf } from '../table/totals.ts';
import type { CompiledMapping } from './compile.ts';

/** Whether an event begins with a record: where records belong to others, only with those that do not. */
function beginsOf({ description: { dialect }, events }: CompiledMapping): (record: ScannedRecord) => boolean {
  const heads = events.map(({ table }) => table);
  return ({ fields }) =>
    heads.some(({ when, columns, places }) => {
      const place = when === undefined ? undefined : (places.get(when.column) as number);
      if (when === undefined || place === undefined) return true;
      const held = dialect.isFixed ? sliceOf(fields[0] ?? '', columns[place] as CompiledTable['columns'][number]) : fields[place];
      return held === when.equals;
    });
}

/** A control total in the header or trailer, and the total of the rows so far. */
interface RunningTotal {
  readonly table: CompiledTable;
  readonly total: Total;
  counted: string | undefined;
}

/**
 * The events of a file, part by part, and the refusals of the complete file at its end: a wrong total, a missing trailer. What came before them
 * is not to be relied on until the end has come without one. What surrounds the rows is not kept: a stream is read, and not written back.
 */
export async function* decodeTable(
  mapping: CompiledMapping,
  description: CompiledDescription,
  chunks: AsyncIterable<Uint8Array>,
  charset: string | undefined,
  partOf: (table: ReadTable) => DecodedPart,
): AsyncGenerator<DecodedPart, readonly Refusal[]> {
  const adapter = mapping.document.id;
  const refuse = (reason: string, why: string, line: number): readonly Refusal[] => [
    { code: adapterCode(adapter, reason), reason: why, line },
  ];
  const framed: { readonly table: CompiledTable; readonly values: readonly string[]; readonly line: number }[] = [];
  const totals: RunningTotal[] = [description.header, description.trailer].flatMap((table) =>
    table === undefined ? [] : (table.totals ?? []).map((total) => ({ table, total, counted: '0' as string | undefined })),
  );
  let refusedRows = 0;
  let isFirst = true;
  let isEmpty = true;
  for await (const piece of piecesOf(description, chunks, mapping.isGrouped ? beginsOf(mapping) : undefined, charset)) {
    if ('refusals' in piece) return piece.refusals;
    const read = readText(description, piece, { adapter, isPiece: true, linesBefore: piece.linesBefore });
    if (!read.ok) return read.refusals;
    const table = read.value;
    const hasRows = table.rows.length + table.refused.length > 0;
    if (hasRows && framed.some(({ table: { role } }) => role === 'trailer'))
      return refuse('after-trailer', 'A record follows the trailer', 1 + piece.linesBefore);
    for (const frameRecord of table.framed) {
      if (framed.some((other) => other.table === frameRecord.table))
        return refuse(`two-${frameRecord.table.role}s`, `There is more than one ${frameRecord.table.role}`, frameRecord.line);
      if (frameRecord.table.role === 'header' && !isFirst) return refuse('header', 'The header is not the first record', frameRecord.line);
      framed.push(frameRecord);
    }
    refusedRows += table.refused.length;
    for (const runningTotal of totals)
      runningTotal.counted = sumOf(
        runningTotal.counted,
        totalOf(runningTotal.total, table.rows, table.refused.length, table.framed.length),
      );
    if (hasRows) yield partOf(table);
    isEmpty &&= !hasRows;
    isFirst = false;
  }
  for (const wanted of [description.header, description.trailer])
    if (wanted !== undefined && !framed.some(({ table }) => table === wanted))
      return refuse(wanted.role, `There is no ${wanted.role}: the file may have been cut short`, 1);
  for (const { table, total, counted } of totals) {
    const record = framed.find((frame) => frame.table === table);
    const stated = record?.values[table.places.get(total.column) as number] ?? '';
    if (counted === undefined ? refusedRows === 0 : !isSameNumber(stated, counted))
      return refuse('total', `The ${table.role} states a total (${total.column}) that the rows do not give`, record?.line ?? 1);
  }
  return isEmpty ? refuse('empty', 'There are no records', 1) : [];
}
