/** Reports the files of more than 300 lines of code, without blank lines and comments: each may do a second thing. It refuses none. */
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
for (const { file, lines } of large.toSorted((a, b) => b.lines - a.lines)) console.log(`${file} has ${lines} lines of code`);
console.log(`${large.length} of ${files.length} files have more than ${MOST} lines of code.`);
