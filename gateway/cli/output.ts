/** The one place where the command line writes to standard output and standard error. */
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { safeJson, safeLines, safeText } from '../terminal.ts';

export interface Output {
  /** Lines for people, on standard output. What is unsafe in them is escaped, wherever they go: a line end in one line is not a line end. */
  out(...lines: readonly string[]): void;
  /** The same on standard error. */
  err(...lines: readonly string[]): void;
  /** A value as JSON on one line of standard output, or on several, indented. What is unsafe is escaped as JSON does it: the value stays. */
  json(value: unknown, indent?: number): void;
  /** Bytes of standard output exactly as they are; on a terminal as lines for people. */
  data(bytes: Uint8Array): void;
  /** The same for one of many parts: resolves when whoever reads them has taken enough for the next. */
  dataPart(bytes: Uint8Array): Promise<void>;
  /** Draws over the line of standard error that people look at. Only where it is a terminal. */
  progress(text: string): void;
}

/** What is written to: a stream of the process. */
export interface Target {
  readonly isTTY?: boolean;
  write(chunk: string | Uint8Array): unknown;
}

export function makeOutput(stdout: Target, stderr: Target): Output {
  const to =
    (target: Target) =>
    (...lines: readonly string[]): void => {
      target.write(lines.map((line) => `${safeText(line)}\n`).join(''));
    };
  const data = (bytes: Uint8Array): void => void stdout.write(stdout.isTTY === true ? safeLines(Buffer.from(bytes).toString()) : bytes);
  return {
    out: to(stdout),
    err: to(stderr),
    json: (value, indent) => void stdout.write(`${safeJson(JSON.stringify(value, null, indent))}\n`),
    data,
    dataPart: async (bytes) => {
      data(bytes);
      // An output that fails says so itself.
      if (stdout instanceof Writable && stdout.writableNeedDrain) await once(stdout, 'drain').catch(() => undefined);
    },
    progress: (text) => {
      if (stderr.isTTY === true) stderr.write(`\r${safeText(text)}`);
    },
  };
}
