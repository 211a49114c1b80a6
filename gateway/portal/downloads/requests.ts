/** The operations of the contract as requests that can be sent, for tools that keep collections of them. */
import { type OperationSection, shownBody } from '../http-reference.ts';

/** One request, with `{{url}}`, `{{token}}` and `{{id}}` where the tool puts its own. */
export interface PreparedRequest {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly method: string;
  readonly path: string;
  /** Optional parameters of the query are there to be switched on. */
  readonly query: readonly { readonly name: string; readonly description: string }[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** The parameters of a path as variables of the tool; the one path that takes slashes has an example. */
const filled = (path: string): string =>
  path.replace('{path}', 'events/hearing.resulted/1.2.0').replaceAll(/\{(\w+)\}/g, (_all, name: string) => `{{${name}}}`);

/** The body of an operation's first example, as its media type has it. */
function bodyOf(operation: OperationSection): { readonly mediaType: string; readonly text: string } | undefined {
  const body = shownBody(operation);
  if (body === undefined) return undefined;
  const { text = '' } = body.examples[0] ?? {};
  if (body.mediaType !== 'application/x-www-form-urlencoded' || text === '') return { mediaType: body.mediaType, text };
  return { mediaType: body.mediaType, text: new URLSearchParams(JSON.parse(text) as Record<string, string>).toString() };
}

/** A request for an operation. */
export function requestOf(operation: OperationSection): PreparedRequest {
  const body = bodyOf(operation);
  return {
    name: operation.summary,
    folder: operation.tag,
    description: operation.description,
    method: operation.method,
    path: filled(operation.path),
    query: operation.parameters.filter(({ place }) => place === 'query'),
    headers: [
      ...(operation.isPublic ? [] : [['Authorization', 'Bearer {{token}}'] as const]),
      ...(body === undefined ? [] : [['Content-Type', body.mediaType] as const]),
    ],
    ...(body === undefined ? {} : { body: body.text }),
  };
}
