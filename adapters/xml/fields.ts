/** Lists the message element of each value of an event, from the tables of decode and encode, for the documentation. */
import type { FieldSource } from '../adapter.ts';
import type { ElementSpec, MessageSpec } from './table.ts';

/** Every leaf of a message's case, with its place in the event. */
export function fieldsOf({ root, standard, unit }: Pick<MessageSpec, 'root' | 'standard' | 'unit'>): readonly FieldSource[] {
  const found: FieldSource[] = [];
  const walk = (spec: ElementSpec, at: string, element: string): void => {
    const repeats = spec.many === true || spec.group === true;
    const path = spec.path.map((step) => `/${/^\d+$/.test(step) ? '*' : step}`).join('');
    const place = `${at}${path}${repeats && spec.path.length > 0 ? '/*' : ''}`;
    const name = spec.name === '' ? element : `${element}/${spec.name}`;
    if (spec.type !== undefined) found.push({ standard, at: place, element: name.slice(1) });
    for (const attribute of spec.attributes ?? [])
      walk({ ...attribute, name: `@${attribute.name}` }, spec.type === undefined ? place : at, name);
    for (const child of spec.children ?? []) walk(child, place, name);
  };
  const find = (spec: ElementSpec): ElementSpec | undefined =>
    spec.name === unit ? spec : spec.children?.map(find).find((match) => match !== undefined);
  const unitSpec = find(root);
  for (const child of unitSpec?.children ?? []) walk(child, '', `/${unit}`);
  return found;
}
