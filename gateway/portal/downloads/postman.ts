/** Writes the operations as a collection for Postman and other tools that read its format (v2.1.0). */
import type { OperationSection } from '../http-reference.ts';
import { type PreparedRequest, requestOf } from './requests.ts';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

const itemOf = ({ name, description, method, path, query, headers, body }: PreparedRequest) => ({
  name,
  request: {
    method,
    description,
    header: headers.map(([key, value]) => ({ key, value })),
    url: {
      raw: `{{url}}${path}`,
      host: ['{{url}}'],
      path: path.slice(1).split('/'),
      query: query.map(({ name: key, description: about }) => ({ key, value: '', description: about, disabled: true })),
    },
    ...(body === undefined ? {} : { body: { mode: 'raw', raw: body } }),
  },
});

/** The collection, with a folder of requests for each tag. */
export function postmanCollection(operations: readonly OperationSection[], url: string): object {
  const folders = Map.groupBy(operations.map(requestOf), ({ folder }) => folder);
  return {
    info: { name: 'Justice Interchange', schema: SCHEMA },
    variable: ['url', 'token', 'id', 'request'].map((key) => ({ key, value: key === 'url' ? url : '' })),
    item: [...folders].map(([name, requests]) => ({ name, item: requests.map(itemOf) })),
  };
}
