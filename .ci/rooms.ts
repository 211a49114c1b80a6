/** No room of the house is larger than 300 lines of code: blank lines and comments do not count. Tests may list as many cases as they need. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MOST = 300;
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs', '*.cjs'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && !/^(contracts\/generated|test)\//.test(file));

const linesOf = (file: string): number =>
  readFileSync(file, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;

const large = files.map((file) => ({ file, lines: linesOf(file) })).filter(({ lines }) => lines > MOST);
for (const { file, lines } of large) console.error(`${file} has ${lines} lines of code: more than ${MOST}`);
if (large.length > 0) process.exitCode = 1;
else console.log(`${files.length} files, none over ${MOST} lines of code.`);
