/** Cuts a table that comes bit by bit into pieces of complete records, so that a file of any size is read in bounded memory. */
import { lineAt } from '../line-at.ts';
import { type Failure, failure, mapRefusals, type Result, success } from '../result.ts';
import { decodeTableText, type TableText } from './charsets.ts';
import { scanDelimited } from './delimited.ts';
import { type CompiledDescription, type CompiledDialect, TABLE_LIMITS } from './description.ts';
import { scanFixed } from './fixed.ts';
import { longestFirst, type ScannedRecord } from './scan.ts';

export interface Piece {
  /** Complete records, after the header line where the format has one. */
  readonly text: string;
  readonly bom: boolean;
  /** The number of lines of the file before this piece, without the added header line. */
  readonly linesBefore: number;
  readonly isLast: boolean;
}

/** The approximate number of characters of a piece. */
const PIECE = 1_000_000;
/** The most characters of one event that consists of many records. */
const LONGEST = 16_000_000;
/** A record that begins at least this far before the end of the received text is read like in the complete text. */
const MARGIN = TABLE_LIMITS.recordLength + 2;

type Decode = (bytes: Uint8Array, isLast: boolean) => Result<TableText>;

/** The number of bytes at the end of a UTF-8 chunk that belong to an incomplete character. */
function incomplete(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Decodes a message chunk by chunk. In every charset but UTF-8 and UTF-16 each byte is a character. */
function decoderOf(encoding: string, transport: string | undefined): Decode {
  if (encoding.startsWith('utf-16'))
    return () => failure({ code: 'charset', reason: 'UTF-16 is not read as a stream: send the message whole', line: 1 });
  if (encoding !== 'utf-8') return (bytes) => decodeTableText(bytes, encoding, transport);
  let rest: Uint8Array = new Uint8Array();
  let isFirst = true;
  return (bytes, isLast) => {
    const all = Buffer.concat([rest, bytes]);
    const end = all.length - (isLast ? 0 : incomplete(all));
    rest = all.subarray(end);
    if (isFirst) {
      if (end < 3 && !isLast) {
        rest = all;
        return success({ text: '', bom: false });
      }
      isFirst = false;
      return decodeTableText(all.subarray(0, end), encoding, transport);
    }
    // A byte order mark counts only at the beginning of a message.
    const decoded = decodeTableText(Buffer.concat([Buffer.from(' '), all.subarray(0, end)]), encoding);
    return decoded.ok ? success({ text: decoded.value.text.slice(1), bom: false }) : decoded;
  };
}

/** The start of the last event that may be incomplete, and the number of lines before it. Without quotes each line is a record. */
function lastLine(
  text: string,
  dialect: CompiledDialect,
  begins: ((record: ScannedRecord) => boolean) | undefined,
): readonly [cut: number, lines: number] {
  const ends = new RegExp(longestFirst(dialect.lineTerminators).join('|'), 'g');
  let cut = 0;
  let lines = 0;
  let count = 0;
  let open: { readonly start: number; readonly line: number } | undefined;
  // The first line is the header line, or the start of the first event, so no piece ends before it.
  for (let found = ends.exec(text); found !== null && found.index <= text.length - MARGIN; found = ends.exec(text)) {
    if (open !== undefined && begins === undefined) [cut, lines] = [open.start, open.line];
    else if (open !== undefined) {
      const line = text.slice(open.start, found.index);
      const fields = dialect.isFixed ? [line] : line.split(dialect.delimiter);
      if (begins?.({ start: open.start, end: found.index, eol: found[0], line: open.line, fields }) === true)
        [cut, lines] = [open.start, open.line];
    }
    count++;
    open = { start: found.index + found[0].length, line: count };
  }
  return [cut, lines];
}

/** The pieces of a table, or the reason why its bytes are not text. `begins` decides whether a record begins an event; without it each record does. */
export async function* piecesOf(
  { dialect }: CompiledDescription,
  chunks: AsyncIterable<Uint8Array>,
  begins?: (record: ScannedRecord) => boolean,
  charset?: string,
): AsyncGenerator<Piece | Failure> {
  const decode = decoderOf(dialect.encoding, charset);
  const scan = (text: string) => (dialect.isFixed ? scanFixed(text, dialect, TABLE_LIMITS) : scanDelimited(text, dialect, TABLE_LIMITS));
  let text = '';
  let bom = false;
  let head = '';
  let lines = 0;
  let tried = 0;
  const pieceTo = (end: number, linesIn: number, isLast: boolean): Piece => {
    const pieceText = head + text.slice(0, end);
    const piece = { text: pieceText, bom, linesBefore: lines - (head === '' ? 0 : 1), isLast };
    if (dialect.hasTitles && head === '') head = headOf(pieceText);
    text = text.slice(end);
    lines += linesIn;
    return piece;
  };
  /** The header line, after blank lines. */
  const headOf = (pieceText: string): string => {
    for (const { start, end, eol, fields } of scan(pieceText))
      if (fields.some((field) => field.trim() !== '')) return pieceText.slice(start, end) + eol;
    return '';
  };
  /** A refusal of a chunk, with its line in the file. */
  const inFile = (wrong: Failure): Failure => {
    const before = lines + lineAt(text, text.length) - 1;
    return mapRefusals(wrong, (fault) => (fault.line === undefined ? fault : { ...fault, line: fault.line + before }));
  };
  for await (const chunk of chunks) {
    const decoded = decode(chunk, false);
    if (!decoded.ok) return void (yield inFile(decoded));
    bom ||= decoded.value.bom;
    text += decoded.value.text;
    if (text.length < PIECE + MARGIN || text.length < 2 * tried) continue;
    const quick = dialect.lineTerminators.length > 0 && (dialect.isFixed || dialect.quote === undefined || !text.includes(dialect.quote));
    let [cut, line] = quick ? lastLine(text, dialect, begins) : [0, 0];
    let isHead = dialect.hasTitles && head === '';
    for (const record of quick ? [] : scan(text)) {
      if (record.start > text.length - MARGIN) break;
      if (record.start > 0 && !isHead && begins?.(record) !== false) [cut, line] = [record.start, record.line - 1];
      if (isHead && record.fields.some((field) => field.trim() !== '')) isHead = false;
    }
    if (cut > 0) yield pieceTo(cut, line, false);
    tried = cut > 0 ? 0 : text.length;
    if (text.length > LONGEST)
      return void (yield failure({
        code: 'adapter-limit',
        reason: 'One event has more records than are read as a stream',
        line: lines + 1,
      }));
  }
  const decoded = decode(new Uint8Array(), true);
  if (!decoded.ok) return void (yield inFile(decoded));
  text += decoded.value.text;
  bom ||= decoded.value.bom;
  yield pieceTo(text.length, 0, true);
}
