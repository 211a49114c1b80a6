/** Reads what the schema of a standard says, through its references and combinations. */
import { isAnchored } from './anchored.ts';

export type Schema = { readonly [keyword: string]: unknown };
/** Gives a schema by its absolute `$id`. */
export type Resolve = (id: string) => Schema | undefined;

/** What a value must be to count as a code: in a list, or in a form. Any other value can say anything. */
export interface CodeKind {
  readonly codelist?: string;
  /** Applied to the value, and to the trimmed value in upper case. */
  readonly form?: RegExp;
}

/** What a schema says, with everything that it refers to and is combined of. */
export interface SchemaContent {
  /** The component that it is, such as `offence`; empty for an anonymous one. */
  readonly component: string;
  readonly properties: ReadonlyMap<string, Schema>;
  readonly items?: Schema;
  /** Whether it takes properties of any name. */
  readonly isOpen: boolean;
  /** What its value must be to count as a code; undefined where it is not a code. */
  readonly code?: CodeKind;
}

/** The name of a component in its `$id`; empty for any other `$id`. */
export const componentOf = (id: unknown): string => /\/components\/([a-z-]+)\//.exec(typeof id === 'string' ? id : '')?.[1] ?? '';

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws an Error for a reference that `resolve` does not know. */
export function referredTo(schema: Schema, resolve: Resolve): Schema | undefined {
  if (typeof schema.$ref !== 'string') return undefined;
  const target = resolve(schema.$ref);
  if (target === undefined) throw new Error(`The standards do not hold ${schema.$ref}`);
  return target;
}

/** An `x-form` as a regular expression. Throws an Error for one that is not anchored or does not compile. */
export function compileForm(form: unknown): RegExp {
  if (typeof form !== 'string' || !isAnchored(form)) throw new Error(`The form ${String(form)} is not anchored`);
  return new RegExp(form, 'u');
}

/**
 * What a schema says. Throws an Error for an unknown reference, for an `x-form` that is not anchored or does not compile, for a property
 * that two parts describe differently, and for a keyword that is not read.
 */
export function contentOf(schema: Schema, resolve: Resolve): SchemaContent {
  const content = new Content();
  content.add(schema, resolve);
  return content;
}

/**
 * The code that a schema describes, or the code of its items: a list of codes is a code too. Throws an Error where it can be an object as
 * well: nobody would look for the portions in it.
 */
export function codeOf({ code: codeOfValue, items, properties }: SchemaContent, resolve: Resolve): CodeKind | undefined {
  const item = items === undefined ? undefined : contentOf(items, resolve);
  const code = codeOfValue ?? item?.code;
  if (code !== undefined && properties.size + (item?.properties.size ?? 0) > 0)
    throw new Error(`A code (${code.codelist ?? code.form?.source}) cannot be an object as well`);
  return code;
}

/** What decides about the label of a property, and about its codes. */
const DECIDING = ['x-portion', 'x-codelist', 'x-form', '$ref', 'type', 'properties', 'items'];
/** Keywords that can describe properties, and that are not read. */
const UNREAD = ['if', 'then', 'else', 'prefixItems', 'dependentSchemas'];

class Content implements SchemaContent {
  component = '';
  readonly properties = new Map<string, Schema>();
  items?: Schema;
  isOpen = false;
  code?: CodeKind;

  /** What a schema says itself goes before what its reference says. */
  add(schema: Schema, resolve: Resolve): void {
    if (this.component === '') this.component = componentOf(schema.$id);
    this.#addCode(schema);
    const target = referredTo(schema, resolve);
    if (target !== undefined) this.add(target, resolve);
    for (const [name, propertySchema] of Object.entries((schema.properties as Record<string, Schema> | undefined) ?? {})) {
      this.#mustAgree(name, propertySchema);
      this.properties.set(name, propertySchema);
    }
    for (const keyword of UNREAD)
      if (typeof schema[keyword] === 'object')
        throw new Error(`${keyword} of a standard is not read: what it describes would have no label`);
    if (isSchema(schema.items)) this.items = schema.items;
    if (schema.additionalProperties === true) this.isOpen = true;
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const part of (schema[keyword] as readonly Schema[] | undefined) ?? []) this.add(part, resolve);
  }

  /** A property that two parts describe has one label and one code: the part that is read last must not hide what another says. */
  #mustAgree(name: string, propertySchema: Schema): void {
    const known = this.properties.get(name);
    if (known !== undefined && DECIDING.some((keyword) => JSON.stringify(known[keyword]) !== JSON.stringify(propertySchema[keyword])))
      throw new Error(`Two parts of a standard describe ${name} differently`);
  }

  #addCode({ 'x-codelist': codelist, 'x-form': form }: Schema): void {
    const code: CodeKind = {
      ...(typeof codelist === 'string' ? { codelist } : {}),
      ...(form === undefined ? {} : { form: compileForm(form) }),
      ...this.code,
    };
    if (Object.keys(code).length > 0) this.code = code;
  }
}
