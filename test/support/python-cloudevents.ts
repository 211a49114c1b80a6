/** The CloudEvents SDK for Python (PyPI). */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HOME } from '../../gateway/config.ts';

const VERSION = '2.2.0';
const FOLDER = join(tmpdir(), `interchange-cloudevents-${VERSION}`);
const PYTHON = join(FOLDER, 'bin/python');
/** Written when all of it is there. */
const INSTALLED = join(FOLDER, 'installed');
/** Read by `.ci/left-out.ts`: on CI an SDK that is missing is a failure. */
const LEFT_OUT = join(HOME, '.cache/python-cloudevents-left-out.txt');

/** A record of Kafka, or an answer over HTTP, as the SDK is given it. `by` is the part of the SDK that reads it and writes it again. */
export interface PythonMessage {
  readonly by: 'http' | 'http-before-2' | 'kafka';
  readonly headers: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly value: string;
}

const PROGRAM = `
import json, sys
from cloudevents.core.bindings import http, kafka
from cloudevents.v1 import conversion
from cloudevents.v1.http import from_http

def again(by, headers, value, key=None):
    if by == "http":
        return http.to_structured_event(http.from_http_event(http.HTTPMessage(headers, value.encode()))).body
    if by == "kafka":
        coded = {name: text.encode() for name, text in headers.items()}
        message = kafka.KafkaMessage(coded, key, value.encode())
        return kafka.to_structured_event(kafka.from_structured_event(message)).value
    return conversion.to_structured(from_http(headers, value))[1]

print(json.dumps([again(**one).decode() for one in json.load(sys.stdin)]))
`;

function run(command: string, words: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words[0]} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** Why the SDK is not here, or undefined where it is. Installs it the first time. */
export function pythonLeftOut(): string | undefined {
  mkdirSync(dirname(LEFT_OUT), { recursive: true });
  rmSync(LEFT_OUT, { force: true });
  if (existsSync(INSTALLED)) return undefined;
  try {
    rmSync(FOLDER, { recursive: true, force: true });
    run('python3', ['-m', 'venv', FOLDER]);
    run(join(FOLDER, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `cloudevents==${VERSION}`]);
    writeFileSync(INSTALLED, VERSION);
    return undefined;
  } catch (error) {
    const reason = `cloudevents ${VERSION} (PyPI) cannot be installed here`;
    writeFileSync(LEFT_OUT, `${reason}: ${(error as Error).message.slice(0, 200)}`);
    return reason;
  }
}

/** Each message as the SDK writes it after it read it. Throws an Error where the SDK does. */
export const writtenByPython = (messages: readonly PythonMessage[]): readonly string[] =>
  JSON.parse(run(PYTHON, ['-c', PROGRAM], JSON.stringify(messages))) as readonly string[];
