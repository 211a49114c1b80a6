/** `npm run test:contract`: schemathesis (PyPI), which knows only the published OpenAPI document, tries to find a failure in a running gateway. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caseOf, OPERATOR, openGateway, resultOf } from '../support/gateway.ts';

/** How many requests it invents for each operation, apart from the examples and the cases of each rule. */
const { values } = parseArgs({ options: { 'max-examples': { type: 'string', default: '30' } } });

const HOME = join(import.meta.dirname, '../..');
const VERSION = '4.32.5';
const FOLDER = join(HOME, '.cache', `schemathesis-${VERSION}`);
const PROGRAM = join(FOLDER, 'bin/schemathesis');

const must = (command: string, words: readonly string[]): void => {
  const { status, error } = spawnSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${words[0]} failed: ${error?.message ?? status}`);
};
if (!existsSync(PROGRAM)) {
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  try {
    must('python3', ['-m', 'venv', FOLDER]);
    must(join(FOLDER, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`]);
  } catch (error) {
    console.log(`Left out: schemathesis cannot be installed here (${(error as Error).message})`);
    process.exit(0);
  }
}

const gateway = await openGateway({ clients: [OPERATOR] });
for (let n = 0; n < 5; n++) {
  await gateway.post('/v1/messages', caseOf(n), 'force');
  await gateway.post('/v1/messages', resultOf(n), 'court');
  await gateway.post('/v1/messages', caseOf(n).slice(0, -40), 'force');
}

/** A refusal of what a schema allows is right here: no schema can say whether a cursor is this client's, or whether bytes are a message. */
const CANNOT_BE_SAID = 'positive_data_acceptance';

let failed = 0;
for (const persona of ['force', 'supplier', 'owner', 'operator', 'approver', OPERATOR.id]) {
  const words = [
    ...['run', `${gateway.url}/standards/openapi.json`, '--url', gateway.url],
    ...['-H', `Authorization: Bearer ${await gateway.token(persona)}`],
    ...['--phases', 'examples,coverage,fuzzing', '--max-examples', values['max-examples'], '--generation-deterministic', '--no-color'],
    // A stream has no end.
    ...['--exclude-path', '/v1/events/stream', '--exclude-checks', CANNOT_BE_SAID, '--suppress-health-check', 'all'],
    ...['--request-timeout', '40'],
  ];
  console.log(`As ${persona}:`);
  // The gateway answers from this process: it must not be held up.
  const child = spawn(PROGRAM, words, { stdio: 'inherit', cwd: FOLDER });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) failed++;
}
const health = await gateway.call('/health');
await gateway.close();
if (failed > 0 || health.status !== 200) process.exitCode = 1;
