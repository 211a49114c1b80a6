/** A change of any byte of a package is detected, and its file is named. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileToStore, readStoredArchive, storedArchive } from '../../gateway/archive/stored-archive.ts';
import { signManifest } from '../../gateway/evidence/manifest.ts';
import { verifyEvidence } from '../../gateway/evidence/verify-evidence.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import { signCompact } from '../../gateway/labels/seal.ts';
import { AUDITOR, askEvidence, publishedKeys } from '../support/evidence.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let bytes: Buffer;
let keys: JSONWebKeySet;
let files: ReadonlyMap<string, Buffer>;
beforeAll(async () => {
  gateway = await openGateway({ clients: [AUDITOR] });
  const { body } = await gateway.post('/v1/messages', caseOf(1), 'force');
  ({ bytes } = await askEvidence(gateway, body.id as string, AUDITOR.id));
  keys = await publishedKeys(gateway);
  files = readStoredArchive(bytes).files;
}, 60_000);
afterAll(() => gateway?.close());

const namesIn = async (changed: Buffer) => new Set((await verifyEvidence(changed, keys)).faults.map(({ file }) => file));

/** The package with other bytes in one file, as a program for archives writes it: every checksum fits. */
async function rewritten(name: string, content: Uint8Array, more: readonly (readonly [string, Uint8Array])[] = []): Promise<Buffer> {
  const all: FileToStore[] = [];
  for (const [fileName, found] of [...files, ...more]) {
    const stored = fileName === name ? content : found;
    all.push({ name: fileName, size: stored.length, crc32: crc32(stored), content: () => Promise.resolve(stored) });
  }
  const parts: Uint8Array[] = [];
  for await (const part of storedArchive(all)) parts.push(part);
  return Buffer.concat(parts);
}

const flipped = (content: Uint8Array, at: number, bit: number): Buffer => {
  const changed = Buffer.from(content);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
};
const place = () => fc.tuple(fc.constantFrom(...files.keys()), fc.nat(), fc.nat(7));

describe('a package of evidence', () => {
  it('verifies unchanged', async () => {
    expect(await verifyEvidence(bytes, keys)).toMatchObject({ faults: [], manifest: { requested: { by: AUDITOR.id } } });
  });
  it('fails to verify with the name of the file, whichever byte was changed', async () => {
    await fc.assert(
      fc.asyncProperty(place(), async ([name, at, bit]) => {
        const content = files.get(name) as Buffer;
        const changed = Buffer.from(bytes);
        const begin = content.byteOffset - bytes.byteOffset;
        const byte = begin + (at % content.length);
        changed[byte] = (changed[byte] ?? 0) ^ (1 << bit);
        expect(await namesIn(changed)).toContain(name);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
  it('T51 fails to verify with the name of the file where the checksums of the archive were recomputed', async () => {
    await fc.assert(
      fc.asyncProperty(place(), async ([name, at, bit]) => {
        const content = files.get(name) as Buffer;
        const names = await namesIn(await rewritten(name, flipped(content, at % content.length, bit)));
        // Nobody can say which of the two was changed: together they are one signature.
        expect([...names]).toContain(name === 'manifest.json' ? 'manifest.jws' : name);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
  it('fails to verify after a change of any byte outside its files, or when cut or extended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        expect((await namesIn(flipped(bytes, at, bit))).size).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
    // The directory and the end have the fewest bytes: each of them.
    const start = bytes.readUInt32LE(bytes.length - 6);
    for (let at = start; at < bytes.length; at++) expect([at, (await namesIn(flipped(bytes, at, 0))).size]).not.toEqual([at, 0]);
    for (const changed of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)]), bytes.subarray(1), Buffer.alloc(0)])
      expect((await namesIn(changed)).size).toBeGreaterThan(0);
  }, 60_000);
  it('fails to verify with an added file, and with a missing file', async () => {
    expect(await namesIn(await rewritten('', Buffer.of(), [['events/00002.json', Buffer.from('{}')]]))).toEqual(
      new Set(['events/00002.json']),
    );
    const { files: listed } = JSON.parse(files.get('manifest.json')?.toString() ?? '') as { files: { name: string }[] };
    expect(listed.map(({ name }) => name)).toEqual([...files.keys()].filter((name) => !name.startsWith('manifest.')));
  });
  it('T51 signed by another key, or as something else, does not verify', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const manifest = files.get('manifest.json')?.toString() ?? '';
    const [known] = keys.keys;
    for (const kid of ['other', known?.kid ?? '']) {
      const forged = Buffer.from(signManifest(manifest, { kid, key: privateKey }));
      expect(await namesIn(await rewritten('manifest.jws', forged))).toEqual(new Set(['manifest.jws']));
    }
    const others = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'other', alg: 'EdDSA' }] } as JSONWebKeySet;
    const { manifest: opened, faults } = await verifyEvidence(bytes, others);
    expect([opened, faults.map(({ file, check }) => [file, check])]).toEqual([undefined, [['manifest.jws', 'signature']]]);
    // Seals and heads are signed with the same key: the same bytes as one of those are not a manifest.
    const { seal } = await openKeys(join(gateway.folder, 'keys'));
    const [header, , signature] = signCompact(manifest, 'audit-head+jwt', { kid: seal.kid, key: seal.privateKey }).split('.');
    expect(await namesIn(await rewritten('manifest.jws', Buffer.from(`${header}..${signature}`)))).toEqual(new Set(['manifest.jws']));
  });
});
