/** Writes a package of evidence: the files that it holds, their manifest, and the archive of both. */
import { archiveSize, type FileToStore, MOST_ARCHIVE_BYTES, MOST_FILES, storedArchive } from '../archive/stored-archive.ts';
import type { SealKey } from '../labels/seal.ts';
import { type Digests, digestsOf, EvidenceTooLarge } from './gather.ts';
import { MANIFEST, type Manifest, SIGNATURE, signManifest } from './manifest.ts';

/** A file of a package; its bytes are read when the archive is written. */
export interface PackageFile extends Digests {
  readonly name: string;
  readonly mediaType: string;
  readonly content: () => Promise<Uint8Array>;
}

/** A package that is ready to be sent. */
export interface EvidencePackage {
  /** A name for the archive that says nothing of what is in it. */
  readonly fileName: string;
  readonly size: number;
  readonly parts: () => AsyncIterable<Uint8Array>;
}

const JSON_TYPE = 'application/json';

/** A file of bytes that are in memory. */
export const fileOf = (name: string, mediaType: string, bytes: Uint8Array): PackageFile => ({
  name,
  mediaType,
  ...digestsOf(bytes),
  content: () => Promise.resolve(bytes),
});

/** A file with a value as JSON that people can read. */
export const jsonFile = (name: string, value: unknown): PackageFile =>
  fileOf(name, JSON_TYPE, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));

/** The package of some files. Throws {@link EvidenceTooLarge} where an archive cannot hold them. */
export function packageOf(about: Omit<Manifest, 'files'>, files: readonly PackageFile[], key: SealKey): EvidencePackage {
  const listed = files.map(({ name, mediaType, size, sha256 }) => ({ name, mediaType, size, sha256 }));
  const manifest: Manifest = { ...about, files: listed };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const signed = [
    fileOf(MANIFEST, JSON_TYPE, Buffer.from(text)),
    fileOf(SIGNATURE, 'application/jose', Buffer.from(signManifest(text, key))),
  ];
  const all: readonly FileToStore[] = [...files, ...signed];
  const size = archiveSize(all);
  if (size > MOST_ARCHIVE_BYTES || all.length > MOST_FILES)
    throw new EvidenceTooLarge('The package would be larger than an archive can be');
  return { fileName: `evidence-${about.message}.zip`, size, parts: () => storedArchive(all) };
}
