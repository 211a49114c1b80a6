/** Finds the values of an event that are missing from a document that was written from it. */
import type { Json, JsonObject } from '../adapter.ts';
import { escapeStep } from '../json.ts';

/** Members that the gateway adds, or that describe the transfer of the original message. */
const NOT_CONTENT: ReadonlySet<string> = new Set(['label', 'portions', 'quality', 'protections', 'message', 'subjectCategory']);

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null;
const isNothing = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (isObject(value) && Object.values(value).every((member) => isNothing(member as Json)));

const filled = (list: readonly Json[]): readonly Json[] => list.filter((item) => !isNothing(item));

/** JSON Pointers of the values of `given` that are missing or different in `read`. Extensions under `adapterId` are not compared. */
export function missingIn(given: JsonObject, read: JsonObject, adapterId: string): readonly string[] {
  const found: string[] = [];
  const compare = (expected: Json | undefined, actual: Json | undefined, at: string): void => {
    if (isNothing(expected)) return;
    if (!isObject(expected)) {
      if (expected !== actual) found.push(at);
      return;
    }
    // A blank item of a list has no content, and is not written.
    if (Array.isArray(expected) && expected.some(isNothing)) {
      compare(filled(expected), Array.isArray(actual) ? filled(actual) : actual, at);
      return;
    }
    for (const [name, value] of Object.entries(expected))
      if (!NOT_CONTENT.has(name) && !(at === '/extensions' && name === adapterId))
        compare(value as Json, isObject(actual) ? actual[name] : undefined, `${at}/${escapeStep(name)}`);
  };
  compare(given, read, '');
  return found;
}
