/** The commands and programs in the documents work as described. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOME } from '../gateway/config.ts';
import type { SealedEvent } from '../gateway/labels/event.ts';
import { openGateway, type TestGateway } from './support/gateway.ts';
import { sampleCase, sampleResult } from './support/rules-in-force.ts';

describe('the program in docs/labels.md that verifies a seal', () => {
  // Here, and not under /tmp: it imports what is installed here.
  const folder = mkdtempSync(join(HOME, '.cache/docs-'));
  const file = join(folder, 'verify-seal.mjs');
  let gateway: TestGateway;
  const events: SealedEvent[] = [];
  beforeAll(async () => {
    const [, program = ''] =
      /```js[^\n]*\n(\/\/ Usage: node verify-seal[\s\S]*?)```/.exec(readFileSync(join(HOME, 'docs/labels.md'), 'utf8')) ?? [];
    writeFileSync(file, program);
    gateway = await openGateway();
    await gateway.post('/v1/messages', sampleCase, 'force');
    await gateway.post('/v1/messages', sampleResult, 'court');
    for (const persona of ['cps', 'court', 'supplier']) events.push(...(await gateway.events(persona)));
  });
  afterAll(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true });
  });

  const verify = (event: object): Promise<string> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [file, gateway.url], (_error, stdout, stderr) => resolve(stdout + stderr));
      child.stdin?.end(JSON.stringify(event));
    });

  it('accepts every event that a reader gets, complete or redacted', async () => {
    expect(events.length).toBeGreaterThanOrEqual(5);
    expect(events.some(({ rendition }) => rendition !== undefined)).toBe(true);
    for (const event of events) expect(await verify(event)).toMatch(/^The seal verifies: \d+ portions/);
  });
  it('rejects a changed event', async () => {
    const [event] = events;
    expect(await verify(JSON.parse(JSON.stringify(event).replace('TREMAYNE', 'TREMAYNF')) as object)).toMatch(/does not verify/);
    expect(await verify({ ...event, subject: 'another' })).toMatch(/does not verify: context/);
  });
});

describe('the examples of the client', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway();
  });
  afterAll(() => gateway.close());
  const run = async (persona: string, file: string, ...words: string[]): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const env = { ...process.env, INTERCHANGE_URL: gateway.url, INTERCHANGE_TOKEN: await gateway.token(persona) };
    execFile(process.execPath, [join(HOME, 'examples/client', file), ...words], { env }, (_error, out, err) => resolve(out + err));
    return promise;
  };
  it('send and receive an event', async () => {
    expect(await run('force', 'submitter.ts')).toMatch(/^accepted: [A-Za-z0-9_-]{43}\n$/);
    expect(await run('cps', 'consumer.ts', '1')).toBe('verified  52WX1000726: TREMAYNE\n');
  });
  it('show why nothing was sent', async () => expect(await run('supplier', 'submitter.ts')).toContain('The client may not do this'));
});

describe('docs/assurance.md', () => {
  const text = readFileSync(join(HOME, 'docs/assurance.md'), 'utf8');
  const cited = [...text.matchAll(/`(test\/[\w./-]+\.ts)`((?:,? "[^"]+")*)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => [file, name] as const),
  );
  it('names tests', () => expect(cited.length).toBeGreaterThan(25));
  it.each(cited)('%s has a test that says: %s', (file, name) => expect(readFileSync(join(HOME, file), 'utf8')).toContain(name));
});
