/** Turns JSON Schemas of others into validators that refuse members without a definition. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Schema = { readonly [keyword: string]: unknown };
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema in which every object takes only the members that it names. Patterns that only Java reads are left out. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isSchema(value)) return value;
  const members = Object.entries(value).filter(
    ([name, member]) => !(name === 'pattern' && typeof member === 'string' && member.startsWith('(?')),
  );
  const within = Object.fromEntries(
    members.map(([name, member]) => [name, name === 'if' || name === 'then' || name === 'else' ? member : closed(member)]),
  );
  return isSchema(value.properties) && (value.type === 'object' || value.properties !== undefined)
    ? { ...within, unevaluatedProperties: false }
    : within;
}

/** What a schema does not allow in a document: as it is written, and where nothing is allowed that the schema does not name. */
export function schemaOf(schema: unknown): {
  readonly open: (document: unknown) => readonly string[];
  readonly closed: (document: unknown) => readonly string[];
} {
  const check = (schema: unknown) => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats.default(ajv);
    const validate = ajv.compile(schema as Schema);
    return (document: unknown): readonly string[] =>
      validate(document)
        ? []
        : (validate.errors ?? []).map(({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${JSON.stringify(params)}`);
  };
  const { $schema: _, ...rest } = schema as Schema;
  const withoutJava = JSON.parse(JSON.stringify(rest), (name, value) =>
    name === 'pattern' && String(value).startsWith('(?s') ? undefined : value,
  );
  return { open: check(withoutJava), closed: check(closed(withoutJava)) };
}
