/** Loads the published standards, and compiles the parts of each that the gateway enforces: its validator, portions, codes and topics. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject, Refusal } from '../../adapters/adapter.ts';
import { MISSING_PROPERTY, MOST_REFUSALS } from '../../adapters/refusal.ts';
import { type PortionPlan, planOf } from '../labels/portions.ts';
import { compileProfile, type Profile, type ProfileDocument } from '../labels/profile.ts';
import { type CodeListFile, type CodeLists, indexCodeLists } from '../quality/codelists.ts';
import { type CodePlan, codePlanOf, wrongAnnotations } from '../quality/codes.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';

export interface Standard {
  /** `hearing.resulted`. */
  readonly name: string;
  /** `uk.justice.hearing.resulted.v1`. */
  readonly type: string;
  readonly noun: string;
  readonly major: number;
  /** Whether its events are on topics, and clients may submit them. */
  readonly hasTopic: boolean;
  /** The full-version `$id`. */
  readonly schemaId: string;
  readonly plan: PortionPlan;
  /** Where its codes are. */
  readonly codes: CodePlan;
  /** The refusals of data that is not valid; at most 50, and never a value of the data. */
  readonly check: (data: JsonObject) => readonly Refusal[];
}

/** Standards of events that a gateway sends to one address. They are not on topics, and clients cannot submit them. */
const WITHOUT_TOPIC: ReadonlySet<string> = new Set(['subscription.tested']);

export interface Standards {
  readonly byName: ReadonlyMap<string, Standard>;
  readonly byType: ReadonlyMap<string, Standard>;
  /** Every schema and document by its `$id` or file path below `schemas/`. */
  readonly files: ReadonlyMap<string, JsonObject>;
  readonly ajv: Ajv2020;
  readonly codeLists: CodeLists;
  /** Task profiles by their id. */
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** Describes an Ajv error without quoting the data: even the name of an unknown property can be content. */
function refusalOf({ instancePath, keyword, message, params }: ErrorObject): Refusal {
  const missing = keyword === 'required' ? ` (${(params as { missingProperty: string }).missingProperty})` : '';
  const reason = keyword.endsWith('Properties') ? 'A property that the standard does not know' : `The value ${message ?? 'is not valid'}`;
  return {
    code: 'schema-violation',
    at: instancePath === '' ? '/' : instancePath,
    reason: missing === '' ? reason : `${MISSING_PROPERTY}${missing}`,
  };
}

const toRefusals = (errors: readonly ErrorObject[] | null | undefined): readonly Refusal[] => {
  const causes = (errors ?? []).filter(({ keyword }) => keyword !== 'if');
  return causes.slice(0, MOST_REFUSALS).map(refusalOf);
};

/** How many faults of a document one message names. */
const MOST_NAMED = 20;

/** Everything that is wrong with a document, each place once, without a value of it. */
export function faultsOf(errors: readonly ErrorObject[] | null | undefined): string {
  const all = [...new Set((errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? 'is not valid'}`))];
  const more = all.length - MOST_NAMED;
  return `${all.slice(0, MOST_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** An Ajv as this project uses it: no remote references, own properties only, no data in errors. */
export function makeAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    ownProperties: true,
    allowUnionTypes: true,
    validateFormats: true,
    verbose: false,
    $data: false,
  });
  ajv.addVocabulary(['x-portion', 'x-codelist', 'x-form', 'x-time', 'x-cjs', 'x-deprecated', 'x-sunset', 'x-successor']);
  addFormats.default(ajv);
  return ajv;
}

const read = (file: string): JsonObject => JSON.parse(readFileSync(file, 'utf8')) as JsonObject;

/** Loads everything below a `schemas/` folder. Throws an Error that names the file when a schema does not compile. */
export function loadStandards(folder: string): Standards {
  const files = new Map<string, JsonObject>();
  const lists: CodeListFile[] = [];
  const ajv = makeAjv();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort();
  for (const name of names) {
    const document = read(join(folder, name));
    const path = name.replaceAll('\\', '/');
    files.set(path, document);
    if (typeof document.$id === 'string') {
      ajv.addSchema(document, document.$id);
      files.set(document.$id, document);
    } else if (path.startsWith('codelists/')) lists.push(document as unknown as CodeListFile);
  }
  const codeLists = indexCodeLists(lists);
  for (const [path, document] of files) {
    const [wrong] = path === document.$id ? wrongAnnotations(document, (id) => codeLists.has(id)) : [];
    if (wrong !== undefined) throw new Error(`${path}#${wrong}`);
  }
  const byName = new Map<string, Standard>();
  for (const [path, document] of files) {
    const match = /^events\/(([a-z]+)\.[a-z]+)\.json$/.exec(path);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    byName.set(match[1], standardOf(match[1], match[2], document, ajv, files));
  }
  const byType = new Map([...byName.values()].map((standard) => [standard.type, standard]));
  return { byName, byType, files, ajv, codeLists, profiles: profilesOf(files, byName, ajv) };
}

const PROFILE_SCHEMA = `${STANDARDS_ADDRESS}profiles/profile/1.0.0`;

function profilesOf(files: Standards['files'], byName: Standards['byName'], ajv: Ajv2020): Standards['profiles'] {
  const profiles = new Map<string, Profile>();
  for (const [path, document] of files) {
    if (!path.startsWith('profiles/') || document.$id !== undefined) continue;
    if (ajv.validate(PROFILE_SCHEMA, document) !== true) throw new Error(`${path} is not a profile: ${faultsOf(ajv.errors)}`);
    const profile = compileProfile(document as unknown as ProfileDocument, (name) => byName.get(name));
    profiles.set(profile.document.id, profile);
  }
  return profiles;
}

function standardOf(name: string, noun: string, schema: JsonObject, ajv: Ajv2020, files: ReadonlyMap<string, JsonObject>): Standard {
  const schemaId = schema.$id as string;
  const major = Number(/\/(\d+)\.\d+\.\d+$/.exec(schemaId)?.[1]);
  if (!Number.isInteger(major)) throw new Error(`The $id of ${name} has no full version`);
  let validate: ValidateFunction | undefined;
  const check = (data: JsonObject): readonly Refusal[] => {
    validate ??= ajv.getSchema(schemaId) as ValidateFunction;
    return validate(data) ? [] : toRefusals(validate.errors);
  };
  const resolve = (id: string) => files.get(id.replace(/#$/, ''));
  return {
    name,
    type: `uk.justice.${name}.v${major}`,
    noun,
    major,
    hasTopic: !WITHOUT_TOPIC.has(name),
    schemaId,
    plan: planOf(schema, resolve),
    codes: codePlanOf(schema, resolve),
    check,
  };
}
