/** Where the codes of a standard are: read from the `x-codelist` and `x-form` annotations of its schema, once. */
import { isAnchored } from './anchored.ts';
import type { Annotation } from './listed.ts';

type Schema = { readonly [keyword: string]: unknown };
type Resolve = (id: string) => Schema | undefined;

/** A property that holds a code, or a list of codes. */
export interface CodeProperty {
  readonly property: string;
  readonly annotation: Annotation;
}

/** The codes of an object, and the objects below it that have some. */
export interface CodePlan {
  readonly codes: readonly CodeProperty[];
  readonly objects: readonly (readonly [property: string, plan: CodePlan])[];
  readonly arrays: readonly (readonly [property: string, plan: CodePlan])[];
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema and everything that it refers to and is combined of. Throws an Error for a reference that `resolve` does not know. */
function partsOf(schema: Schema, resolve: Resolve): readonly Schema[] {
  const target = typeof schema.$ref === 'string' ? resolve(schema.$ref) : undefined;
  if (typeof schema.$ref === 'string' && target === undefined) throw new Error(`The standards do not hold ${schema.$ref}`);
  const combined = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => (schema[keyword] as readonly Schema[] | undefined) ?? []);
  return [schema, ...[...(target === undefined ? [] : [target]), ...combined].flatMap((part) => partsOf(part, resolve))];
}

/** An `x-form` as a regular expression. Throws an Error for one that is not anchored or does not compile. */
export function compileForm(form: unknown): RegExp {
  if (typeof form !== 'string' || !isAnchored(form)) throw new Error(`The form ${String(form)} is not anchored`);
  return new RegExp(form, 'u');
}

/** What a schema says of the code that it describes; nothing where it describes none. */
function annotationOf(schema: Schema): Annotation | undefined {
  const { 'x-codelist': codelist, 'x-form': form } = schema;
  if (codelist === undefined && form === undefined) return undefined;
  return {
    ...(codelist === undefined ? {} : { codelist: codelist as string }),
    ...(form === undefined ? {} : { form: compileForm(form) }),
  };
}

/** Reads the plan of a schema. `resolve` gives a schema by its absolute `$id`. */
export function codePlanOf(schema: Schema, resolve: Resolve): CodePlan {
  const codes: CodeProperty[] = [];
  const objects: [string, CodePlan][] = [];
  const arrays: [string, CodePlan][] = [];
  const properties = new Map<string, Schema>();
  for (const part of partsOf(schema, resolve))
    for (const [name, partSchema] of Object.entries((part.properties as Record<string, Schema> | undefined) ?? {}))
      properties.set(name, partSchema);
  for (const [property, propertySchema] of properties) {
    const parts = partsOf(propertySchema, resolve);
    const items = parts.map((part) => part.items).find(isSchema);
    const annotation = [...parts, ...(items === undefined ? [] : partsOf(items, resolve))]
      .map(annotationOf)
      .find((annotated) => annotated !== undefined);
    if (annotation !== undefined) codes.push({ property, annotation });
    const below = codePlanOf(items ?? propertySchema, resolve);
    if (below.codes.length + below.objects.length + below.arrays.length > 0)
      (items === undefined ? objects : arrays).push([property, below]);
  }
  return { codes, objects, arrays };
}

/** What is wrong with the annotations of a document, each with its JSON Pointer: an invalid form, or an unknown code list. */
export function wrongAnnotations(document: unknown, hasList: (id: string) => boolean, at = ''): readonly string[] {
  if (typeof document !== 'object' || document === null) return [];
  const schema = isSchema(document) ? document : {};
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
