/** Turns the operations of the contract into requests, for tools that keep collections of requests. */
import { type OperationSection, shownBody } from '../http-reference.ts';

/** One request. The tool replaces the variables `{{url}}`, `{{token}}` and `{{id}}`. */
export interface PreparedRequest {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly method: string;
  readonly path: string;
  /** Optional query parameters, which the user can switch on. */
  readonly query: readonly { readonly name: string; readonly description: string }[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** Replaces path parameters with variables of the tool. The only parameter that contains slashes gets an example. */
const filled = (path: string): string =>
  path.replace('{path}', 'events/hearing.resulted/1.2.0').replaceAll(/\{(\w+)\}/g, (_all, name: string) => `{{${name}}}`);

/** The body of an operation's first example, in its media type. */
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
