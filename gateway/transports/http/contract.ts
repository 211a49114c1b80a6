/** The contract as the gateway enforces it: operations, parameters and responses, compiled from `contracts/openapi.yaml`. */
import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import type { Request } from 'express';
import type { JsonObject, Refusal } from '../../../adapters/adapter.ts';
import { parseStrict, stepsOf } from '../../../adapters/json.ts';
import { makeAjv, type Standards } from '../../rules/standards.ts';
import { bytesOf, contentTypeOf } from './body.ts';
import { DEFAULTED, type Parameters } from './parameters.ts';
import { HttpProblem } from './problem.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

interface Parameter {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly type: string;
  readonly default: unknown;
  readonly validate: ValidateFunction;
}

export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** The path as OpenAPI writes it. */
  readonly path: string;
  /** The parameters, with the defaults of the contract. Throws HttpProblem `invalid-request` with the places. */
  readonly parametersOf: (request: Request) => Parameters;
  /** The JSON of a request's body. Throws HttpProblem for another media type, and `invalid-request` with the places. */
  readonly bodyOf: (request: Request) => JsonObject;
  /** The faults of a JSON response of a status, for tests. Undefined where the contract says nothing about it. */
  readonly checkResponse: (status: number, mediaType: string, body: unknown) => readonly Refusal[] | undefined;
}

const CONTRACT_ID = 'https://justice-interchange.example/contracts/openapi.yaml';

/** References to files of `schemas/` become references to their ids. */
function resolveReferences(node: unknown, standards: Standards): unknown {
  if (Array.isArray(node)) return node.map((item) => resolveReferences(item, standards));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([name, value]): [string, unknown] => {
    const file = name === '$ref' && typeof value === 'string' ? /^\.\.\/schemas\/([^#]+)(#.*)?$/.exec(value) : null;
    if (file?.[1] === undefined) return [name, resolveReferences(value, standards)];
    const id = standards.files.get(file[1])?.$id;
    if (typeof id !== 'string') throw new Error(`openapi.yaml refers to ${file[1]}, which is not in schemas/`);
    return [name, `${id}${file[2] ?? ''}`];
  });
  return Object.fromEntries(entries);
}

/** The contract, and an Ajv that knows its schemas and the standards: the one of the standards is left as it is. */
interface Source {
  readonly document: JsonObject;
  readonly ajv: Ajv2020;
  /** What was compiled, by the text of the schema: many parameters have the same one. */
  readonly compiled: Map<string, ValidateFunction>;
}

function openSource(contract: JsonObject, standards: Standards): Source {
  const document = resolveReferences(contract, standards) as JsonObject;
  const ajv = makeAjv();
  // The standards were validated when they were loaded.
  for (const [path, schema] of standards.files) if (path === schema.$id) ajv.addSchema(schema, path, false, false);
  const schemas = (document.components as JsonObject | undefined)?.schemas ?? {};
  ajv.addSchema({ $id: CONTRACT_ID, $defs: absolute(schemas) } as object, CONTRACT_ID);
  return { document, ajv, compiled: new Map() };
}

/** The operations of an OpenAPI document. Throws an Error when it refers to what is not there, or does not say what a parameter is without a value. */
export function loadContract(contract: JsonObject, standards: Standards): ReadonlyMap<string, Operation> {
  const source = openSource(contract, standards);
  const { document } = source;
  const operations = new Map<string, Operation>();
  for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, JsonObject>>)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const id = operation.operationId as string;
      const parameters = [
        ...((item.parameters as unknown as JsonObject[]) ?? []),
        ...((operation.parameters as JsonObject[] | undefined) ?? []),
      ].map((parameter) => parameterOf(parameter, source));
      operations.set(id, {
        id,
        method,
        path,
        parametersOf: parametersOf(parameters),
        bodyOf: bodyOf(operation, source),
        checkResponse: responses(operation, source),
      });
    }
  }
  return operations;
}

/** References to the document's own schemas, as Ajv finds them: it sees only the schemas, as the rest of OpenAPI is not JSON Schema. */
const absolute = (node: unknown): unknown =>
  JSON.parse(JSON.stringify(node).replaceAll('"$ref":"#/components/schemas/', `"$ref":"${CONTRACT_ID}#/$defs/`));

function deref(node: JsonObject, document: JsonObject): JsonObject {
  if (typeof node.$ref !== 'string' || !node.$ref.startsWith('#/')) return node;
  let found: unknown = document;
  for (const step of stepsOf(node.$ref.slice(1))) found = (found as JsonObject)[step];
  return found as JsonObject;
}

function compile(schema: JsonObject, { ajv, compiled }: Source): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const validate = ajv.compile(absolute(schema) as JsonObject);
  compiled.set(text, validate);
  return validate;
}

