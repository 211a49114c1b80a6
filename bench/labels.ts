/** How fast are decisions beside another engine's, redaction for the median event, and sealing beside the bare signature? */
import { sign } from 'node:crypto';
import { CompactSign, importJWK } from 'jose';
import type { JsonObject } from '../adapters/adapter.ts';
import { dominates } from '../gateway/labels/decision.ts';
import type { Clearance } from '../gateway/labels/label.ts';
import { labelEvent, makeLabelling } from '../gateway/labels/label-event.ts';
import { compileLabel } from '../gateway/labels/policy.ts';
import { decide } from '../gateway/labels/redact.ts';
import { seal } from '../gateway/labels/seal.ts';
import { prepare } from '../gateway/pipeline/read.ts';
import { makeProtect } from '../gateway/protections/protect.ts';
import { cedarOf } from '../test/support/cedar.ts';
import { adapterFor } from '../test/support/corpus.ts';
import {
  clearanceOf,
  config,
  context,
  eventsOf,
  labelling,
  must,
  NOW,
  policy,
  source,
  submissionOf,
  verifier,
} from '../test/support/law.ts';
import { compare, perSecond, type Row } from './clock.ts';
import { messages } from './messages.ts';

const TURNS = 20_000;

/** Of the corpus, by the size of its events. */
async function medianMessage(): Promise<Buffer> {
  const sized: { size: number; bytes: Buffer }[] = [];
  for (const bytes of messages()) for (const { event } of await eventsOf(bytes)) sized.push({ size: JSON.stringify(event).length, bytes });
  sized.sort((a, b) => a.size - b.size);
  return (sized[Math.floor(sized.length / 2)] ?? sized[0])?.bytes as Buffer;
}

export async function labels(): Promise<readonly Row[]> {
  const bytes = await medianMessage();
  const [own] = await eventsOf(bytes);
  if (own === undefined) throw new Error('The message has no event');
  const verified = must(await verifier().verify(own.event, own.topic));
  const [supplier, { clearance: held }] = [
    clearanceOf('supplier'),
    config.clients.find(({ persona }) => persona === 'supplier') as { clearance: Clearance },
  ];
  const stated = own.event.data.portions.map(({ label }) => label);
  const compiled = stated.map((label) => must(compileLabel(policy, label)));
  const cedar = cedarOf(policy.document);
  const adapter = adapterFor(bytes) as NonNullable<ReturnType<typeof adapterFor>>;
  const decoded = adapter.decode(bytes);
  if (!decoded.ok) throw new Error('refused');
  const sender = source();
  const prepared = prepare(context, submissionOf(bytes, { source: sender }), adapter.id, decoded.value.events);
  if (!prepared.ok) throw new Error('refused');
  const event = prepared.value[0]?.event as NonNullable<(typeof prepared.value)[0]>['event'];
  const labelled = labelEvent(labelling, event, sender.floor);
  const unprotected = makeLabelling(policy, makeProtect(policy, []), labelling.plans, labelling.listedIn);
  // At a hearing of today ages are known, so that most events protect nobody.
  const date = new Date(NOW).toISOString().slice(0, 10);
  const adult = { ...event, data: { ...event.data, hearing: { ...(event.data.hearing as JsonObject), date } } };
  const [jws = ''] = own.event.seal.split('~');
  const signed = Buffer.from(jws.slice(0, jws.lastIndexOf('.')));
  const payload = Buffer.from(jws.split('.')[1] ?? '', 'base64url');
  const joseKey = await importJWK(context.sealKey.key.export({ format: 'jwk' }) as Parameters<typeof importJWK>[0], 'EdDSA');
  const DECISIONS = 4_000_000;
  const CEDAR = 5000;
  const times = await compare(5, {
    own: () => {
      for (let n = 0; n < DECISIONS; n++) dominates(policy, supplier, compiled[n % compiled.length] as (typeof compiled)[number]);
    },
    cedar: () => {
      for (let n = 0; n < CEDAR; n++) cedar(held, stated[n % stated.length] as (typeof stated)[number]);
    },
    redact: () => {
      for (let n = 0; n < TURNS; n++) decide(labelling, verified, supplier, NOW);
    },
    label: () => {
      for (let n = 0; n < TURNS; n++) labelEvent(unprotected, adult, sender.floor);
    },
    protect: () => {
      for (let n = 0; n < TURNS; n++) labelEvent(labelling, adult, sender.floor);
    },
    everybody: () => {
      for (let n = 0; n < TURNS; n++) labelEvent(labelling, event, sender.floor);
    },
    signature: () => {
      for (let n = 0; n < TURNS; n++) sign(null, signed, context.sealKey.key);
    },
    jose: async () => {
      for (let n = 0; n < TURNS; n++) await new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA' }).sign(joseKey);
    },
    seal: () => {
      for (let n = 0; n < TURNS; n++) seal(labelled, [own.topic], () => own.topic, context.sealKey, context.identities.salts);
    },
  });
  const { label: bare = 1, protect: protecting = 1, everybody = 1 } = times;
  const { own: decision = 1, cedar: other = 1, redact = 1, signature = 1, jose = 1, seal: sealing = 1 } = times;
  return [
    { question: 'a decision by Cedar', rate: `${perSecond(CEDAR, other)} decisions/s`, ratio: '1' },
    {
      question: 'a decision here',
      rate: `${perSecond(DECISIONS, decision)} decisions/s`,
      ratio: (DECISIONS / decision / (CEDAR / other)).toFixed(0),
      target: '≥ 200 of Cedar',
    },
    { question: 'decide + redact, the median event', rate: `${perSecond(TURNS, redact)} events/s`, target: '≥ 100,000 events/s' },
    { question: 'label without rules, the median event at a hearing of today', rate: `${perSecond(TURNS, bare)} events/s`, ratio: '1.00' },
    {
      question: 'label + protect, the same',
      rate: `${perSecond(TURNS, protecting)} events/s`,
      ratio: (bare / protecting).toFixed(2),
      target: '≥ 0.80',
    },
    {
      question: 'label + protect, the same with everybody’s age unknown',
      rate: `${perSecond(TURNS, everybody)} events/s`,
      ratio: (bare / everybody).toFixed(2),
    },
    { question: 'bare signature of the same bytes, by jose', rate: `${perSecond(TURNS, jose)} signatures/s`, ratio: '1.00' },
    {
      question: 'seal, the median event',
      rate: `${perSecond(TURNS, sealing)} events/s`,
      ratio: (jose / sealing).toFixed(2),
      target: '≥ 0.60 of the signature',
    },
    {
      question: 'bare signature by node:crypto, on this thread',
      rate: `${perSecond(TURNS, signature)} signatures/s`,
      ratio: (jose / signature).toFixed(2),
    },
  ];
}
