/** Writes the operations as an `.http` file. Visual Studio Code, JetBrains editors and Visual Studio can send requests from it. */
import type { OperationSection } from '../http-reference.ts';
import { type PreparedRequest, requestOf } from './requests.ts';

const blockOf = ({ name, folder, method, path, headers, body = '' }: PreparedRequest): string =>
  [
    `### ${folder}: ${name}`,
    `${method} {{url}}${path}`,
    ...headers.map(([key, value]) => `${key}: ${value}`),
    ...(body === '' ? [] : ['', body]),
  ].join('\n');

export function httpFile(operations: readonly OperationSection[], url: string): string {
  const variables = [`@url = ${url}`, '@token = ', '@id = ', '@request = '].join('\n');
  return `${[variables, ...operations.map((operation) => blockOf(requestOf(operation)))].join('\n\n')}\n`;
}
