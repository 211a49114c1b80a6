/** The published suites are valid under their schema, and have exactly the checks of the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADAPTER_CHECKS } from '../../../adapters/kit/checks.ts';
import { CONSUMER_CHECKS } from '../../../contracts/conformance/consumer.ts';
import { levelReached, runSuite } from '../../../contracts/conformance/run.ts';
import { SUBMITTER_CHECKS } from '../../../contracts/conformance/submitter.ts';
import { KINDS, readSuite, type Suite } from '../../../contracts/conformance/suite.ts';
import { HOME } from '../../../gateway/config.ts';
import { loadStandards } from '../../../gateway/rules/standards.ts';

type Schema = { readonly [keyword: string]: unknown };

const FOLDER = join(HOME, 'schemas/conformance');
const read = (name: string): Schema => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Schema;
const ID = 'https://justice-interchange.example/standards/conformance/suite/1.0.0';
const standards = loadStandards(join(HOME, 'schemas'));
const suites = ([...KINDS, 'adapter'] as const).map(readSuite);
const CHECKS = { consumer: CONSUMER_CHECKS, submitter: SUBMITTER_CHECKS, adapter: ADAPTER_CHECKS } as const;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
function* below(schema: Schema, at: string): Generator<readonly [string, Schema]> {
  yield [at, schema];
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Schema>))
    yield* below(property, `${at}/${name}`);
  if (isSchema(schema.items)) yield* below(schema.items, `${at}/items`);
}

describe('the schema of a suite', () => {
  const schema = read('suite.json');
  const everything = [...below(schema, '')];

  it('is draft 2020-12 with a versioned $id, and is the only schema in the folder', () => {
    expect([schema.$schema, schema.$id]).toEqual(['https://json-schema.org/draft/2020-12/schema', ID]);
    expect(readdirSync(FOLDER).filter((name) => read(name).$id !== undefined)).toEqual(['suite.json']);
  });
  it('describes everything, is closed, and limits every text and list', () => {
    for (const [at, schema] of everything) {
      expect([at, typeof schema.title, typeof schema.description]).toEqual([at, 'string', 'string']);
      if (schema.type === 'object') expect([at, schema.unevaluatedProperties]).toEqual([at, false]);
      if (schema.type === 'string') expect([at, ['maxLength', 'pattern', 'const'].some((name) => name in schema)]).toEqual([at, true]);
      if (schema.type === 'array') expect([at, schema.maxItems]).toEqual([at, expect.any(Number)]);
      if (schema.type === 'integer') expect([at, schema.maximum]).toEqual([at, expect.any(Number)]);
    }
    expect(everything.length).toBeGreaterThan(15);
  });
  it('has a valid example', () => {
    for (const example of schema.examples as unknown[])
      expect([standards.ajv.validate(ID, example), standards.ajv.errors]).toEqual([true, null]);
  });
});

describe.each(suites)('the suite $id', (suite: Suite) => {
  it('follows its schema, has the name of its file, and is published', () => {
    expect([standards.ajv.validate(ID, read(`${suite.id}.json`)), standards.ajv.errors]).toEqual([true, null]);
    expect(read(`${suite.id}.json`).$schema).toBe(ID);
    expect(standards.files.get(`conformance/${suite.id}.json`)).toMatchObject({ id: suite.id });
  });
  it('has exactly the checks of the code', () => {
    expect(suite.checks.map(({ id }) => id).toSorted()).toEqual(Object.keys(CHECKS[suite.id]).toSorted());
  });
  it('has levels from 1 on, each with checks, from the lowest level to the highest', () => {
    expect(suite.levels.map(({ number }) => number)).toEqual(suite.levels.map((_, n) => n + 1));
    const order = suite.checks.map(({ level }) => level);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect([...new Set(order)]).toEqual(suite.levels.map(({ number }) => number));
  });
});

describe('a level', () => {
  const suite = { id: 'consumer', version: '1.0.0', title: '', description: '' } as const;
  const levels = [1, 2, 3].map((number) => ({ number, name: String(number), meaning: '' }));
  const checks = [1, 1, 2, 3].map((level, n) => ({ id: `check-${n}`, level, title: '', expects: '', source: '' }));
  const reached = async (...statuses: readonly ('passed' | 'failed' | 'not-run')[]): Promise<number> => {
    const implementations = Object.fromEntries(statuses.map((status, n) => [`check-${n}`, async () => ({ status, detail: '' })]));
    return levelReached({ levels }, await runSuite({ ...suite, levels, checks }, implementations, undefined));
  };
  it('is reached when all checks of it and of lower levels passed, and only then', async () => {
    expect(await reached('passed', 'passed', 'passed', 'passed')).toBe(3);
    expect(await reached('passed', 'passed', 'passed', 'failed')).toBe(2);
    expect(await reached('passed', 'passed', 'failed', 'passed')).toBe(1);
    expect(await reached('passed', 'failed', 'passed', 'passed')).toBe(0);
  });
  it('is not reached when a check could not run', async () => {
    expect(await reached('passed', 'passed', 'not-run', 'passed')).toBe(1);
  });
  it('is none without checks', () => expect(levelReached({ levels }, [])).toBe(0));
});

describe('a run of a suite', () => {
  const [suite] = suites as [Suite];
  it('does not begin after it was aborted', async () => {
    const results = await runSuite(suite, CHECKS.consumer, undefined as never, { interrupted: AbortSignal.abort() });
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['not-run']));
  });
  it('is refused for an unknown check', async () => {
    await expect(runSuite(suite, {}, undefined)).rejects.toThrow(/does not know: takes-event/);
  });
});
