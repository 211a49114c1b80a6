/** The real standards, policy and rules, and real events from the sample messages, for tests. */

import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { Adapter } from '../../adapters/adapter.ts';
import { newCase, resultedCase } from '../../adapters/spi/index.ts';
import { HOME, readConfig } from '../../gateway/config.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { Clearance, CompiledClearance, CompiledLabel, Label } from '../../gateway/labels/label.ts';
import { compileClearance, compileLabel } from '../../gateway/labels/policy.ts';
import { SealVerifier } from '../../gateway/labels/verify.ts';
import { makeAdapters } from '../../gateway/pipeline/decode.ts';
import { makeIdentities } from '../../gateway/pipeline/ids.ts';
import { aboutMessage, type IngestContext, ingest } from '../../gateway/pipeline/ingest.ts';
import { RecordVerifier } from '../../gateway/pipeline/record-verifier.ts';
import type { Outcome, Source, Submission } from '../../gateway/pipeline/submission.ts';
import { loadRulesInForce } from '../../gateway/rules/compiled-rules.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';
import { sampleCase } from './case-of.ts';
import { must } from './must.ts';

export { sampleCase, sampleResult } from './case-of.ts';

export { must };

export const config = readConfig({});
export const standards = loadStandards(join(HOME, 'schemas'));
export const rulesInForce = loadRulesInForce(config, standards);
export const { labelling } = rulesInForce;
export const { policy } = labelling;
export const POLICY = { id: policy.document.id, version: policy.document.version };

/** The invented case with its offences repeated this many times. */
export const caseWithOffences = (times: number, text = sampleCase): string =>
  text.replace(/<(\w+:)?Offence>.*<\/(\w+:)?Offence>/s, (offences) => offences.repeat(times));

export const labelFor = (label: Omit<Label, 'policy'>): CompiledLabel => must(compileLabel(policy, { policy: POLICY, ...label }));
export const clearanceFor = (clearance: Omit<Clearance, 'policy'>): CompiledClearance =>
  must(compileClearance(policy, { policy: POLICY, ...clearance }));
export const clearanceOf = (persona: string): CompiledClearance => {
  const { clearance } = config.clients.find((client) => client.persona === persona) as (typeof config.clients)[number];
  return must(compileClearance(policy, clearance));
};

const { privateKey, publicKey: publicPart } = generateKeyPairSync('ed25519');
export const publicKey = (await importJWK(publicPart.export({ format: 'jwk' }) as JWK, 'EdDSA')) as CryptoKey;
let sequence = 0;

export const context: IngestContext = {
  adapters: makeAdapters([resultedCase, newCase]),
  standards,
  codeLists: standards.codeLists,
  labelling: () => labelling,
  identities: makeIdentities(Buffer.alloc(32, 7)),
  sealKey: { kid: 'test', key: privateKey },
  domain: () =>
    clearanceFor({
      classifications: ['OFFICIAL', 'SECRET'],
      sensitive: true,
      releasableTo: ['POLICE', 'CPS', 'COURTS'],
      caveats: ['UK EYES ONLY'],
      restrictions: ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'],
    }),
};

export const withAdapter = (adapter: Adapter): IngestContext => ({ ...context, adapters: makeAdapters([adapter]) });

const trusted = (kid: string) => (kid === 'test' ? publicKey : undefined);

export const verifier = (): SealVerifier => new SealVerifier(() => labelling, trusted);
export const recordVerifier = (): RecordVerifier => new RecordVerifier(() => labelling, trusted);

export const source = (floor: Omit<Label, 'policy'> = { classification: 'OFFICIAL' }): Source => ({
  id: 'test.source',
  floor: labelFor(floor),
  submits: new Set(standards.byName.keys()),
});

/** When tests decide, unless time is what they test. */
export const NOW = Date.parse('2026-11-23T12:00:00Z');

/** A submission of the test source, with whatever else it needs. */
export function submissionOf(text: string | Uint8Array, more: Partial<Submission> = {}): Submission {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const submission = { source: source(), bytes, ...more };
  const stamp = { recordedtime: '2026-11-23T12:00:00.000Z', sequence: String(++sequence).padStart(16, '0') };
  return {
    messageId: context.identities.messageId(submission.source.id, submission.bytes, aboutMessage(submission)),
    stamp,
    ...submission,
  };
}

export const take = (text: string | Uint8Array, more: Partial<Submission> = {}, ingestContext: IngestContext = context): Outcome =>
  ingest(ingestContext, submissionOf(text, more));

/** The sealed events of a message that must be accepted, with their topics. */
export async function eventsOf(
  text: string | Uint8Array,
  more: Partial<Submission> = {},
): Promise<readonly { readonly event: SealedEvent; readonly topic: string }[]> {
  const outcome = await take(text, more);
  if (outcome.kind === 'refused') throw new Error(outcome.refusals.map(({ code, reason, at }) => `${code} ${at}: ${reason}`).join('; '));
  return outcome.events;
}

export async function eventOf(
  text: string | Uint8Array,
  more: Partial<Submission> = {},
): Promise<{ readonly event: SealedEvent; readonly topic: string }> {
  return (await eventsOf(text, more))[0] as { event: SealedEvent; topic: string };
}

const valuesOf = (property: string): readonly string[] =>
  policy.categories.filter((category) => category.property === property).flatMap(({ values }) => values.map(({ id }) => id));

const LISTS = ['handling', 'descriptors', 'caveats', 'codewords', 'releasableTo', 'restrictions'] as const;
const optional = (property: string) => fc.option(fc.subarray([...valuesOf(property)]), { nil: undefined });
const lists = Object.fromEntries(LISTS.map((property) => [property, optional(property)]));
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

/** Any label that the policy can state, valid as a combination or not. */
export const anyLabel: fc.Arbitrary<Label> = fc
  .record({
    policy: fc.constant(POLICY),
    classification: fc.constantFrom(...policy.document.classifications.map(({ id }) => id)),
    sensitive: fc.option(fc.boolean(), { nil: undefined }),
    ...lists,
  })
  .map((label) => defined(label) as unknown as Label);

/** Any clearance that the policy can state. */
export const anyClearance: fc.Arbitrary<Clearance> = fc
  .record({
    policy: fc.constant(POLICY),
    classifications: fc.subarray(policy.document.classifications.map(({ id }) => id)),
    sensitive: fc.boolean(),
    ...Object.fromEntries(LISTS.filter((property) => property !== 'descriptors').map((property) => [property, optional(property)])),
  })
  .map((clearance) => defined(clearance) as unknown as Clearance);
