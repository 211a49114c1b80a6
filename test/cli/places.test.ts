/** All refusals are shown with their places: by `send`, by `adapters try` and `test`, by a start, and by checks of documents. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { success } from '../../adapters/result.ts';
import { run } from '../../gateway/cli/main.ts';
import { findingLines } from '../../gateway/cli/receipt-lines.ts';
import { openWorkbench } from '../../gateway/cli/workbench.ts';
import { HOME, readConfig } from '../../gateway/config.ts';
import { checkPolicy } from '../../gateway/rules/compiled-rules.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';
import { openGateway, type TestGateway } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';
import { sampleCase } from '../support/rules-in-force.ts';

const folder = mkdtempSync(join(tmpdir(), 'places-'));
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ config: { adapters: [join(HOME, 'adapters/custody/wessex-custody.mapping.json')] } });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const SAMPLES = join(HOME, 'adapters/custody/samples');

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
async function interchange(...words: string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const env = { INTERCHANGE_DATA: folder, INTERCHANGE_URL: gateway.url, INTERCHANGE_TOKEN: await gateway.token('force') };
  const code = await run(
    words,
    makeIo(env, (text) => lines.push(...text.split('\n'))),
  );
  return { code, lines };
}

describe('interchange send', () => {
  it('names the place where a message is not well-formed', async () => {
    const broken = sampleCase.replace(/<\/[A-Za-z:]*Defendant>/, '');
    const { code, lines } = await interchange('send', file('broken.xml', broken));
    expect(code).toBe(1);
    expect(lines.join('\n')).toMatch(/broken\.xml: quarantined: xml-not-well-formed: .*, line \d+/);
  });
  it('names the place where an event is not valid, and never the value', async () => {
    const wrong = sampleCase.replaceAll(/<((?:\w+:)?PTIURN)>[^<]*</g, (_, name: string) => `<${name}>${'SECRETVALUE'.repeat(20)}<`);
    const { lines } = await interchange('send', file('invalid.xml', wrong));
    expect(lines.join('\n')).toMatch(/invalid\.xml: quarantined: .*at \/\S*(URN|urn)/i);
    expect(lines.join('\n')).not.toContain('SECRETVALUE');
  });
  it('shows the warnings of an accepted message', async () => {
    const odd = sampleCase.replace(/<((?:\w+:)?PTIURN)>/, '<$1 invented="SECRETVALUE">');
    const { code, lines } = await interchange('send', file('odd.xml', odd));
    expect([code, lines.join('\n')]).toEqual([
      0,
      expect.stringMatching(/odd\.xml: accepted as[\s\S]*odd\.xml: warning: \S+: .*, at \/?\S*PTIURN/),
    ]);
    expect(lines.join('\n')).not.toContain('SECRETVALUE');
  });
  it('limits the lines of one message', () => {
    const reasons = Array.from({ length: 60 }, (_, n) => ({ code: 'schema-violation', reason: 'Wrong', at: `/${n}` }));
    const lines = findingLines('quarantined', { reasons });
    expect([lines.length, lines.at(-1)]).toEqual([51, 'and 10 more reasons']);
  });
  it('names the line of each record that is quarantined separately', () => {
    const reasons = [{ code: 'schema-violation', reason: 'Wrong', at: '/case/urn' }];
    expect(findingLines('accepted', { records: { quarantined: [{ line: 7, reasons }] } })).toEqual([
      'record quarantined: schema-violation: Wrong, line 7, at /case/urn',
    ]);
  });
});

describe('a failing adapter is reported with its file, the line and the reason', () => {
  const sample = file('sample.txt', 'a');
  const start = `export default { id: 'failing', version: '1.0.0', title: 'Failing', mediaTypes: [], standards: ['case.registered'], detect: () => true,`;
  const modules: readonly (readonly [name: string, text: string, said: RegExp])[] = [
    ['syntax.mjs', `${start}\n  decode( => 1,\n};`, /syntax\.mjs, line 2: Unexpected token/],
    ['load.mjs', `const one = 1;\nthrow new Error('The table is missing');`, /load\.mjs, line 2, column 7: The table is missing/],
    ['empty.mjs', 'export const nothing = 1;', /empty\.mjs has no adapter as its default export/],
    [
      'throws.mjs',
      `${start}\n  decode() {\n    return missing.table;\n  },\n};`,
      /throws\.mjs, line 3, column \d+: missing is not defined/,
    ],
    ['syntax.mapping.json', '{ "id": ', /syntax\.mapping\.json is not a mapping:\n {2}line 1: /],
  ];
  /** A process of its own: the test runner loads modules in another way than Node. */
  const called = (words: readonly string[], env: object = {}) => {
    const program = [join(HOME, 'gateway/cli/interchange.mjs'), ...words];
    const { status, stderr } = spawnSync(process.execPath, program, {
      encoding: 'utf8',
      env: { INTERCHANGE_DATA: join(folder, 'none'), ...env },
    });
    return [status, stderr];
  };
  it.each(modules)('%s, by adapters try', (name, text, said) =>
    expect(called(['adapters', 'try', file(name, text), sample])).toEqual([1, expect.stringMatching(said)]),
  );
  it.each(modules)('%s, by adapters test', (name, text, said) =>
    expect(called(['adapters', 'test', file(name, text), '--samples', SAMPLES])).toEqual([1, expect.stringMatching(said)]),
  );
  it.each(modules.filter(([name]) => name !== 'throws.mjs'))('%s, by a start', (name, text, said) => {
    const config = file('config.json', JSON.stringify({ ...gateway.config, adapters: [file(name, text)] }));
    expect(called(['serve', '--port', '0'], { INTERCHANGE_CONFIG: config })).toEqual([1, expect.stringMatching(said)]);
  });
  it('as one fault for an unknown lens, without faults of other lenses', async () => {
    const mapping = readFileSync(join(HOME, 'adapters/custody/wessex-custody.mapping.json'), 'utf8').replace('"as": "date"', '"as": "dat"');
    const { lines } = await interchange('adapters', 'try', file('lens.mapping.json', mapping), sample);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/line \d+, \/events\/0\/fields\/\d+\/lens\/as: The lens is one of: text/);
  });
});

