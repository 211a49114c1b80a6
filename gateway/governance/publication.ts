/** What was published, and what may follow it. A published version never changes. */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../adapters/adapter.ts';
import { escapeMarkup } from '../pages/markup.ts';
import type { ClientConfig } from '../rules/clients.ts';
import type { Standards } from '../rules/standards.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';
import { type Break, breaksOf, type Resolve } from './compatibility.ts';

/** Where the project keeps what it has published. */
export const PUBLISHED = join(import.meta.dirname, '..', '..', 'contracts', 'published');

/** A standard that a change breaks, and whom. */
export interface Finding {
  /** The `$id` of what is checked in. */
  readonly schema: string;
  /** The `$id` of the published version that it breaks. */
  readonly published: string;
  readonly breaks: readonly Break[];
  /** Its text changed under a version that is published: it needs a version of its own, also where nothing breaks. */
  readonly isRewritten: boolean;
  /** Ids of the clients that send events of it, and of those that read them. */
  readonly senders: readonly string[];
  readonly readers: readonly string[];
}

interface Named {
  readonly name: string;
  readonly version: readonly [number, number, number];
}

/** `events/case.registered` and `[1, 0, 0]` of an `$id`. */
function named(id: string): Named | undefined {
  const [, name, major, minor, patch] = /^(.+)\/(\d+)\.(\d+)\.(\d+)$/.exec(id.slice(STANDARDS_ADDRESS.length)) ?? [];
  return name === undefined ? undefined : { name, version: [Number(major), Number(minor), Number(patch)] };
}

/** Every schema with an `$id`, by its `$id`. */
const schemasOf = ({ files }: Standards): ReadonlyMap<string, JsonObject> => new Map([...files].filter(([path, { $id }]) => path === $id));

const isContract = (document: JsonObject): boolean => document.openapi !== undefined || document.asyncapi !== undefined;

/** Reads a publication. Throws an Error that names the file when it is not one. */
export function readPublication(folder: string): ReadonlyMap<string, JsonObject> {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return new Map(
    names
      .filter((name) => /\/\d+\.\d+\.\d+\.json$/.test(name))
      .flatMap((name): [string, JsonObject][] => {
        const document = JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonObject;
        // Code lists, profiles, policies and contracts are not schemas: nothing is valid against them.
        if (document.$id === undefined && (typeof document.version === 'string' || isContract(document))) return [];
        if (typeof document.$id !== 'string' || `${document.$id.slice(STANDARDS_ADDRESS.length)}.json` !== name)
          throw new Error(`${name} does not stand where its $id says`);
        return [[document.$id, document]];
      }),
  );
}

