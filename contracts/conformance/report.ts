/** What was found, for programs and for people. It holds no content and no secret: what checks find is in words of the suite. */
import { type CheckResult, levelReached } from './run.ts';
import type { Kind, Suite } from './suite.ts';

export interface Report {
  readonly suite: { readonly id: string; readonly version: string };
  /** The origin of the system that was checked: an address can hold more than is to be told. */
  readonly target: string;
  readonly as: Kind;
  /** When the run began, ISO 8601. */
  readonly started: string;
  /** The level that was reached; 0 for none. */
  readonly level: number;
  /** Its name; empty for none. */
  readonly name: string;
  readonly checks: readonly CheckResult[];
}

export function reportOf(suite: Suite, target: string, started: string, checks: readonly CheckResult[]): Report {
  const level = levelReached(suite, checks);
  const name = suite.levels.find(({ number }) => number === level)?.name ?? '';
  const { origin } = new URL(target);
  return {
    suite: { id: suite.id, version: suite.version },
    // A text that is not the address of a web server, such as the name of an adapter, has no origin.
    target: origin === 'null' ? target : origin,
    as: suite.id,
    started,
    level,
    name,
    checks,
  };
}

/** The report as the file has it: the statement is about these bytes. */
export const asFile = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

export const WORDS = { passed: 'passed', failed: 'FAILED', 'not-run': 'not run' } as const;

/** `Level 2 of 3: Authenticates`. */
export const levelText = ({ level, name }: Report, { levels }: Suite): string =>
  level === 0 ? `No level of ${levels.length} reached` : `Level ${level} of ${levels.length}: ${name}`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

export function asMarkdown(report: Report, suite: Suite): string {
  const meaning = suite.levels.find(({ number }) => number === report.level)?.meaning;
  const lines = [
    `# ${levelText(report, suite)}`,
    '',
    ...(meaning === undefined ? [] : [meaning, '']),
    `${suite.title}: \`${report.target}\`, suite ${suite.id} ${suite.version}, ${report.started}.`,
    'A level is reached when every check of it, and of all levels below it, passes.',
  ];
  for (const { number, name } of suite.levels) {
    lines.push('', `## Level ${number}: ${name}`, '', '| | check | what was found | source |', '| --- | --- | --- | --- |');
    for (const { id, title, status, detail } of report.checks.filter(({ level }) => level === number)) {
      const source = suite.checks.find((check) => check.id === id)?.source ?? '';
      lines.push(`| ${WORDS[status]} | ${cell(title)} (\`${id}\`) | ${cell(detail)} | ${cell(source)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}
