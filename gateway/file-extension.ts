/** The extensions of file names, and the media types that they stand for. */
import { extname } from 'node:path';

const BY_EXTENSION: Readonly<Record<string, string>> = {
  '.xml': 'application/xml',
  '.json': 'application/json',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
};

/** The media type that the extension of a file name says, or undefined. */
export const mediaTypeOf = (name: string): string | undefined => BY_EXTENSION[extname(name).toLowerCase()];

/** A file extension for a media type, with its point. */
export function extensionOf(mediaType: string): string {
  if (/[/+]xml$/.test(mediaType)) return '.xml';
  if (/[/+]json$/.test(mediaType)) return '.json';
  return Object.entries(BY_EXTENSION).find(([, type]) => type === mediaType)?.[0] ?? '.bin';
}
