/** Where things are in the portal. */
export const BASE = 'https://justice-interchange.example/standards/';
const STANDARDS_PATH = '/standards/';
export const CODELIST_PATH = '/standards/codelists/';
export const POLICY_PATH = '/standards/labels/uk-gsc.policy';
export const HTTP_REFERENCE = '/reference/http';

/** The page of a published document, by its `$id` or its path below `/standards`. */
export const pathOf = (id: string): string => `${STANDARDS_PATH}${id.startsWith(BASE) ? id.slice(BASE.length) : id}`.replace(/\.json$/, '');
