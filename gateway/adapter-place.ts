/** Where in the file of an adapter something went wrong, for who writes the adapter. */
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { AdapterError } from './adapter-error.ts';

interface Place {
  readonly line: string;
  readonly column?: string;
}

/** The innermost call of a stack that stands in the file. */
function calledFrom(path: string, stack: string): Place | undefined {
  const { href } = pathToFileURL(path);
  for (const call of stack.split('\n')) {
    const start = call.indexOf(href);
    const found = start < 0 ? null : /^(?:\?digest=[0-9a-f]+)?:(\d+):(\d+)/.exec(call.slice(start + href.length));
    if (found?.[1] !== undefined && found[2] !== undefined) return { line: found[1], column: found[2] };
  }
  return undefined;
}

/** The line on which a file stops being JavaScript. Node says it only to a caller that asks it to check the file. */
function notParsedAt(path: string): Place | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 });
  const line = /:(\d+)\n/.exec(stderr)?.[1];
  return line === undefined ? undefined : { line };
}

/** What was thrown while an adapter was loaded or called, as an error that names file, line and reason. */
export function adapterErrorOf(path: string, thrown: unknown): AdapterError {
  if (thrown instanceof AdapterError) return thrown;
  const { message, stack } = thrown instanceof Error ? thrown : { message: 'it throws something that is not an error', stack: undefined };
  const place = calledFrom(path, stack ?? '') ?? (thrown instanceof SyntaxError ? notParsedAt(path) : undefined);
  const at = place === undefined ? '' : `, line ${place.line}${place.column === undefined ? '' : `, column ${place.column}`}`;
  return new AdapterError([`${path}${at}: ${message}`]);
}
