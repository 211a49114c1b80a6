/**
 * An archive of files that are stored as they are. Every byte of it is a byte of a file, or follows from the names, lengths and checksums of
 * the files: so whoever reads it can name each byte that was changed.
 */
import { crc32 } from 'node:zlib';
import { directoryEntry, endOfArchive, fileHeader, type ZipEntry } from './zip-form.ts';

/** A file whose bytes are read when it is written. */
export interface FileToStore {
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
  readonly content: () => Promise<Uint8Array>;
}

/** How many files, and how many bytes, an archive without the extension for large ones (ZIP64) can have. */
export const MOST_FILES = 65_000;
export const MOST_ARCHIVE_BYTES = 0xf000_0000;

const entryOf = ({ name, size, crc32: sum }: Pick<FileToStore, 'name' | 'size' | 'crc32'>): ZipEntry => ({
  name,
  crc32: sum,
  size,
  packedSize: size,
  isDeflated: false,
});

/** The size of the archive of some files. */
export const archiveSize = (files: readonly Pick<FileToStore, 'name' | 'size'>[]): number =>
  files.reduce((sum, { name, size }) => sum + size + 76 + 2 * Buffer.byteLength(name), 22);

/** The archive in parts, one file after another: only one file is in memory. */
export async function* storedArchive(files: readonly FileToStore[]): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const entry = entryOf(file);
    const header = fileHeader(entry);
    directory.push(directoryEntry(entry, offset));
    offset += header.length + file.size;
    yield header;
    yield await file.content();
  }
  const end = Buffer.concat(directory);
  yield Buffer.concat([end, endOfArchive(directory.length, end.length, offset)]);
}

/** A place of an archive that is not as it was written. */
export interface ArchiveFault {
  /** The file, or `archive` for what is part of none. */
  readonly file: string;
  readonly reason: string;
}

export interface ReadArchive {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly faults: readonly ArchiveFault[];
}

const ARCHIVE = 'archive';
const END = 22;
const ENTRY = 46;
const NAME = /^[a-z0-9][a-z0-9.-]*(?:\/[a-z0-9][a-z0-9.-]*)?$/;

interface Directory {
  readonly entries: readonly { readonly entry: ZipEntry; readonly offset: number }[];
  readonly start: number;
}

/** Reads the directory of an archive as {@link storedArchive} writes it; a text says why it is another. */
function readDirectory(bytes: Buffer): Directory | string {
  const at = bytes.length - END;
  if (at < 0) return 'It is not an archive, or its end is missing';
  const [count, size, start] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 12), bytes.readUInt32LE(at + 16)];
  if (start + size !== at || !endOfArchive(count, size, start).equals(bytes.subarray(at))) return 'Its end was changed';
  const entries: { entry: ZipEntry; offset: number }[] = [];
  const names = new Set<string>();
  let place = start;
  let next = 0;
  while (place < at) {
    const length = place + ENTRY <= at ? bytes.readUInt16LE(place + 28) : 0;
    const named = bytes.subarray(place + ENTRY, place + ENTRY + length);
    const name = named.toString('latin1');
    if (length === 0 || named.length !== length || !NAME.test(name) || names.has(name))
      return `Its directory was changed, at byte ${place}`;
    const entry = entryOf({ name, crc32: bytes.readUInt32LE(place + 16), size: bytes.readUInt32LE(place + 24) });
    const expected = directoryEntry(entry, next);
    if (!expected.equals(bytes.subarray(place, place + expected.length))) return `Its directory was changed, at the entry of ${name}`;
    names.add(name);
    entries.push({ entry, offset: next });
    next += fileHeader(entry).length + entry.size;
    place += expected.length;
  }
  return next === start && entries.length === count ? { entries, start } : 'Its directory was changed';
}

/** Reads an archive, and names each place where it is not as {@link storedArchive} writes it. */
export function readStoredArchive(bytes: Buffer): ReadArchive {
  const directory = readDirectory(bytes);
  if (typeof directory === 'string') return { files: new Map(), faults: [{ file: ARCHIVE, reason: directory }] };
  const files = new Map<string, Buffer>();
  const faults: ArchiveFault[] = [];
  for (const { entry, offset } of directory.entries) {
    const header = fileHeader(entry);
    const begin = offset + header.length;
    const content = bytes.subarray(begin, begin + entry.size);
    files.set(entry.name, content);
    if (!header.equals(bytes.subarray(offset, begin))) faults.push({ file: entry.name, reason: 'Its header in the archive was changed' });
    if (crc32(content) !== entry.crc32) faults.push({ file: entry.name, reason: 'Its checksum in the archive (CRC-32) is another' });
  }
  return { files, faults };
}
