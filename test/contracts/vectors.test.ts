/** T71: every verifier gives the expected result and reason for each test vector. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type CryptoKey, compactVerify, createLocalJWKSet, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveredEvent, openInterchange } from '../../contracts/client/client.ts';
import { sealFault } from '../../contracts/client/seal-check.ts';
import { SEAL_FAULTS, type SealFault } from '../../contracts/client/seal-faults.ts';
import { runVerb } from '../../gateway/cli/verb.ts';
import { verb } from '../../gateway/cli/verify.ts';
import { HOME } from '../../gateway/config.ts';
import { VERIFY_PROGRAM } from '../../gateway/documents.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { sdJwtOf } from '../../gateway/labels/sd-jwt.ts';
import { faultOf } from '../../gateway/labels/seal-fault.ts';
import { deliver } from '../../gateway/pipeline/deliver.ts';
import { RecordVerifier } from '../../gateway/pipeline/record-verifier.ts';
import { NOTHING_KNOWN } from '../../gateway/protections/register.ts';
import { makeIo } from '../support/io.ts';
import { clearanceOf, labelling, NOW } from '../support/rules-in-force.ts';
import { stockSdJwt } from '../support/sd-jwt.ts';
import { readVectors, textOf, type Vector } from './vectors.ts';

const { keys, vectors } = readVectors();
const known = new Map<string, CryptoKey>();
for (const jwk of keys) known.set(jwk.kid ?? '', (await importJWK(jwk, 'EdDSA')) as CryptoKey);

// Here, and not under /tmp: the program imports what is installed here.
const folder = mkdtempSync(join(HOME, '.cache/vectors-'));
const server = createServer((_request, response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys })));
let url = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** By the name of each vector: what should be found, and what was. */
type Found = Readonly<Record<string, SealFault | 'verifies'>>;
const expected = (some: readonly Vector[]): Found => Object.fromEntries(some.map(({ name, fault }) => [name, fault ?? 'verifies']));

describe('the test vectors of seals', () => {
  it('are at least 60, of valid seals and of every fault, each with its own name', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(60);
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    expect(vectors.filter(({ verifies }) => verifies).length).toBeGreaterThanOrEqual(15);
    expect(new Set(vectors.flatMap(({ fault }) => fault ?? []))).toEqual(new Set(Object.keys(SEAL_FAULTS)));
    for (const { verifies, fault } of vectors) expect(verifies).toBe(fault === undefined);
  });
});

