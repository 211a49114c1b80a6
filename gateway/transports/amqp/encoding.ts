/**
 * Walks over values in the encoding of AMQP 1.0 without making them: a value can say that it is millions of others in a few bytes. Part 1 of
 * the standard has the type codes.
 */

/** The bytes are not an AMQP value, or one that no honest sender makes. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** How deep values are in one another, at most. */
const MOST_DEPTH = 32;
/** How many elements without a width an array has, at most. */
const MOST_EMPTY = 1000;

/** The four bits that say of which kind a type code is. */
const [EMPTY, ONE, TWO, FOUR, EIGHT, SIXTEEN, SHORT, LONG, SHORT_LIST, LONG_LIST, SHORT_ARRAY, LONG_ARRAY] = [
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];
const WIDTHS: Readonly<Record<number, number>> = { [EMPTY]: 0, [ONE]: 1, [TWO]: 2, [FOUR]: 4, [EIGHT]: 8, [SIXTEEN]: 16 };

function uintAt(bytes: Buffer, offset: number, width: 1 | 4): number {
  if (offset + width > bytes.length) throw new Malformed();
  return width === 1 ? bytes.readUInt8(offset) : bytes.readUInt32BE(offset);
}

/** A value that is not made: its type code, and where its bytes are. */
export interface Value {
  readonly code: number;
  /** Where its content starts, after type code, size and count. */
  readonly start: number;
  /** Where the next value starts. */
  readonly end: number;
  /** How many values are in it. */
  readonly count: number;
}

/** The value of a type code, whose bytes start at `offset`. */
function valueAt(bytes: Buffer, code: number, offset: number): Value {
  const kind = code >> 4;
  const width = WIDTHS[kind];
  let value: Value;
  if (width !== undefined) value = { code, start: offset, end: offset + width, count: 0 };
  else if (kind === SHORT || kind === LONG) {
    const size = kind === SHORT ? 1 : 4;
    const start = offset + size;
    value = { code, start, end: start + uintAt(bytes, offset, size), count: 0 };
  } else if (kind >= SHORT_LIST && kind <= LONG_ARRAY) {
    const size = kind === SHORT_LIST || kind === SHORT_ARRAY ? 1 : 4;
    const count = uintAt(bytes, offset + size, size);
    value = { code, start: offset + 2 * size, end: offset + size + uintAt(bytes, offset, size), count };
  } else throw new Malformed();
  if (value.end > bytes.length || value.start > value.end) throw new Malformed();
  return value;
}

/** A value with its descriptor, which says what it is: a section of a message, or a performative. */
export interface Described extends Value {
  readonly descriptor: Value;
}

/** The value at `offset`. */
export function readValue(bytes: Buffer, offset: number): Value | Described {
  const code = uintAt(bytes, offset, 1);
  if (code !== 0) return valueAt(bytes, code, offset + 1);
  const descriptor = readValue(bytes, offset + 1);
  if ('descriptor' in descriptor) throw new Malformed();
  const value = readValue(bytes, descriptor.end);
  if ('descriptor' in value) throw new Malformed();
  return { ...value, descriptor };
}

/** The number of a descriptor, or undefined where it is a symbol. */
export function numberOf(bytes: Buffer, { code, start }: Value): number | undefined {
  if (code === 0x44 || code === 0x43) return 0;
  if (code === 0x53 || code === 0x52) return uintAt(bytes, start, 1);
  if (code === 0x70) return uintAt(bytes, start, 4);
  if (code === 0x80) return Number(bytes.readBigUInt64BE(start));
  return undefined;
}

/** The first values in a list. */
export function itemsOf(bytes: Buffer, list: Value, most: number): readonly Value[] {
  const items: Value[] = [];
  for (let offset = list.start; items.length < Math.min(list.count, most); offset = (items.at(-1) as Value).end)
    items.push(readValue(bytes.subarray(0, list.end), offset));
  return items;
}

/** Checks a value and all that is in it, so that a parser that trusts its counts can make it. Throws {@link Malformed}. */
export function checkValue(bytes: Buffer, value: Value | Described, depth = 0): void {
  if (depth > MOST_DEPTH) throw new Malformed();
  const kind = value.code >> 4;
  if (kind === SHORT_LIST || kind === LONG_LIST) {
    const within = bytes.subarray(0, value.end);
    let offset = value.start;
    for (let n = 0; n < value.count; n++) {
      const item = readValue(within, offset);
      checkValue(within, item, depth + 1);
      offset = item.end;
    }
  } else if (kind === SHORT_ARRAY || kind === LONG_ARRAY) checkArray(bytes, value, depth);
}

function checkArray(bytes: Buffer, { start, end, count }: Value, depth: number): void {
  const within = bytes.subarray(0, end);
  const code = uintAt(within, start, 1);
  // No performative that the gateway is sent has an array of described values.
  if (code === 0) throw new Malformed();
  if (code >> 4 === EMPTY) {
    if (count > MOST_EMPTY) throw new Malformed();
    return;
  }
  let offset = start + 1;
  for (let n = 0; n < count; n++) {
    const item = valueAt(within, code, offset);
    checkValue(within, item, depth + 1);
    offset = item.end;
  }
}
