/** Where the codes of a standard are: read from the `x-codelist` and `x-form` annotations of its schema, once. */
import { type CodeKind, codeOf, compileForm, contentOf, type Resolve, type Schema } from '../labels/schema.ts';

/** A property that holds a code, or a list of codes. */
export interface CodeProperty {
  readonly property: string;
  readonly code: CodeKind;
}

/** The codes of an object, and the objects below it that have some. */
export interface CodePlan {
  readonly codes: readonly CodeProperty[];
  readonly objects: readonly (readonly [property: string, plan: CodePlan])[];
  readonly arrays: readonly (readonly [property: string, plan: CodePlan])[];
}

const isEmpty = ({ codes, objects, arrays }: CodePlan): boolean => codes.length + objects.length + arrays.length === 0;

/** Reads the plan of a schema. Throws an Error for an unknown reference, and for an invalid `x-form`. */
export function codePlanOf(schema: Schema, resolve: Resolve, { properties } = contentOf(schema, resolve)): CodePlan {
  const codes: CodeProperty[] = [];
  const objects: [string, CodePlan][] = [];
  const arrays: [string, CodePlan][] = [];
  for (const [property, propertySchema] of properties) {
    const content = contentOf(propertySchema, resolve);
    const code = codeOf(content, resolve);
    if (code !== undefined) codes.push({ property, code });
    const items = content.items === undefined ? undefined : codePlanOf(content.items, resolve);
    if (items !== undefined && !isEmpty(items)) arrays.push([property, items]);
    const below = codePlanOf(propertySchema, resolve, content);
    if (!isEmpty(below)) objects.push([property, below]);
  }
  return { codes, objects, arrays };
}

/** What is wrong with the annotations of a document, each with its JSON Pointer: an invalid form, or an unknown code list. */
export function wrongAnnotations(document: unknown, hasList: (id: string) => boolean, at = ''): readonly string[] {
  if (typeof document !== 'object' || document === null) return [];
  const schema: Schema = Array.isArray(document) ? {} : (document as Schema);
  const wrong: string[] = [];
  if (typeof schema['x-codelist'] === 'string' && !hasList(schema['x-codelist']))
    wrong.push(`${at}: there is no code list ${schema['x-codelist']}`);
  if (typeof schema['x-form'] === 'string')
    try {
      compileForm(schema['x-form']);
    } catch (error) {
      wrong.push(`${at}: ${(error as Error).message}`);
    }
  return [...wrong, ...Object.entries(document).flatMap(([name, below]) => wrongAnnotations(below, hasList, `${at}/${name}`))];
}