describe('T71 an unsigned event is rejected by', () => {
  it('the gateway at boundary 3', async () => {
    const onBus = vectors.filter(({ topic }) => topic !== undefined);
    const records = new RecordVerifier(
      () => labelling,
      (kid) => known.get(kid),
    );
    const context = { now: () => NOW, labelling: () => labelling, records, known: () => NOTHING_KNOWN };
    const found: Record<string, SealFault | 'verifies'> = {};
    // Those that are not on a topic are read from the most common topic: each has another fault first.
    const read = vectors.filter(
      ({ topic, fault }) => topic !== undefined || (fault !== undefined && fault !== 'topic' && fault !== 'rendition'),
    );
    for (const vector of read) {
      const { partitionkey, rendition, type } = JSON.parse(textOf(onBus[0] as Vector)) as SealedEvent;
      const sealed = vector.event as SealedEvent | undefined;
      const headers = (sealed ?? { rendition }).rendition === undefined ? {} : { ce_rendition: sealed?.rendition ?? '' };
      const topic = vector.topic ?? `justice.official-sensitive.${type.split('.')[2]}.v1`;
      const value = Buffer.from(textOf(vector));
      const given = await deliver(context, { topic, key: sealed?.partitionkey ?? partitionkey, value, headers }, clearanceOf('cps'));
      found[vector.name] = given.ok ? 'verifies' : faultOf(given.refusals[0] as { reason: string });
    }
    // A copy that discloses no topic is on no topic: the fault found is its topic, or a fault that comes first.
    const differing = Object.entries(found).filter(([name, fault]) => fault !== expected(vectors)[name]);
    expect(differing.filter(([, fault]) => fault !== 'topic')).toEqual([]);
    expect(Object.values(found).filter((fault) => fault === 'verifies').length).toBe(onBus.filter(({ verifies }) => verifies).length);
  });

  it('the gateway, which delivers events from before time was signed, without a time', async () => {
    const records = new RecordVerifier(
      () => labelling,
      (kid) => known.get(kid),
    );
    const context = { now: () => NOW, labelling: () => labelling, records, known: () => NOTHING_KNOWN };
    for (const vector of vectors.filter(({ name, topic }) => name.startsWith('before-time-') && topic !== undefined)) {
      const { partitionkey, rendition, ...sealed } = vector.event as SealedEvent;
      const headers = rendition === undefined ? {} : { ce_rendition: rendition };
      const record = { topic: vector.topic ?? '', key: partitionkey, value: Buffer.from(textOf(vector)), headers };
      for (const persona of ['cps', 'supplier']) {
        const given = await deliver(context, record, clearanceOf(persona));
        const event = given.ok && given.value.decision.verdict !== 'deny' ? given.value.decision.event : undefined;
        expect([event?.id, event !== undefined && 'time' in event]).toEqual([sealed.id, false]);
        expect(await sealFault(event as SealedEvent, createLocalJWKSet({ keys: [...keys] as never }) as never)).toBeUndefined();
      }
    }
  });

  it('interchange verify', async () => {
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys }));
    const found: Record<string, SealFault | 'verifies'> = {};
    const byTopic = Map.groupBy(vectors, ({ topic }) => topic);
    for (const [topic, some] of byTopic) {
      const files = some.map((vector) => {
        const file = join(folder, `${vector.name}.json`);
        writeFileSync(file, textOf(vector));
        return file;
      });
      const io = makeIo(
        { INTERCHANGE_DATA: join(folder, 'data') },
        (line) => {
          const { file, verifies, fault } = JSON.parse(line) as { file: string; verifies: boolean; fault: SealFault };
          found[file.slice(folder.length + 1, -5)] = verifies ? 'verifies' : fault;
        },
        (line) => expect(line).toBe(''),
      );
      const words = [...files, '--json', '--keys', join(folder, 'jwks.json'), ...(topic === undefined ? [] : ['--topic', topic])];
      expect(await runVerb(verb, words, io)).toBe(some.every(({ verifies }) => verifies) ? 0 : 1);
    }
    expect(found).toEqual(expected(vectors));
  });

  it('the client', async () => {
    const client = openInterchange({ url, token: 'none' });
    const found: Record<string, SealFault | 'verifies'> = {};
    for (const vector of vectors) found[vector.name] = (await client.sealFault(textOf(vector), vector.topic)) ?? 'verifies';
    expect(found).toEqual(expected(vectors));
    for (const { event, topic, verifies } of vectors)
      if (event !== undefined) expect(await client.verify(event as DeliveredEvent, topic)).toBe(verifies);
  });

  it('the program of the portal, which finds the topic itself', async () => {
    const file = join(folder, 'verify-seal.mjs');
    writeFileSync(file, VERIFY_PROGRAM);
    const run = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, [file, url], (_error, stdout, stderr) => resolve(stdout + stderr));
        child.stdin?.end(text);
      });
    const found: Record<string, string> = {};
    const left = vectors.filter(({ fault, topic }) => fault !== 'topic' || topic === undefined);
    const expectedHere = expected(left);
    const queue = [...left];
    const work = async () => {
      for (let vector = queue.pop(); vector !== undefined; vector = queue.pop()) {
        const said = await run(textOf(vector));
        found[vector.name] = /^The seal verifies/.test(said)
          ? 'verifies'
          : (/^The seal does not verify: ([a-z-]+)/.exec(said)?.[1] ?? said);
      }
    };
    await Promise.all([work(), work(), work()]);
    expect(found).toEqual(expectedHere);
  }, 300_000);

  it('a stock SD-JWT library, as far as its format allows', async () => {
    const set = createLocalJWKSet({ keys: [...keys] as never });
    const instance = stockSdJwt((jws) => compactVerify(jws, set));
    /** The portions that the library finds to be disclosed by what was signed, or undefined where it refuses. */
    const disclosed = async (event: SealedEvent): Promise<readonly string[] | undefined> =>
      instance.verify(sdJwtOf(event)).then(
        ({ payload }) => Object.keys(payload as object).filter((name) => name.startsWith('/')),
        () => undefined,
      );
    for (const vector of vectors) {
      const { name, verifies, fault } = vector;
      if (vector.event === undefined && !verifies) continue;
      const event = JSON.parse(textOf(vector)) as SealedEvent;
      const pointers = verifies || fault === 'portion' ? event.data.portions.flatMap(({ at }) => at) : [];
      const found = verifies || ['portion', 'key'].includes(fault ?? '') ? await disclosed(event) : undefined;
      if (verifies) expect([name, found?.toSorted()]).toEqual([name, pointers.toSorted()]);
      if (fault === 'key') expect([name, found]).toEqual([name, undefined]);
      if (fault === 'portion') expect([name, found?.length ?? 0]).not.toEqual([name, pointers.length]);
    }
  });
});
