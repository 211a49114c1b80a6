/** Says after the tests what this machine could not run. On CI a part that the machine should have is a failure. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const corpus = resolve(import.meta.dirname, '../../shared/corpus/MANIFEST.md');
const leftOut: string[] = existsSync(corpus)
  ? []
  : ['the corpus of real messages is not beside this checkout (../shared/corpus): its tests were left out'];
const kafka = resolve(import.meta.dirname, '../.cache/kafka-left-out.txt');
const missing = existsSync(kafka) ? readFileSync(kafka, 'utf8') : '';
if (missing !== '') leftOut.push(`the tests on a real Kafka were left out: ${missing}`);
const queues = resolve(import.meta.dirname, '../.cache/queues-left-out.txt');
const noQueues = existsSync(queues) ? readFileSync(queues, 'utf8') : '';
if (noQueues !== '') leftOut.push(`tests of queues were left out: ${noQueues}`);
const browser = resolve(import.meta.dirname, '../.cache/browser-left-out.txt');
if (existsSync(browser)) leftOut.push(`the tests in a real browser were left out: ${readFileSync(browser, 'utf8')}`);
const python = resolve(import.meta.dirname, '../.cache/python-cloudevents-left-out.txt');
if (existsSync(python)) leftOut.push(`the tests of the CloudEvents SDK for Python were left out: ${readFileSync(python, 'utf8')}`);
for (const name of ['sshd', 'tmpfs']) {
  const missing = resolve(import.meta.dirname, `../.cache/${name}-left-out.txt`);
  if (existsSync(missing)) leftOut.push(`tests of the SFTP and folder transports were left out: ${readFileSync(missing, 'utf8')}`);
}
for (const name of ['python', 'npm']) {
  const missing = resolve(import.meta.dirname, `../.cache/${name}-left-out.txt`);
  if (existsSync(missing)) leftOut.push(`the tests of other people's programs were left out: ${readFileSync(missing, 'utf8')}`);
}
const zeep = resolve(import.meta.dirname, '../.cache/zeep-left-out.txt');
if (existsSync(zeep)) leftOut.push(`the tests of the SOAP client zeep were left out: ${readFileSync(zeep, 'utf8')}`);
console.log(leftOut.length === 0 ? 'Nothing was left out.' : `Left out: ${leftOut.join('; ')}.`);
if (leftOut.length > 0 && process.env.CI === 'true') process.exitCode = 1;

const results = resolve(import.meta.dirname, '../.cache/tests.json');
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}
const {
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests,
  numTodoTests,
} = JSON.parse(readFileSync(results, 'utf8')) as Results;
console.log(`${passed} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`);
