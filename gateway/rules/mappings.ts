/** Checks mapping documents: their form against the published schema, their places against the standards. */
import type { Adapter, Json, JsonObject } from '../../adapters/adapter.ts';
import { escapeStep, at as valueAt } from '../../adapters/json.ts';
import { mappingAdapter } from '../../adapters/mapping/adapter.ts';
import { type CompiledMapping, compileMapping, type MappingCheck } from '../../adapters/mapping/compile.ts';
import type { MappingFault } from '../../adapters/mapping/document.ts';
import { AdapterError } from '../adapter-error.ts';
import { isPlace } from '../quality/places.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';
import type { Standards } from './standards.ts';

/** The schema of mapping documents, in the version that the gateway writes. */
export const MAPPING_SCHEMA = `${STANDARDS_ADDRESS}mappings/mapping/1.2.0`;

/** Whether a path of configuration names a mapping document, and not a module. */
export const isMapping = (path: string): boolean => /\.mapping\.(?:json|ya?ml)$/.test(path);

/** Errors of these keywords are left out: in a choice between forms, only the deeper errors are useful. */
const NO_CHOICE = new Set(['oneOf', 'anyOf', 'if']);

/** What the published standards make of mapping documents. */
export function mappingCheck(standards: Standards): MappingCheck {
  const validate = standards.ajv.getSchema(MAPPING_SCHEMA);
  if (validate === undefined) throw new Error('The schema of mapping documents is missing');
  const resolve = (id: string) => standards.files.get(id);
  return {
    form: (document) => {
      if (validate(document) === true) return [];
      const errors = validate.errors ?? [];
      const faults = errors.flatMap(({ instancePath: at, keyword, message, params }) => {
        if (NO_CHOICE.has(keyword)) return [];
        const { missingProperty, unevaluatedProperty, additionalProperty, allowedValue, allowedValues } = params as Record<string, unknown>;
        const unknown = unevaluatedProperty ?? additionalProperty;
        // Every other form of a choice reports that its constant is missing.
        if (keyword === 'const' || (keyword === 'enum' && at.endsWith('/as')))
          return [{ at, reason: `Not one of the values that this can have`, weight: 0, allowed: allowedValue ?? allowedValues }];
        if (typeof unknown === 'string')
          return [{ at: `${at}/${escapeStep(unknown)}`, reason: `There is no member ${unknown} here`, weight: 1 }];
        if (typeof missingProperty === 'string') return [{ at, reason: `The member ${missingProperty} is missing`, weight: 1 }];
        return [{ at, reason: `The value ${message ?? 'is not valid'}`, weight: 1 }];
      });
      return withoutOtherForms(faults, document);
    },
    isStandard: (name) => standards.byName.has(name),
    hasPlace: (name, pointer) => {
      const schema = standards.files.get(standards.byName.get(name)?.schemaId ?? '');
      return schema !== undefined && isPlace(schema, pointer, resolve);
    },
  };
}

interface WeighedFault {
  readonly at: string;
  readonly reason: string;
  readonly weight: number;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** A lens that is wrong is wrong as the lens that it names, and not as every other: with a known name only what is wrong beside it counts. */
function withoutOtherForms(faults: readonly WeighedFault[], document: unknown): readonly { at: string; reason: string }[] {
  const lensOf = (at: string): string | undefined => /^(.*\/lens(?:\/of|\/parts\/\d+)*)(?:\/|$)/.exec(at)?.[1];
  const found = new Map<string, WeighedFault>();
  for (const fault of faults) {
    const lens = lensOf(fault.at);
    const named = lens === undefined ? undefined : valueAt(document as Json, lens);
    const members = isObject(named) ? LENS_MEMBERS.get(String(named.as)) : undefined;
    // Of a lens that nobody knows nothing can be said but which ones there are.
    if (lens !== undefined && members === undefined && isObject(named) && fault.at !== lens && fault.at !== `${lens}/as`) continue;
    if (lens !== undefined && members === undefined && isObject(named) && 'as' in named && fault.at === lens) continue;
    if (lens !== undefined && members !== undefined) {
      if (fault.at === `${lens}/as`) continue;
      const member = fault.at.slice(lens.length + 1).split('/')[0] ?? '';
      const isMissing = /^The member (\S+) is missing$/.exec(fault.reason)?.[1];
      if (isMissing !== undefined && fault.at === lens && !members.includes(isMissing)) continue;
      if (isMissing === undefined && members.includes(member) && fault.reason.startsWith('There is no member')) continue;
    }
    found.set(`${fault.at} ${fault.reason}`, fault);
  }
  return [...found.values()].map(({ at, reason }) => ({
    at,
    reason: at.endsWith('/as') ? `The lens is one of: ${[...LENS_MEMBERS.keys()].join(', ')}` : reason,
  }));
}

/** The members of each lens. */
const LENS_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...(['text', 'integer', 'decimal'] as const).map((as) => [as, []] as const),
  ...(['date', 'time', 'dateTime'] as const).map((as) => [as, ['format']] as const),
  ['padded', ['with', 'length']],
  ['boolean', ['true', 'false']],
  ['code', ['codes', 'unknown']],
  ['identifier', ['kind']],
  ['list', ['separator', 'of']],
  ['parts', ['separator', 'parts']],
  ['join', ['separator']],
]);

/** The text of a mapping, compiled, or everything that is wrong with it. */
export const readMapping = (text: string, standards: Standards): CompiledMapping | readonly MappingFault[] =>
  compileMapping(text, mappingCheck(standards));

/** A fault in one line: `line 12, /events/0/fields/3/to: …`. */
export const faultLine = ({ at, line, reason }: MappingFault): string => `line ${line}${at === '' ? '' : `, ${at}`}: ${reason}`;

/** The adapter of a mapping. Throws an {@link AdapterError} that names every fault and its line. */
export function loadMapping(name: string, text: string, standards: Standards): Adapter {
  const read = readMapping(text, standards);
  if ('document' in read) return mappingAdapter(read);
  throw new AdapterError([`${name} is not a mapping:`, ...read.map((fault) => `  ${faultLine(fault)}`)]);
}
