/** Whether a value is in the list or form of its property. */
import type { CodeLists } from './codelists.ts';

export function isListed(
  lists: CodeLists,
  { codelist, form }: { codelist?: string; form?: RegExp },
  value: string,
  _area: string,
): boolean {
  if (codelist !== undefined) return lists.get(codelist)?.has(value.trim().toUpperCase()) === true;
  return form?.test(value.trim().toUpperCase()) === true;
}
