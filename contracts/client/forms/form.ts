/** A form from a schema: which fields there are, what each is called and how it is asked for. */
import {
  type CodeList,
  type Field,
  type FieldKind,
  type Form,
  type Group,
  isWithin,
  type JsonSchema,
  type Option,
  pointerOf,
} from './field.ts';
import { kindOf, optionsOf, sentence } from './kind.ts';

/** What a form says in other words than its schema, or asks for in another way. Of an object, `title` and `hint` are those of its fieldset. */
export interface Override {
  /** An empty one of an object means that it has no fieldset. */
  readonly title?: string;
  /** An empty one means that there is none. */
  readonly hint?: string;
  /** What errors call it: `the date`. */
  readonly called?: string;
  readonly kind?: FieldKind;
  /** Where the schema names no code list: the id of one, or the codes themselves. */
  readonly options?: string | readonly Option[];
  readonly autocomplete?: string;
  readonly inputmode?: string;
  /** The form asks for it, although the schema does not: it must be given when anything else of its object is. */
  readonly required?: boolean;
}

/** Pointers may have `*` for every place of an array, as those of task profiles do. One of an object stands for all that is in it. */
export interface FormOptions {
  /** By `$id`: what the schema refers to, where it does not have it in its own `$defs`, as the standards below `/standards/bundled/` do. */
  readonly schemas?: ReadonlyMap<string, JsonSchema>;
  /** By id. */
  readonly codeLists?: ReadonlyMap<string, CodeList>;
  /** What to show, in this order. Default: all. */
  readonly only?: readonly string[];
  readonly hide?: readonly string[];
  /** How many places of an array of objects to show. Default: 1. */
  readonly places?: Readonly<Record<string, number>>;
  readonly overrides?: Readonly<Record<string, Override>>;
}

/** What the gateway or an adapter makes: nobody types it. */
const MADE = new Set(['/quality', '/label', '/portions', '/protections', '/extensions', '/message']);
const SCALARS = ['string', 'boolean', 'integer', 'number'] as const;
const MOST_DEPTH = 12;

interface Place {
  readonly pointer: string;
  readonly path: string;
  /** The outermost object that cannot be without what is here; this place itself if it need not be. */
  readonly chain: string;
  readonly groups: readonly Group[];
}

/** `Date of birth` within a sentence; `PNC ID` stays as it is. */
const withinSentence = (title: string): string => (/^.[A-Z]/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1));

/** A hint for a kind of input, in addition to what the schema says about the value. */
const HELP: Readonly<Partial<Record<FieldKind, string>>> = {
  date: 'For example, 27 3 2026',
  time: 'For example, 21:40',
  lines: 'One on each line',
  words: 'With a space between them',
};

/** An object without what is undefined or empty in it. */
const stated = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined && member !== '')) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/** A schema together with what it refers to (`$ref`, `allOf`): their properties are joined, and the title and description of the schema itself take precedence. */
function resolve({ $ref, allOf = [], ...rest }: JsonSchema, schemas: ReadonlyMap<string, JsonSchema>): JsonSchema {
  if ($ref === undefined && allOf.length === 0) return rest;
  const target = $ref === undefined ? {} : schemas.get($ref);
  if (target === undefined) throw new Error(`The schema ${$ref} is not among the schemas`);
  const parts = [...[target, ...allOf].map((schema) => resolve(schema, schemas)), rest];
  const properties = parts.flatMap((part) => Object.entries(part.properties ?? {}));
  return {
    ...Object.assign({}, ...parts),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    required: parts.flatMap(({ required = [] }) => required),
  };
}

/** A value of a schema, or a list of such values. */
function fieldOf(schema: JsonSchema, value: JsonSchema, place: Place, override: Override, codeLists: FormOptions['codeLists']): Field {
  const { pointer, path, chain, groups } = place;
  const isList = schema !== value;
  const known = optionsOf(value, codeLists, override.options);
  const kind = override.kind ?? kindOf(value, isList, known);
  const title = override.title ?? schema.title ?? sentence(path.slice(path.lastIndexOf('/') + 1));
  const number = value.type === 'integer' ? 'numeric' : 'decimal';
  return {
    pointer,
    path,
    kind,
    title,
    groups,
    name: pointer.slice(1).replaceAll('/', '-'),
    called: override.called ?? `the ${withinSentence(title)}`,
    type: SCALARS.find((type) => type === value.type) ?? 'string',
    required: chain === '',
    options: kind === 'radios' || kind === 'select' || kind === 'checkboxes' ? known : [],
    ...stated({
      hint: override.hint ?? [schema.description, HELP[kind]].filter((text) => text !== undefined).join(' '),
      requiredIn: chain === pointer ? undefined : chain,
      minLength: value.minLength,
      maxLength: value.maxLength,
      pattern: kind === 'time' ? undefined : value.pattern,
      autocomplete: override.autocomplete,
      inputmode: override.inputmode ?? (kind === 'number' ? number : undefined),
      inputType: value.format === 'email' ? 'email' : path.includes('/phones/') ? 'tel' : undefined,
    }),
    ...(chain === '' ? { requiredIn: '' } : {}),
  };
}