describe('all faults are reported at once', () => {
  it('for a configuration', () => {
    const config = JSON.parse(readFileSync(join(HOME, 'examples/development.config.json'), 'utf8')) as Record<string, unknown>;
    const wrong = { ...config, port: 'x', host: 1, dataFolder: 2, policyFile: 3, workers: 'y', logLevel: 'loud', domain: 4 };
    const named = file('wrong.config.json', JSON.stringify(wrong));
    for (const place of ['/port', '/host', '/dataFolder', '/policyFile', '/workers', '/logLevel', '/domain'])
      expect(() => readConfig({ INTERCHANGE_CONFIG: named })).toThrow(new RegExp(`${place} must`));
  });
  it('for a policy', () => {
    const standards = loadStandards(join(HOME, 'schemas'));
    const policy = JSON.parse(readFileSync(join(HOME, 'schemas/labels/uk-gsc.policy.json'), 'utf8')) as Record<string, unknown>;
    for (const place of ['/id', '/version', '/categories'])
      expect(() => checkPolicy(standards, { ...policy, id: 1, version: 2, categories: 3 })).toThrow(new RegExp(`${place} must`));
  });
  it('for a message with several events', async () => {
    const adapter = {
      id: 'two',
      version: '1.0.0',
      title: 'Two',
      mediaTypes: [],
      standards: ['case.registered'],
      carriesMarkings: false,
      detect: () => true,
      decode: () =>
        success({
          events: [0, 1].map(() => ({ standard: 'case.registered', data: { case: { urn: 1 } }, warnings: [] })),
        }),
    };
    const taken = (await openWorkbench({})).explain(Buffer.from(''), adapter);
    const places = taken.ok ? [] : taken.refusals.map(({ at }) => at);
    expect(places).toEqual(expect.arrayContaining(['/events/0/case/urn', '/events/1/case/urn']));
  });
});
