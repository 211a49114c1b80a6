/** What the verbs that run a suite of conformance share: telling each check, and writing report and statement. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { asFile, asMarkdown, type Report, WORDS } from '../../contracts/conformance/report.ts';
import type { CheckResult } from '../../contracts/conformance/run.ts';
import { signStatement } from '../../contracts/conformance/statement.ts';
import type { Suite } from '../../contracts/conformance/suite.ts';
import { readConfig } from '../config.ts';
import { openKeys } from '../keys/keys.ts';
import { type Io, textOf, type Values } from './verb.ts';

/** Says each check as it is done, below the heading of its level. */
export function teller(suite: Suite, io: Io): (result: CheckResult) => void {
  let last = 0;
  return ({ level, title, status, detail }) => {
    if (level !== last) io.out('', `Level ${level}: ${suite.levels.find(({ number }) => number === level)?.name ?? ''}`);
    last = level;
    io.out(`  ${WORDS[status].padEnd(8)} ${title}${status === 'passed' ? '' : `. ${detail}`}`);
  };
}

/** As every file of the data folder. */
const PRIVATE = { mode: 0o600 };

/** Writes the report and the signed statement about it. Returns the folder. */
export async function writeReport(report: Report, suite: Suite, values: Values, io: Io): Promise<string> {
  const config = readConfig(io.env);
  const folder = resolve(textOf(values, 'out') ?? join(config.dataFolder, 'conformance', report.as));
  const { seal } = await openKeys(config.keysFolder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), asFile(report), PRIVATE);
  writeFileSync(join(folder, 'report.md'), asMarkdown(report, suite), PRIVATE);
  writeFileSync(join(folder, 'statement.jws'), `${await signStatement(report, seal, config.name ?? hostname(), Date.now())}\n`, PRIVATE);
  return folder;
}
