/** Makes a ZIP archive. The same files give the same bytes. */
import { crc32, deflateRawSync } from 'node:zlib';
import { directoryEntry, endOfArchive, fileHeader } from '../../archive/zip-form.ts';

/** The contents of an archive, by path. */
export type Files = Iterable<readonly [path: string, content: Uint8Array]>;

/** The archive of some files. */
export function zip(files: Files): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const packed = deflateRawSync(content);
    const entry = { name, crc32: crc32(content), size: content.length, packedSize: packed.length, isDeflated: true };
    const header = fileHeader(entry);
    directory.push(directoryEntry(entry, offset));
    parts.push(header, packed);
    offset += header.length + packed.length;
  }
  const end = Buffer.concat(directory);
  return Buffer.concat([...parts, end, endOfArchive(directory.length, end.length, offset)]);
}
