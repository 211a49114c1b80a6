/** A standard in one file, with all that it refers to: a compound schema document (JSON Schema 2020-12, section 9.3), for whoever reads it away from a gateway. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';

/** Every `$ref` of a document that leads out of it, as the `$id` that it leads to. */
function referredTo(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referredTo);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === '$ref' && typeof member === 'string' && !member.startsWith('#') ? [member.split('#', 1)[0] as string] : referredTo(member),
  );
}

/** The document with every schema that it needs under `$defs`, each by its `$id`. Throws an Error where one of them is not known. */
export function bundle(root: JsonObject, schemaOf: (id: string) => JsonObject | undefined): JsonObject {
  const found = new Map<string, JsonObject>();
  const waiting = [...referredTo(root)];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === root.$id || found.has(id)) continue;
    const schema = schemaOf(id);
    if (schema === undefined) throw new Error(`${String(root.$id)} refers to ${id}, which is not published`);
    found.set(id, schema);
    waiting.push(...referredTo(schema));
  }
  return { ...root, $defs: { ...(root.$defs as JsonObject | undefined), ...Object.fromEntries([...found].toSorted()) } };
}
