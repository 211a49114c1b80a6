/** Whether data of a standard can have a value at a place. */
import type { JsonObject } from '../../adapters/adapter.ts';

type Resolve = (id: string) => JsonObject | undefined;
type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const schemasOf = (value: unknown): readonly Schema[] => [value].flat().filter(isSchema);

/** A schema and all that add to it. */
function parts(schema: Schema, resolve: Resolve, depth = 0): readonly Schema[] {
  if (depth > 20) return [];
  const target = typeof schema.$ref === 'string' ? resolve(schema.$ref) : undefined;
  const more = [
    ...(target === undefined ? [] : [target]),
    ...['allOf', 'anyOf', 'oneOf', 'then', 'else'].flatMap((keyword) => schemasOf(schema[keyword])),
  ];
  return [schema, ...more.flatMap((part) => parts(part, resolve, depth + 1))];
}

/** `pointer` has names and, for a place in a list, numbers. */
export function isPlace(standard: JsonObject, pointer: string, resolve: Resolve): boolean {
  let schemas: readonly Schema[] = parts(standard, resolve);
  for (const step of pointer.split('/').slice(1)) {
    const next = schemas.flatMap(({ properties, items, prefixItems }) => {
      if (/^\d+$/.test(step)) return [...schemasOf(items), ...schemasOf(prefixItems)];
      return isSchema(properties) && Object.hasOwn(properties, step) ? schemasOf(properties[step]) : [];
    });
    if (next.length === 0) return false;
    schemas = next.flatMap((schema) => parts(schema, resolve));
  }
  return true;
}