/** What is found on the way through a schema. */
class Fields {
  readonly found: Field[] = [];
  readonly #options: FormOptions;
  /** Those that the caller gave, and those that the schema brings with it. */
  readonly #schemas: ReadonlyMap<string, JsonSchema>;

  constructor(schema: JsonSchema, options: FormOptions) {
    this.#options = options;
    const bundled = Object.values(schema.$defs ?? {}).flatMap((definition): [string, JsonSchema][] =>
      definition.$id === undefined ? [] : [[definition.$id, definition]],
    );
    this.#schemas = new Map([...(options.schemas ?? []), ...bundled]);
  }

  /** Adds the fields of a schema: those of its properties, of each place of its list of objects, or the one that it is. */
  add(schema: JsonSchema, place: Place, depth = 0): void {
    if (MADE.has(place.pointer) || depth > MOST_DEPTH) return;
    const { codeLists } = this.#options;
    const resolved = resolve(schema, this.#schemas);
    const item = resolved.type === 'array' && resolved.items !== undefined ? resolve(resolved.items, this.#schemas) : undefined;
    if (resolved.properties !== undefined) this.#addProperties(resolved, place, depth);
    else if (item?.properties !== undefined) this.#addPlaces(resolved, item, place, depth);
    else if (SCALARS.some((type) => type === (item ?? resolved).type))
      this.found.push(fieldOf(resolved, item ?? resolved, place, this.#overrideOf(place), codeLists));
  }

  #addProperties(schema: JsonSchema, place: Place, depth: number): void {
    const groups = this.#groupsOf(schema, place);
    for (const [step, child] of Object.entries(schema.properties ?? {})) {
      const inner = { pointer: pointerOf(place.pointer, step), path: pointerOf(place.path, step), chain: place.chain, groups };
      const isRequired = schema.required?.includes(step) === true || this.#overrideOf(inner).required === true;
      this.add(child, isRequired ? inner : { ...inner, chain: inner.pointer }, depth + 1);
    }
  }

  #addPlaces(listSchema: JsonSchema, item: JsonSchema, place: Place, depth: number): void {
    const { places = {} } = this.#options;
    const count = places[place.path] ?? places[place.pointer] ?? 1;
    for (let n = 0; n < count; n++) {
      const pointer = `${place.pointer}/${n}`;
      const title = count > 1 ? `${listSchema.title ?? ''} ${n + 1}`.trim() : listSchema.title;
      this.add({ ...item, ...stated({ title }) }, { ...place, pointer, path: `${place.path}/*`, chain: pointer }, depth + 1);
    }
  }

  #groupsOf({ title, description }: JsonSchema, place: Place): readonly Group[] {
    if (place.pointer === '') return [];
    const group = { title, hint: description, ...this.#overrideOf(place) };
    if (group.title === undefined || group.title === '') return place.groups;
    return [...place.groups, { pointer: place.pointer, title: group.title, ...stated({ hint: group.hint }) }];
  }

  #overrideOf({ pointer, path }: Pick<Place, 'pointer' | 'path'>): Override {
    const { overrides = {} } = this.#options;
    return { ...overrides[path], ...overrides[pointer] };
  }
}

/** The place in a list of pointers of the first that a field is within, or -1. */
const rankIn = (list: readonly string[], { pointer, path }: Field): number =>
  list.findIndex((place) => isWithin(pointer, place) || isWithin(path, place));

/** The fields that a form shows, in its order. */
function shownOf(fields: readonly Field[], { only, hide = [] }: FormOptions): readonly Field[] {
  const left = fields.filter((field) => rankIn(hide, field) < 0);
  if (only === undefined) return left;
  return left.filter((field) => rankIn(only, field) >= 0).toSorted((one, other) => rankIn(only, one) - rankIn(only, other));
}

/**
 * A form of everything in a schema that a person can state, but for `quality`, `label`, `portions`, `protections`, `extensions` and `message`. It reads
 * `properties`, `required`, `items`, `$ref` and `allOf`; alternatives (`oneOf`, `if`) are the gateway's to judge.
 * @example formOf(schema, { schemas, codeLists, only: ['/stop/date', '/person/name'] })
 */
export function formOf(schema: JsonSchema, options: FormOptions = {}): Form {
  const fields = new Fields(schema, options);
  fields.add(schema, { pointer: '', path: '', chain: '', groups: [] });
  const shown = shownOf(fields.found, options);
  if (new Set(shown.map(({ name }) => name)).size < shown.length) throw new Error('Two fields of the schema have one name');
  return { title: schema.title ?? '', ...stated({ hint: schema.description }), fields: shown };
}
