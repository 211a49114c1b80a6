/** Addresses of the portal's pages, and the folder of its templates. */
import { join } from 'node:path';
import { STANDARDS_ADDRESS } from '../standards-address.ts';

/** The folder of the portal's templates. */
export const TEMPLATES = join(import.meta.dirname, 'templates');
const STANDARDS_PATH = '/standards/';
export const CODELIST_PATH = '/standards/codelists/';
export const POLICY_PATH = '/standards/labels/uk-gsc.policy';
export const HTTP_REFERENCE = '/reference/http';

/** The address of a published document's page, from its `$id` or its path below `/standards`. */
export const pathOf = (id: string): string =>
  `${STANDARDS_PATH}${id.startsWith(STANDARDS_ADDRESS) ? id.slice(STANDARDS_ADDRESS.length) : id}`.replace(/\.json$/, '');

/** The address of the page of an operation of the HTTP contract. */
export const operationPath = (id: string): string => `${HTTP_REFERENCE}/${id}`;

/** The address of the page of a schema of the HTTP contract. */
export const schemaPath = (name: string): string => `${HTTP_REFERENCE}/schemas/${name}`;
