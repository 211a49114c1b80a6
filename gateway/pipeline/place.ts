/** Places in a canonical event, as a refusal may name them: a name that no standard has can itself be content. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { JsonPath } from '../../adapters/json.ts';
import type { Standards } from '../rules/standards.ts';

const namesBySchemas = new WeakMap<Standards['files'], ReadonlySet<string>>();

/** The names of all properties that the published standards have. */
function namesOf({ files }: Pick<Standards, 'files'>): ReadonlySet<string> {
  const known = namesBySchemas.get(files);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties } = value as JsonObject;
    if (typeof properties === 'object' && properties !== null) for (const name of Object.keys(properties)) names.add(name);
    Object.values(value).forEach(walk);
  };
  for (const [path, schema] of files) if (path.startsWith('components/') || path.startsWith('events/')) walk(schema);
  namesBySchemas.set(files, names);
  return names;
}

/**
 * The JSON Pointer of a place in an event: in its data from there (as the standard sees it), else from the event. It ends before the first
 * name that no standard has, and at `extensions`.
 */
export function placeIn(standards: Pick<Standards, 'files'>, path: JsonPath): string {
  const names = namesOf(standards);
  const steps = path[0] === 'data' && path.length > 1 ? path.slice(1) : path;
  const unknown = steps.findIndex((step) => typeof step === 'string' && !names.has(step));
  const extensions = steps.indexOf('extensions');
  const ends = [unknown, extensions < 0 ? -1 : extensions + 1].filter((end) => end >= 0);
  return `/${steps.slice(0, Math.min(steps.length, ...ends)).join('/')}`;
}