function parameterOf(node: JsonObject, source: Source): Parameter {
  const {
    name,
    in: place,
    required = false,
    schema = {},
  } = deref(node, source.document) as { name: string; in: Parameter['place']; required?: boolean; schema?: JsonObject };
  const resolvedSchema = deref(schema, source.document);
  if (place === 'query' && DEFAULTED.some((defaulted) => defaulted === name) && resolvedSchema.default === undefined)
    throw new Error(`openapi.yaml: the parameter ${name} needs a default`);
  return {
    name,
    place,
    required,
    type: (resolvedSchema.type as string | undefined) ?? 'string',
    default: resolvedSchema.default,
    validate: compile(resolvedSchema, source),
  };
}

/** Parameters arrive as text; a number is only what is written as one, and so is a truth value. */
function parameterValue(text: unknown, type: string): unknown {
  if (typeof text !== 'string') return text;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return (type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Express gives a path that takes slashes in parts. */
const pathParameters = (params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]));

const rawParameter = (request: Request, place: Parameter['place'], name: string): unknown => {
  if (place === 'header') return request.headers[name.toLowerCase()];
  return place === 'query' ? request.query[name] : pathParameters(request.params)[name];
};

function parametersOf(parameters: readonly Parameter[]): Operation['parametersOf'] {
  const known = new Set(parameters.filter(({ place }) => place === 'query').map(({ name }) => name));
  return (request) => {
    const reasons: Refusal[] = [];
    const found: Record<Parameter['place'], Record<string, unknown>> = { path: {}, query: {}, header: {} };
    for (const { name, place, required, type, default: otherwise, validate } of parameters) {
      const text = rawParameter(request, place, name);
      const value = text === undefined ? otherwise : parameterValue(text, type);
      const at = `/${place}/${name}`;
      if (text === undefined && required) reasons.push({ code: 'parameter-missing', at, reason: 'This parameter is required' });
      else if (text !== undefined && !validate(value))
        reasons.push({ code: 'parameter-invalid', at, reason: `The value ${validate.errors?.[0]?.message ?? 'is not valid'}` });
      else if (value !== undefined) found[place][name] = value;
    }
    if (Object.keys(request.query).some((name) => !known.has(name)))
      reasons.push({ code: 'parameter-unknown', at: '/query', reason: 'A query parameter that this operation does not know' });
    if (reasons.length > 0) throw new HttpProblem('invalid-request', { reasons });
    return found as Parameters;
  };
}

/** Reads bodies in JSON as the contract has them. Names stand once, and a value is never repeated. */
function bodyOf(operation: JsonObject, source: Source): Operation['bodyOf'] {
  const content = (operation.requestBody as { content?: Record<string, { schema?: JsonObject }> } | undefined)?.content ?? {};
  const compiled = new Map<string, ValidateFunction>();
  return (request) => {
    const { mediaType = '' } = contentTypeOf(request.get('content-type'));
    const schema = content[mediaType]?.schema;
    if (schema === undefined) throw new HttpProblem('unsupported-media-type');
    const parsed = parseStrict(Buffer.from(bytesOf(request.body)).toString());
    if (!parsed.ok) throw new HttpProblem('invalid-request', { reasons: parsed.refusals.map((refusal) => ({ ...refusal, at: '/body' })) });
    let validate = compiled.get(mediaType);
    if (validate === undefined) compiled.set(mediaType, (validate = compile(deref(schema, source.document), source)));
    if (!validate(parsed.value)) {
      const reasons = (validate.errors ?? []).slice(0, 20).map(
        ({ instancePath, keyword, message = '' }): Refusal => ({
          code: 'schema-violation',
          at: `/body${instancePath}`,
          reason: keyword.endsWith('Properties') ? 'A property that this operation does not know' : `The value ${message}`,
        }),
      );
      throw new HttpProblem('invalid-request', { reasons });
    }
    return parsed.value as JsonObject;
  };
}

function responses(operation: JsonObject, source: Source): Operation['checkResponse'] {
  return (status, mediaType, body) => {
    const stated = operation.responses as Record<string, JsonObject>;
    const response = stated[String(status)] ?? stated.default;
    if (response === undefined) return undefined;
    const content = deref(response, source.document).content as Record<string, { schema?: JsonObject }> | undefined;
    if (content === undefined) return body === undefined || body === '' ? [] : undefined;
    const schema = content[mediaType]?.schema;
    if (schema === undefined) return content[mediaType] === undefined ? undefined : [];
    const validate = compile(schema, source);
    return validate(body)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message = '' }) => ({ code: 'response-invalid', at: instancePath, reason: message }));
  };
}
