/** The parts of an archive of files (ZIP, PKWARE APPNOTE 6.3), with UTF-8 names and without times, so that the same files give the same bytes. */

/** What an archive says of a file. */
export interface ZipEntry {
  readonly name: string;
  readonly crc32: number;
  readonly size: number;
  /** How many bytes it takes in the archive. */
  readonly packedSize: number;
  readonly isDeflated: boolean;
}

/** 1980-01-01, the first day that the format knows. */
const FIRST_DAY = 0x21;
const UTF8 = 0x800;
const DEFLATED = 8;
const VERSION = 20;

const signature = (text: string): Buffer => Buffer.from(`PK${text}`, 'latin1');

/** What the header of a file and the directory both say of it. */
function described({ name, crc32, size, packedSize, isDeflated }: ZipEntry): Buffer {
  const words = Buffer.alloc(26);
  words.writeUInt16LE(VERSION, 0);
  words.writeUInt16LE(UTF8, 2);
  words.writeUInt16LE(isDeflated ? DEFLATED : 0, 4);
  words.writeUInt16LE(FIRST_DAY, 8);
  words.writeUInt32LE(crc32, 10);
  words.writeUInt32LE(packedSize, 14);
  words.writeUInt32LE(size, 18);
  words.writeUInt16LE(Buffer.byteLength(name), 22);
  return words;
}

/** What stands before the bytes of a file. */
export const fileHeader = (entry: ZipEntry): Buffer => Buffer.concat([signature('\x03\x04'), described(entry), Buffer.from(entry.name)]);

/** What the directory at the end of the archive says of a file, and where its header is. */
export function directoryEntry(entry: ZipEntry, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([signature('\x01\x02'), Buffer.from([VERSION, 0]), described(entry), rest, Buffer.from(entry.name)]);
}

/** What ends an archive: how many files it has, and where its directory is. */
export function endOfArchive(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([signature('\x05\x06'), end]);
}
