/** The published standards that this front-end is built on. They come with the package; `GET /standards` of a gateway gives the same. */
import { readdirSync, readFileSync } from 'node:fs';
import type { CodeList, JsonSchema } from '../../contracts/client/forms/forms.ts';

/** What the front-end reads for. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly law: string;
}

export interface Standards {
  readonly schemas: ReadonlyMap<string, JsonSchema>;
  readonly codeLists: ReadonlyMap<string, CodeList>;
  readonly stop: JsonSchema;
  readonly task: Task;
}

const SCHEMAS = new URL('../../schemas/', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, SCHEMAS), 'utf8'));
const CODE_LISTS = ['stop-powers', 'stop-objects', 'stop-outcomes', 'gender'];

export function loadStandards(): Standards {
  const components = ['components', 'labels'].flatMap((folder) =>
    readdirSync(new URL(folder, SCHEMAS))
      .filter((name) => name.endsWith('.json'))
      .map((name) => read(`${folder}/${name}`) as JsonSchema),
  );
  return {
    schemas: new Map(components.map((schema) => [schema.$id ?? '', schema])),
    codeLists: new Map(CODE_LISTS.map((id) => [id, read(`codelists/${id}.json`) as CodeList])),
    stop: read('events/person.stopped.json') as JsonSchema,
    task: read('profiles/roadside-stop.json') as Task,
  };
}
