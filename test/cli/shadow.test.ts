/** `interchange shadow` over real SPI messages of a gateway that runs, and over files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verb } from '../../gateway/cli/shadow.ts';
import type { PolicyDocument } from '../../gateway/labels/policy-document.ts';
import type { SignedReport } from '../../gateway/shadow/report.ts';
import { publishedKeys } from '../support/evidence.ts';
import { caseOf, ON_KAFKA, openGateway, resultOf, type TestGateway } from '../support/gateway.ts';
import { interchange, type Outcome } from '../support/interchange.ts';
import { config } from '../support/rules-in-force.ts';

const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');

/** A new case with a defendant who is a child. */
const ofChild = (n: number): string => caseOf(n).replace(/(Birthdate)>\d{4}-/, '$1>2012-');
/** No rule protects anybody. */
const open = (): object => ({ rules: [] });

describe.skipIf(ON_KAFKA)('interchange shadow', () => {
  let gateway: TestGateway;
  let quarantined: string;
  const file = (name: string, value: unknown): string => {
    const path = join(gateway.folder, name);
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
    return path;
  };
  /** The policy in force, changed, as a candidate. */
  const candidate = (name: string, change: (policy: PolicyDocument) => object): string => {
    const policy = JSON.parse(readFileSync(config.policyFile, 'utf8')) as PolicyDocument;
    return file(name, { ...policy, version: '9.0.0', ...change(policy) });
  };
  const run = (...words: string[]): Promise<Outcome> => interchange(verb, words, gateway.folder);
  const reportOf = async (...words: string[]): Promise<{ code: number | undefined; signed: SignedReport }> => {
    const { code, text } = await run('--json', ...words);
    return { code, signed: JSON.parse(text) as SignedReport };
  };

  beforeAll(async () => {
    gateway = await openGateway();
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await gateway.post('/v1/messages', ofChild(2), 'force');
    await gateway.post('/v1/messages', resultOf(1), 'court');
    const { body } = await gateway.post('/v1/messages', broken(3), 'force');
    quarantined = body.receipt as string;
  }, 60_000);
  afterAll(() => gateway?.close());

  it('finds no difference between a policy and the same policy, and signs the report', async () => {
    const out = join(gateway.folder, 'same.json');
    const same = candidate('same.policy.json', () => ({}));
    const before = await gateway.onBus((bus) => bus.ends('interchange.audit'));
    const { code, text } = await run('--policy', same, '--out', out);
    expect(text).toContain('4 messages: 4 the same, 0 differ, 0 newly refused, 0 newly accepted');
    expect(code).toBe(0);
    // It publishes nothing.
    expect(await gateway.onBus((bus) => bus.ends('interchange.audit'))).toEqual(before);
    expect(await run('verify', out)).toMatchObject({ code: 0, text: expect.stringContaining('same.json: verifies') });
    const keys = file('jwks.json', await publishedKeys(gateway));
    expect(await run('verify', out, '--keys', keys)).toMatchObject({ code: 0 });
    const forged = file('forged.json', readFileSync(out, 'utf8').replace('"compared": 4', '"compared": 5'));
    expect(await run('verify', forged)).toMatchObject({ code: 1, text: expect.stringContaining('does not verify') });
  });

  it('names the labels that fall first, and the protections that go', async () => {
    const policy = candidate('open.policy.json', open);
    const { code, signed } = await reportOf('--policy', policy);
    expect(code).toBe(1);
    const { falls, protections, messages } = signed.report.findings;
    expect(messages.compared).toBe(4);
    expect(falls.length).toBeGreaterThan(0);
    expect(falls.every(({ examples, count }) => count > 0 && examples.every((id) => /^[\w-]{43}$/.test(id)))).toBe(true);
    expect(protections.map(({ change }) => change)).toContain('goes');
    expect(signed.report.candidate.policy).toMatchObject({ version: '9.0.0' });
    expect(JSON.stringify(signed)).not.toMatch(/Tremayne/i);
    const { text } = await run('--policy', policy);
    expect(text.indexOf('LABELS FALL')).toBeLessThan(text.indexOf('messages:'));
  });

  it('gives the same report for the same messages, whatever the order of the options', async () => {
    const policy = candidate('open.policy.json', open);
    const [one, other] = [await reportOf('--policy', policy), await reportOf('--limit', '1000', '--policy', policy)];
    expect(other.signed.report.findings).toEqual(one.signed.report.findings);
  });

  it('tries only what is asked for', async () => {
    const same = candidate('same.policy.json', () => ({}));
    const compared = async (...words: string[]) => (await reportOf('--policy', same, ...words)).signed.report.findings.messages.compared;
    expect(await compared('--quarantined')).toBe(1);
    expect(await compared('--limit', '2')).toBe(2);
    expect(await compared('--from', '2999-01-01T00:00:00Z')).toBe(0);
    expect(await compared('--source', 'wessex.police.records')).toBe(3);
  });

  it('says what an adapter newly accepts and refuses', async () => {
    const accepting = file(
      'lenient.mjs',
      `export default { id: 'spi-new-case', version: '9.0.0', title: 'A new version', mediaTypes: [], standards: ['case.registered'],
  detect: (head) => head.includes('NewCase'),
  decode: (bytes) => new TextDecoder().decode(bytes).includes('52WX2000001')
    ? { ok: false, refusals: [{ code: 'adapter-failed', reason: 'x' }] }
    : { ok: true, value: { events: [{ standard: 'case.registered', data: { case: { urn: '52WX2000003' }, defendants: [{}] }, warnings: [], caseReference: '52WX2000003' }] } } };`,
    );
    const { code, signed } = await reportOf('--adapter', accepting);
    expect(code).toBe(1);
    const { messages, refusals, fields } = signed.report.findings;
    expect(messages).toMatchObject({ newlyRefused: 1, newlyAccepted: 1, differ: 1, same: 1 });
    expect(refusals.find(({ change }) => change === 'goes')?.examples).toEqual([quarantined]);
    expect(fields.some(({ at }) => at === '/data/defendants/*/person')).toBe(true);
    expect(signed.report.candidate.adapters[0]).toMatchObject({ id: 'spi-new-case', version: '9.0.0' });
  });

  it('ends a candidate that does not end', async () => {
    const spinning = file(
      'spin.mjs',
      `export default { id: 'spi-new-case', version: '9.0.0', title: 'Spins', mediaTypes: [], standards: ['case.registered'],
  detect: (head) => head.includes('NewCase'), decode: () => { for (;;); } };`,
    );
    const small = JSON.parse(readFileSync(join(import.meta.dirname, '../../examples/development.config.json'), 'utf8'));
    const quick = file('quick.config.json', {
      ...small,
      policyFile: config.policyFile,
      adapters: [spinning],
      limits: { ...small.limits, messageSeconds: 1 },
    });
    const { signed } = await reportOf('--config', quick, '--source', 'wessex.police.records', '--limit', '1');
    expect(signed.report.findings.refusals).toEqual([expect.objectContaining({ change: 'comes', code: 'adapter-limit' })]);
  }, 60_000);

  it('tries files without a gateway, and says that nobody signed the report', async () => {
    const sample = join(import.meta.dirname, '../../examples/messages');
    const policy = candidate('open.policy.json', open);
    const child = file('child.xml', ofChild(9));
    const nowhere = join(gateway.folder, 'nowhere');
    const { code, text } = await interchange(
      verb,
      ['--policy', policy, '--out', join(gateway.folder, 'files.json'), sample, child],
      nowhere,
    );
    expect(text).toContain('3 messages: 2 the same, 1 differ');
    expect(text).toContain('the report is not signed');
    expect(code).toBe(1);
  });

  it('refuses what it cannot do', async () => {
    expect((await run()).text).toContain('Name the candidate');
    expect((await run('--policy', config.policyFile, '--show')).text).toContain('only on a terminal');
    expect((await run('--policy', config.policyFile, '--from', 'yesterday')).text).toContain('--from takes a time');
    expect((await run('--policy', join(gateway.folder, 'none.json'))).text).toContain('cannot be read');
    expect((await interchange(verb, ['--policy', config.policyFile], join(gateway.folder, 'nowhere'))).text).toContain('There are no keys');
  });
});
