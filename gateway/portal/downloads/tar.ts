/** Makes an archive that npm can install (POSIX ustar, gzip). It has no times and owners, so that the same files give the same bytes. */
import { gzipSync } from 'node:zlib';
import type { Files } from './zip.ts';

const BLOCK = 512;
const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** Splits a path of more than 100 characters into two fields. Throws an Error where it does not fit. */
function pathFields(path: string): readonly [name: string, prefix: string] {
  if (Buffer.byteLength(path) <= 100) return [path, ''];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [name, prefix];
  }
  throw new Error(`The path ${path} is too long for an archive`);
}

function header(path: string, size: number, isProgram: boolean): Buffer {
  const [name, prefix] = pathFields(path);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(isProgram ? 0o755 : 0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  // The checksum is computed with spaces in its own field.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148);
  return block;
}

/** The compressed archive of some files. `isProgram` decides which are executable. */
export function tarball(files: Files, isProgram: (path: string) => boolean = () => false): Buffer {
  const parts: Uint8Array[] = [];
  for (const [path, content] of files) {
    const padding = (BLOCK - (content.length % BLOCK)) % BLOCK;
    parts.push(header(path, content.length, isProgram(path)), content, Buffer.alloc(padding));
  }
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
}