/** The standards of events that hold a schema, themselves or through others. */
function heldBy(id: string, schemas: ReadonlyMap<string, JsonObject>, standards: Standards): readonly string[] {
  const holds = (from: string, seen = new Set<string>()): boolean => {
    if (from === id) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    const text = JSON.stringify(schemas.get(from) ?? {});
    return [...text.matchAll(/"\$ref":"([^"#]+)/g)].some(([, target = '']) => holds(target, seen));
  };
  return [...standards.byName.values()].filter(({ schemaId }) => holds(schemaId)).map(({ name }) => name);
}

const sendersOf = (names: readonly string[], clients: readonly ClientConfig[]): readonly string[] =>
  clients.filter(({ submits }) => submits?.standards.some((name) => names.includes(name)) === true).map(({ id }) => id);

const readersOf = (names: readonly string[], clients: readonly ClientConfig[]): readonly string[] =>
  names.length === 0 ? [] : clients.filter(({ scopes }) => scopes.includes('events:read')).map(({ id }) => id);

/**
 * Compares the standards with all that was published of the same major version: what changed under a version that is published, and
 * what a new version breaks. Also what was published and is gone without a version after it.
 */
export function findings(
  standards: Standards,
  published: ReadonlyMap<string, JsonObject>,
  clients: readonly ClientConfig[],
  today: string,
): readonly Finding[] {
  const current = schemasOf(standards);
  const now: Resolve = (id) => current.get(id);
  const old: Resolve = (id) => published.get(id);
  const found: Finding[] = [];
  for (const [id, before] of published) {
    const { name, version } = named(id) as Named;
    const successors = [...current].filter(([other]) => named(other)?.name === name && named(other)?.version[0] === version[0]);
    const breaks: Break[] = [];
    const sunset = before['x-sunset'];
    const hasEnded = typeof sunset === 'string' && sunset < today;
    if (successors.length === 0 && !hasEnded) {
      const isThere = [...current.keys()].some((other) => named(other)?.name === name);
      breaks.push({
        at: '/',
        reason: isThere
          ? `Version ${version[0]} is gone, and its end was not said: what is sent in it is not taken any more`
          : 'The standard is gone',
      });
    }
    const changed = successors.filter(([, schema]) => JSON.stringify(schema) !== JSON.stringify(before));
    for (const [, schema] of changed) breaks.push(...breaksOf(before, schema, old, now));
    const isRewritten = changed.some(([changedId]) => changedId === id);
    const [schema = id] = successors.map(([successor]) => successor);
    // Who holds a standard that is gone held it by its name.
    const gone = /^events\/(.+)$/.exec(name)?.[1];
    const names = successors.length > 0 || gone === undefined ? heldBy(schema, current, standards) : [gone];
    const touched =
      breaks.length > 0 ? { senders: sendersOf(names, clients), readers: readersOf(names, clients) } : { senders: [], readers: [] };
    if (breaks.length > 0 || isRewritten) found.push({ schema, published: id, breaks, isRewritten, ...touched });
  }
  return found;
}

/** Schemas that are checked in and not published yet. */
export const unpublished = (standards: Standards, published: ReadonlyMap<string, JsonObject>): readonly string[] =>
  [...schemasOf(standards).keys()].filter((id) => !published.has(id));

/** What is published: its path below the folder, without the ending, and the document. */
type Entry = readonly [path: string, document: JsonObject];

const schemaEntries = (standards: Standards): readonly Entry[] =>
  [...schemasOf(standards)].map(([id, document]) => [id.slice(STANDARDS_ADDRESS.length), document]);

/** Every document that has a version and is not a schema: code lists, profiles, policies, suites. */
const documentEntries = ({ files }: Standards): readonly Entry[] =>
  [...files].flatMap(([name, document]): Entry[] =>
    document.$id === undefined && typeof document.version === 'string' && name.includes('/')
      ? [[`${name.replace(/\.json$/, '')}/${document.version}`, document]]
      : [],
  );

const contractEntries = (contracts: Readonly<Record<string, JsonObject>>): readonly Entry[] =>
  Object.entries(contracts).map(([name, document]) => [`${name}/${(document.info as { version: string }).version}`, document]);

function write(folder: string, [path, document]: Entry): boolean {
  const file = join(folder, `${path}.json`);
  if (existsSync(file)) {
    if (JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) !== JSON.stringify(document))
      throw new Error(`${path}.json is published and says something else: give the change a version of its own`);
    return false;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`, { flag: 'wx' });
  return true;
}

const pathsOf = (folder: string, entries: readonly Entry[]): readonly string[] =>
  entries.filter((entry) => write(folder, entry)).map(([path]) => `${path}.json`);

const DOCUMENTS = 'documents.json';
const digestOf = (document: JsonObject): string => hash('sha256', JSON.stringify(document));

/** What is published and is not a schema, by its path with its version: the digest of its text. */
const digestsOf = (standards: Standards): Readonly<Record<string, string>> =>
  Object.fromEntries(documentEntries(standards).map(([path, document]) => [path, digestOf(document)]));

const readDigests = (folder: string): Readonly<Record<string, string>> =>
  existsSync(join(folder, DOCUMENTS)) ? (JSON.parse(readFileSync(join(folder, DOCUMENTS), 'utf8')) as Record<string, string>) : {};

/** Code lists, profiles, policies and suites whose text changed under a version that is published, by path. */
export const rewritten = (folder: string, standards: Standards): readonly string[] => {
  const published = readDigests(folder);
  return Object.entries(digestsOf(standards))
    .filter(([path, digest]) => published[path] !== undefined && published[path] !== digest)
    .map(([path]) => path);
};

/**
 * Writes every schema below a folder, each at the path of its `$id`, and the digests of what is not a schema. Throws an Error for one that
 * stands there and says something else.
 */
export function publishSchemas(folder: string, standards: Standards): readonly string[] {
  const [changed] = rewritten(folder, standards);
  if (changed !== undefined) throw new Error(`${changed} is published and says something else: give the change a version of its own`);
  const written = pathsOf(folder, schemaEntries(standards));
  writeFileSync(join(folder, DOCUMENTS), `${JSON.stringify({ ...readDigests(folder), ...digestsOf(standards) }, null, 2)}\n`);
  return written;
}

/**
 * Writes all that is published, each version at a path of its own that never changes, for any web server: schemas, code lists, profiles,
 * policies, suites and contracts. `index.json` and `index.html` list what stands in the folder. Throws as {@link publishSchemas} does.
 */
export function publishTo(folder: string, standards: Standards, contracts: Readonly<Record<string, JsonObject>>): readonly string[] {
  const entries = [...schemaEntries(standards), ...documentEntries(standards), ...contractEntries(contracts)];
  const written = pathsOf(folder, entries);
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\d+[.-]\d+[.-]\d+\.json$/.test(name))
    .toSorted()
    .map((path) => {
      const document = JSON.parse(readFileSync(join(folder, path), 'utf8')) as JsonObject;
      const { title = (document.info as JsonObject | undefined)?.title ?? '', 'x-deprecated': deprecated, 'x-sunset': sunset } = document;
      return { path, title, ...(deprecated === undefined ? {} : { deprecated }), ...(sunset === undefined ? {} : { sunset }) };
    });
  const changes = standards.files.get('changelog.json');
  writeFileSync(join(folder, 'index.json'), `${JSON.stringify({ documents: all, changes: changes?.entries ?? [] }, null, 2)}\n`);
  writeFileSync(join(folder, 'index.html'), page(all));
  return written;
}

const page = (
  all: readonly { readonly path: string; readonly title: unknown; readonly deprecated?: unknown; readonly sunset?: unknown }[],
): string =>
  `<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Justice Interchange: standards</title></head>
<body><main><h1>Justice Interchange: standards</h1>
<p>A version never changes. <a href="index.json">This list as JSON, with the changes</a>.</p>
<ul>
${all
  .map(
    ({ path, title, deprecated, sunset }) =>
      `<li><a href="${escapeMarkup(path)}">${escapeMarkup(path.replace(/\.json$/, ''))}</a> ${escapeMarkup(title)}${deprecated === undefined ? '' : ` (deprecated since ${escapeMarkup(deprecated)}${sunset === undefined ? '' : `, ends ${escapeMarkup(sunset)}`})`}</li>`,
  )
  .join('\n')}
</ul></main></body></html>
`;
