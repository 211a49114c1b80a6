/** What a form is made of, and what it is made from. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The part of JSON Schema (2020-12) that forms are made from. */
export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  /** In a file that needs no other: the schemas that it refers to, each with its `$id`. */
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly allOf?: readonly JsonSchema[];
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** The id of a published code list. */
  readonly 'x-codelist'?: string;
}

/** A published code list: rows, whose columns are named. */
export interface CodeList {
  readonly columns?: readonly string[];
  readonly codes: readonly (readonly unknown[])[];
}

/** A code and what it means. */
export interface Option {
  readonly code: string;
  readonly text: string;
}

/**
 * How a field is asked for. `words` is a list of texts in one input, between spaces; `lines` a list of texts, one a line;
 * `checkboxes` a list of codes. `time` reads 21:40, 2140 and 9:40pm.
 */
export type FieldKind = 'text' | 'textarea' | 'words' | 'lines' | 'date' | 'time' | 'number' | 'radios' | 'select' | 'checkboxes';

/** An object that holds fields: a fieldset. */
export interface Group {
  readonly pointer: string;
  readonly title: string;
  readonly hint?: string;
}

export interface Field {
  /** Where the value stands in the data (RFC 6901): `/stop/date`. */
  readonly pointer: string;
  /** The same with `*` for every place of an array, as in task profiles. */
  readonly path: string;
  /** Name and id of the input; of a date, what its three inputs begin with. */
  readonly name: string;
  readonly title: string;
  readonly hint?: string;
  /** What errors call it: `the date`. */
  readonly called: string;
  readonly kind: FieldKind;
  readonly type: 'string' | 'boolean' | 'integer' | 'number';
  /** Whether it must be given always. */
  readonly required: boolean;
  /** The object that cannot be without it: it must be given when anything else of that object is. For all the data it is `''`. */
  readonly requiredIn?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly options: readonly Option[];
  readonly autocomplete?: string;
  readonly inputmode?: string;
  readonly inputType?: string;
  /** The objects that it stands in, outermost first. */
  readonly groups: readonly Group[];
}

export interface Form {
  readonly title: string;
  readonly hint?: string;
  readonly fields: readonly Field[];
}

export const DATE_PARTS = ['day', 'month', 'year'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

export const YES = 'yes';
export const NO = 'no';

export const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

export const pointerOf = (parent: string, step: string): string => `${parent}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Whether a place is another or stands in it. */
export const isWithin = (pointer: string, outer: string): boolean => pointer === outer || pointer.startsWith(`${outer}/`);
