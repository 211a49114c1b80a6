/** Stock validators and generators read the published files, and validate delivered events. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { registerSchema, type SchemaObject, validate } from '@hyperjump/json-schema/draft-2020-12';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { caseOf, openGateway, resultOf, type TestGateway } from '../support/gateway.ts';
import { npmWith, pythonWith } from '../support/installed.ts';

interface Parsed {
  readonly document?: unknown;
  readonly diagnostics: readonly { readonly severity: number; readonly message: string; readonly path: unknown }[];
}
type AsyncApiParser = new (options: object) => { parse(text: string, options: { readonly source: string }): Promise<Parsed> };

const run = promisify(execFile);
const python = await pythonWith(['jsonschema==4.26.0', 'openapi-python-client==0.29.1']);
const npm = await npmWith(['@asyncapi/parser@3.6.6']);
const folder = mkdtempSync(join(tmpdir(), 'stock-'));
let gateway: TestGateway;
let events: readonly SealedEvent[];

/** The standard of an event, in one file that refers to nothing outside itself. */
const bundled = async ({ dataschema }: SealedEvent): Promise<string> =>
  (await gateway.call(`/standards/bundled/${dataschema.replace(/^.*\/standards\//, '')}`)).text;

/** The data of an event, and the same with a property that no standard knows. */
const rightAndWrong = ({ data }: SealedEvent) => [data, { ...data, colour: 'red' }] as const;

beforeAll(async () => {
  gateway = await openGateway();
  for (let n = 1; n <= 3; n++) {
    await gateway.post('/v1/messages', caseOf(n), 'force');
    await gateway.post('/v1/messages', resultOf(n), 'court');
  }
  events = [...(await gateway.events('cps')), ...(await gateway.events('supplier'))];
  expect(new Set(events.map(({ type }) => type)).size).toBe(2);
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

describe('complete and redacted events', () => {
  it('are valid against their bundled standards in @hyperjump/json-schema, which reject additional properties', async () => {
    for (const schema of new Map(
      await Promise.all(events.map(async (event) => [event.dataschema, await bundled(event)] as const)),
    ).values())
      registerSchema(JSON.parse(schema) as SchemaObject);
    for (const event of events) {
      const id = (JSON.parse(await bundled(event)) as { $id: string }).$id;
      const found = await Promise.all(rightAndWrong(event).map((data) => validate(id, data as never)));
      expect(found.map(({ valid }) => valid)).toEqual([true, false]);
    }
  });

  it.runIf(python !== undefined)(
    'are valid against their bundled standards in Python’s jsonschema, which reject additional properties',
    async () => {
      const cases = await Promise.all(
        events.flatMap((event) => rightAndWrong(event).map(async (data) => ({ schema: JSON.parse(await bundled(event)) as object, data }))),
      );
      writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
      const program = `
import json, sys
from jsonschema import Draft202012Validator
for case in json.load(open(sys.argv[1])):
    print(Draft202012Validator(case["schema"]).is_valid(case["data"]))
`;
      const { stdout } = await run(join(python ?? '', 'python'), ['-c', program, join(folder, 'cases.json')]);
      expect(stdout.trim().split('\n')).toEqual(events.flatMap(() => ['True', 'False']));
    },
  );
});

describe('the published contracts', () => {
  it.runIf(python !== undefined)(
    'give a Python client with openapi-python-client that reads all pages of events with data, seal and marking',
    async () => {
      writeFileSync(join(folder, 'openapi.json'), (await gateway.call('/standards/openapi.json')).text);
      const env = { ...process.env, PATH: `${python}${delimiter}${process.env.PATH}` };
      const words = ['generate', '--path', join(folder, 'openapi.json'), '--output-path', join(folder, 'interchange'), '--meta', 'none'];
      await run(join(python ?? '', 'openapi-python-client'), words, { env, cwd: folder });
      const program = `
import json, sys
from interchange import AuthenticatedClient
from interchange.api.events import list_events
client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
events, cursor = [], None
while True:
    page = list_events.sync(client=client, limit=2) if cursor is None else list_events.sync(client=client, limit=2, cursor=cursor)
    events += [event.to_dict() for event in page.events]
    cursor = page.cursor
    if not page.more:
        break
print(json.dumps(events))
`;
      const { stdout } = await run(join(python ?? '', 'python'), ['-c', program, gateway.url, await gateway.token('cps')], { cwd: folder });
      const read = JSON.parse(stdout) as SealedEvent[];
      const given = await gateway.events('cps');
      expect(read.map(({ id }) => id)).toEqual(given.map(({ id }) => id));
      expect(read.map(({ data, seal, classification }) => ({ data, seal, classification }))).toEqual(
        given.map(({ data, seal, classification }) => ({ data, seal, classification })),
      );
    },
    120_000,
  );

  it.runIf(npm !== undefined)('are read by @asyncapi/parser without errors', async () => {
    const { Parser } = createRequire(join(npm ?? '', 'package.json'))('@asyncapi/parser') as { Parser: AsyncApiParser };
    // The host of the standards is reserved for examples (RFC 2606): what is asked of it is on the gateway.
    const read = async (uri: { toString(): string }) => (await gateway.call(new URL(uri.toString()).pathname)).text;
    const resolvers = ['http', 'https'].map((schema) => ({ schema, canRead: true, read }));
    for (const name of ['asyncapi.yaml', 'asyncapi.json']) {
      const { text } = await gateway.call(`/standards/${name}`);
      const parser = new Parser({ __unstable: { resolver: { resolvers } } });
      const { document, diagnostics } = await parser.parse(text, { source: `${gateway.url}/standards/${name}` });
      expect(diagnostics.filter(({ severity }) => severity === 0).map(({ message, path }) => [message, path])).toEqual([]);
      expect(document).toBeDefined();
    }
  });
});
