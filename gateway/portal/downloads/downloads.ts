/** The files that the portal offers for download. */
import type { JsonObject } from '../../../adapters/adapter.ts';
import { STANDARDS_ADDRESS } from '../../standards-address.ts';
import type { OperationSection } from '../http-reference.ts';
import type { Site } from '../site.ts';
import { httpFile } from './http-file.ts';
import { postmanCollection } from './postman.ts';
import { zip } from './zip.ts';

export interface Download {
  readonly mediaType: string;
  readonly body: () => Buffer | string;
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** Every schema and document in force, and their earlier versions, by path. */
function* schemaFiles({ context: { standards, published } }: Site): Generator<readonly [string, Uint8Array]> {
  const file = (path: string, document: JsonObject) => [path, Buffer.from(`${json(document)}\n`)] as const;
  for (const [path, document] of standards.files) if (path !== document.$id) yield file(path, document);
  for (const [id, document] of published) yield file(`versions/${id.slice(STANDARDS_ADDRESS.length)}.json`, document);
}

const once = <T>(make: () => T): (() => T) => {
  let cached: { readonly value: T } | undefined;
  return () => (cached ??= { value: make() }).value;
};

/** The files below `/downloads/`, by name. */
export function downloadsOf(site: Site, operations: readonly OperationSection[]): ReadonlyMap<string, Download> {
  const { url, packages } = site.context;
  const files: readonly (readonly [string, Download])[] = [
    ['schemas.zip', { mediaType: 'application/zip', body: once(() => zip(schemaFiles(site))) }],
    [
      'justice-interchange.postman_collection.json',
      { mediaType: 'application/json', body: () => json(postmanCollection(operations, url())) },
    ],
    ['justice-interchange.http', { mediaType: 'text/plain', body: () => httpFile(operations, url()) }],
  ];
  const archives = packages.map(({ file, archive }) => [file, { mediaType: 'application/gzip', body: archive }] as const);
  return new Map([...files, ...archives]);
}
