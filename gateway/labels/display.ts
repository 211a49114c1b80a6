/** The marking of a label as people read it on a page: all of it, in the order and the words of its policy. */

import { markingOf } from '../../contracts/client/label.ts';
import type { Label } from './label.ts';
import { OWN_CATEGORY, type Policy } from './policy.ts';

/**
 * The display marking of a label that is valid under the policy, such as `OFFICIAL-SENSITIVE PERSONAL DATA POLICE/CPS`. A permissive
 * category without values says so, since it shuts everybody out. What stands around values is the policy's `display` (XML SPIF, markingQualifier).
 */
export function displayOf({ document }: Policy, label: Label): string {
  const { phrase } = document.classifications.find(({ id }) => id === label.classification) ?? {};
  const first = phrase === undefined ? markingOf(label) : phrase;
  const parts = document.categories.flatMap(({ property, kind, values, display = {} }) => {
    if (property === 'sensitive') return [];
    const labelValues = property.startsWith(OWN_CATEGORY)
      ? label.categories?.[property.slice(OWN_CATEGORY.length)]
      : label[property as keyof Label];
    if (!Array.isArray(labelValues)) return [];
    const words = values.filter(({ id }) => labelValues.includes(id)).map(({ id, phrase: word = id }) => word);
    if (words.length === 0 && !(kind === 'permissive' && labelValues.length === 0)) return [];
    const { prefix = '', suffix = '', separator = '/' } = display;
    return [`${prefix}${words.length === 0 ? 'NOBODY' : words.join(separator)}${suffix}`];
  });
  return [first, ...parts].join(' ').replaceAll(/\s+/g, ' ').trim();
}
