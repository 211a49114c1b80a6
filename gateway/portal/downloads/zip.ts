/** An archive of files (ZIP, PKWARE APPNOTE 6.3): compressed, with UTF-8 names and without times, so that the same files give the same bytes. */
import { crc32, deflateRawSync } from 'node:zlib';

/** What stands in an archive, by its path. */
export type Files = Iterable<readonly [path: string, content: Uint8Array]>;

/** 1980-01-01, the first day that the format knows. */
const FIRST_DAY = 0x21;
const UTF8 = 0x800;
const DEFLATED = 8;
const VERSION = 20;

/** What the local header and the central directory both say of a file. */
function described(name: Buffer, content: Uint8Array, packed: Buffer): Buffer {
  const words = Buffer.alloc(26);
  words.writeUInt16LE(VERSION, 0);
  words.writeUInt16LE(UTF8, 2);
  words.writeUInt16LE(DEFLATED, 4);
  words.writeUInt16LE(FIRST_DAY, 8);
  words.writeUInt32LE(crc32(content), 10);
  words.writeUInt32LE(packed.length, 14);
  words.writeUInt32LE(content.length, 18);
  words.writeUInt16LE(name.length, 22);
  return words;
}

const signature = (text: string): Buffer => Buffer.from(`PK${text}`, 'latin1');

function directoryEntry(name: Buffer, description: Buffer, offset: number): Buffer {
  const version = Buffer.from([VERSION, 0]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([signature('\x01\x02'), version, description, rest, name]);
}

/** The archive of these files. */
export function zip(files: Files): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(content);
    const description = described(name, content, packed);
    const own = [signature('\x03\x04'), description, name, packed];
    directory.push(directoryEntry(name, description, offset));
    parts.push(...own);
    offset += own.reduce((sum, { length }) => sum + length, 0);
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...directory, signature('\x05\x06'), end]);
}
