/** The one place where the command line writes to standard output and standard error. */
import { safeJson, safeLines, safeText } from '../terminal.ts';

export interface Output {
  /** Lines for people, on standard output. What is unsafe in them is escaped, wherever they go: a line end in one line is no line end. */
  out(...lines: readonly string[]): void;
  /** The same on standard error. */
  err(...lines: readonly string[]): void;
  /** A value as JSON on one line of standard output, or on several, indented. What is unsafe is escaped as JSON does it: the value stays. */
  json(value: unknown, indent?: number): void;
  /** Bytes of standard output exactly as they are; on a terminal as lines for people. */
  data(bytes: Uint8Array): void;
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
  return {
    out: to(stdout),
    err: to(stderr),
    json: (value, indent) => void stdout.write(`${safeJson(JSON.stringify(value, null, indent))}\n`),
    data: (bytes) => void stdout.write(stdout.isTTY === true ? safeLines(Buffer.from(bytes).toString()) : bytes),
    progress: (text) => {
      if (stderr.isTTY === true) stderr.write(`\r${safeText(text)}`);
    },
  };
}
