/** `/standards`: everything that a supplier needs, public, as data. Names come from a list made at start, so no path is ever followed. */
import type { JsonObject } from '../../../adapters/adapter.ts';
import { bundle } from '../../governance/bundle.ts';
import type { Standards } from '../../rules/standards.ts';
import { STANDARDS_ADDRESS } from '../../standards-address.ts';
import type { OperationHandler } from './call.ts';
import { HttpProblem } from './problem.ts';
import { etagOf, sendDocument } from './public-documents.ts';

/** Documents other than the schemas, by the name under which they are published. */
export interface Published {
  readonly mediaType: string;
  readonly body: string;
  readonly title: string;
  /** That it is not to be used for new work, and until when it holds. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What a schema says about its end, as headers: `x-deprecated` and `x-sunset` are dates, `x-successor` is the `$id` to use instead
 * (Deprecation: RFC 9745; Sunset: RFC 8594; successor-version: RFC 5829).
 */
export function lifecycleOf(document: JsonObject): Readonly<Record<string, string>> {
  const { 'x-deprecated': deprecated, 'x-sunset': sunset, 'x-successor': successor } = document;
  return {
    ...(typeof deprecated === 'string' ? { Deprecation: `@${Date.parse(deprecated) / 1000}` } : {}),
    ...(typeof sunset === 'string' ? { Sunset: new Date(sunset).toUTCString() } : {}),
    ...(typeof successor === 'string'
      ? { Link: `</standards/${successor.slice(STANDARDS_ADDRESS.length)}>; rel="successor-version"` }
      : {}),
  };
}

/** Below it a standard of events is one file that needs no other. */
const BUNDLED = 'bundled/';

/**
 * All that is published, by path below `/standards/`. A schema is found by its versioned id and by its file name; versions before it
 * (`earlier`) by their ids; a standard of events with all that it refers to below `bundled/`.
 */
export function publish(
  standards: Standards,
  documents: Readonly<Record<string, Published>>,
  earlier: ReadonlyMap<string, JsonObject>,
): ReadonlyMap<string, Published> {
  const published = new Map<string, Published>(Object.entries(documents));
  for (const [name, document] of [...earlier, ...standards.files]) {
    const path = name.startsWith(STANDARDS_ADDRESS) ? name.slice(STANDARDS_ADDRESS.length) : name;
    const mediaType = typeof document.$id === 'string' ? 'application/schema+json' : 'application/json';
    const body = JSON.stringify(document, null, 2);
    const entry = { mediaType, body, title: titleOf(document), headers: lifecycleOf(document) };
    published.set(path, entry);
    if (name.startsWith(`${STANDARDS_ADDRESS}events/`)) {
      const bundled = bundle(document, (id) => standards.files.get(id) ?? earlier.get(id));
      published.set(BUNDLED + path, { ...entry, body: JSON.stringify(bundled, null, 2), title: `${entry.title}, in one file` });
    }
    // Pages of what has no version in its name stand at the name without the ending.
    if (typeof document.$id !== 'string') published.set(path.replace(/\.json$/, ''), entry);
  }
  return published;
}

const ends = ({ 'x-deprecated': deprecated, 'x-sunset': sunset }: JsonObject) => ({
  ...(typeof deprecated === 'string' ? { deprecated } : {}),
  ...(typeof sunset === 'string' ? { sunset } : {}),
});

const titleOf = (document: JsonObject): string => (typeof document.title === 'string' ? document.title : '');

export const listStandards = (standards: Standards, published: ReadonlyMap<string, Published>): OperationHandler<'listStandards'> => {
  const events = [...standards.byType.values()].map(({ name, type, schemaId }) => ({
    name,
    type,
    schema: schemaId,
    path: `/standards/${schemaId.slice(STANDARDS_ADDRESS.length)}`,
    ...ends(standards.files.get(schemaId) ?? {}),
  }));
  const documents = [...published]
    .filter(([path]) => !(published.has(`${path}.json`) && !/\d$/.test(path)))
    .map(([path, { title, mediaType }]) => ({ path: `/standards/${path}`, title, mediaType }));
  const body = JSON.stringify({ events, documents });
  const etag = etagOf(body);
  return (_call, response) => sendDocument(response, 'application/json', body, etag);
};

export const getStandard = (published: ReadonlyMap<string, Published>): OperationHandler<'getStandard'> => {
  const etags = new Map([...published].map(([path, { body }]) => [path, etagOf(body)]));
  return ({ path: { path } }, response) => {
    const found = published.get(path);
    if (found === undefined) throw new HttpProblem('not-found');
    response.set({ ...found.headers });
    sendDocument(response, found.mediaType, found.body, etags.get(path));
  };
};
