/** `interchange evidence`: fetches a package from a gateway, and verifies it offline. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verb } from '../../gateway/cli/evidence.ts';
import { AUDITOR, publishedKeys } from '../support/evidence.ts';
import { caseOf, ON_KAFKA, openGateway, type TestGateway } from '../support/gateway.ts';
import { interchange } from '../support/interchange.ts';

describe.skipIf(ON_KAFKA)('interchange evidence', () => {
  let gateway: TestGateway;
  let id: string;
  let event: string;
  let file: string;
  let keys: string;
  beforeAll(async () => {
    gateway = await openGateway({ clients: [AUDITOR] });
    const { body } = await gateway.post('/v1/messages', caseOf(1), 'force');
    id = body.id as string;
    event = body.events[0].id as string;
    file = join(gateway.folder, 'evidence.zip');
    keys = join(gateway.folder, 'jwks.json');
    writeFileSync(keys, JSON.stringify(await publishedKeys(gateway)));
  }, 60_000);
  afterAll(() => gateway?.close());

  const call = async (persona: string, ...words: string[]) =>
    interchange(verb, words, gateway.folder, { INTERCHANGE_URL: gateway.url, INTERCHANGE_TOKEN: await gateway.token(persona) });
  /** With nothing but the words: no gateway, no token, no keys of this machine. */
  const offline = (...words: string[]) => interchange(verb, words, '/nowhere');

  it('writes the package of a message, or of one of its events, to a new file', async () => {
    expect(await call(AUDITOR.id, '--out', file, '--', id)).toMatchObject({
      code: 0,
      text: expect.stringMatching(/evidence\.zip: \d+ bytes$/),
    });
    expect(await call(AUDITOR.id, '--out', file, '--', id)).toMatchObject({
      code: undefined,
      text: expect.stringContaining('exists already'),
    });
    const other = join(gateway.folder, 'other.zip');
    expect(await call(AUDITOR.id, '--json', '--out', other, '--', event)).toMatchObject({ code: 0 });
    expect((await offline('verify', other, '--keys', keys)).text).toContain(id);
  });
  it('gives the same answer as the gateway where there is no package, and writes no file', async () => {
    const none = join(gateway.folder, 'none.zip');
    const { code, text } = await call(AUDITOR.id, '--out', none, 'B'.repeat(43));
    expect([code, text, existsSync(none)]).toEqual([1, 'There is nothing here that the client may see.', false]);
    expect(await call('cps', '--out', none, 'B'.repeat(43))).toMatchObject({ code: 1, text: expect.stringContaining('evidence:read') });
    expect(await call(AUDITOR.id, 'short')).toMatchObject({ code: undefined });
  });
  it('verifies a package offline with the published keys', async () => {
    const { code, text } = await offline('verify', file, '--keys', keys);
    expect([code, text]).toEqual([0, expect.stringContaining(`evidence.zip: verifies: message ${id}`)]);
    expect(text).toContain('OFFICIAL-SENSITIVE');
    const { code: again, text: json } = await offline('verify', file, '--keys', keys, '--json');
    expect([again, JSON.parse(json)]).toMatchObject([0, { verifies: true, faults: [], manifest: { message: id } }]);
    // On the machine of the gateway, its own keys are the default.
    expect((await call(AUDITOR.id, 'verify', file)).code).toBe(0);
  });
  it('names a changed file, and the check that found it', async () => {
    const bytes = readFileSync(file);
    const changed = join(gateway.folder, 'changed.zip');
    // In the event: what comes after it names nobody.
    const at = bytes.lastIndexOf('TREMAYNE');
    writeFileSync(changed, Buffer.concat([bytes.subarray(0, at), Buffer.from('TREMAYNF'), bytes.subarray(at + 8)]));
    const { code, text } = await offline('verify', changed, '--keys', keys);
    expect(code).toBe(1);
    expect(text).toMatch(/changed\.zip: events\/00001\.json: archive: /);
    expect(text).toMatch(/changed\.zip: events\/00001\.json: digest: Its SHA-256/);
    expect(text).not.toContain('TREMAYN');
  });
  it('refuses files that are not packages or keys', async () => {
    expect(await offline('verify', keys, '--keys', keys)).toMatchObject({ code: 1, text: expect.stringContaining('archive: ') });
    expect(await offline('verify', file, '--keys', file)).toMatchObject({ code: undefined, text: 'The file of --keys is not a JWK set' });
    expect(await offline('verify', file)).toMatchObject({ code: undefined, text: expect.stringContaining('There are no keys') });
  });
});
