/** How fast are decisions compared with another engine's, redaction for the median event, and sealing compared with the bare signature? */
import { sign } from 'node:crypto';
import { CompactSign, importJWK } from 'jose';
import type { JsonObject } from '../adapters/adapter.ts';
import { dominates } from '../gateway/labels/decision.ts';
import type { Clearance, CompiledLabel, Label } from '../gateway/labels/label.ts';
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
} from '../test/support/rules-in-force.ts';
import { compare, perSecond, type Row } from './clock.ts';
import { messages } from './messages.ts';

const TURNS = 20_000;

/** The message of the corpus whose event has the median size. */
async function medianMessage(): Promise<Buffer> {
  const sized: { size: number; bytes: Buffer }[] = [];
  for (const bytes of messages()) for (const { event } of await eventsOf(bytes)) sized.push({ size: JSON.stringify(event).length, bytes });
  sized.sort((a, b) => a.size - b.size);
  return (sized[Math.floor(sized.length / 2)] ?? sized[0])?.bytes as Buffer;
}

/** The median event as its adapter made it, and as the gateway published it. */
async function medianEvent() {
  const bytes = await medianMessage();
  const [published] = await eventsOf(bytes);
  const adapter = adapterFor(bytes);
  const decoded = adapter?.decode(bytes);
  if (published === undefined || adapter === undefined || decoded?.ok !== true) throw new Error('The message has no event');
  const prepared = prepare(context, submissionOf(bytes, { source: sender }), adapter.id, decoded.value.events);
  const [first] = prepared.ok ? prepared.value : [];
  if (first === undefined) throw new Error('The message is refused');
  return { published, event: first.event };
}

type MedianEvent = Awaited<ReturnType<typeof medianEvent>>;

const sender = source();

/** A loop of some length around work. */
const times = (turns: number, work: (n: number) => unknown) => () => {
  for (let n = 0; n < turns; n++) work(n);
};

async function decisions({ published }: MedianEvent): Promise<readonly Row[]> {
  const DECISIONS = 4_000_000;
  const CEDAR_DECISIONS = 5000;
  const supplier = clearanceOf('supplier');
  const { clearance } = config.clients.find(({ persona }) => persona === 'supplier') as { clearance: Clearance };
  const stated = published.event.data.portions.map(({ label }) => label);
  const compiled = stated.map((label) => must(compileLabel(policy, label)));
  const cedar = cedarOf(policy.document);
  const { here = 1, cedar: byCedar = 1 } = await compare(5, {
    here: times(DECISIONS, (n) => dominates(policy, supplier, compiled[n % compiled.length] as CompiledLabel)),
    cedar: times(CEDAR_DECISIONS, (n) => cedar(clearance, stated[n % stated.length] as Label)),
  });
  return [
    { question: 'a decision by Cedar', rate: `${perSecond(CEDAR_DECISIONS, byCedar)} decisions/s`, ratio: '1' },
    {
      question: 'a decision here',
      rate: `${perSecond(DECISIONS, here)} decisions/s`,
      ratio: (DECISIONS / here / (CEDAR_DECISIONS / byCedar)).toFixed(0),
      target: '≥ 200 of Cedar',
    },
  ];
}

async function redaction({ published }: MedianEvent): Promise<readonly Row[]> {
  const verified = must(await verifier().verify(published.event, published.topic));
  const supplier = clearanceOf('supplier');
  const { redact = 1 } = await compare(5, { redact: times(TURNS, () => decide(labelling, verified, supplier, NOW)) });
  return [{ question: 'decide + redact, the median event', rate: `${perSecond(TURNS, redact)} events/s`, target: '≥ 100,000 events/s' }];
}

async function labelsAndProtections({ event }: MedianEvent): Promise<readonly Row[]> {
  const unprotected = makeLabelling(policy, makeProtect(policy, []), labelling.plans, labelling.listedIn);
  // At a hearing of today ages are known, so that most events protect nobody.
  const date = new Date(NOW).toISOString().slice(0, 10);
  const adult = { ...event, data: { ...event.data, hearing: { ...(event.data.hearing as JsonObject), date } } };
  const {
    label = 1,
    protect = 1,
    everybody = 1,
  } = await compare(5, {
    label: times(TURNS, () => labelEvent(unprotected, adult, sender.floor)),
    protect: times(TURNS, () => labelEvent(labelling, adult, sender.floor)),
    everybody: times(TURNS, () => labelEvent(labelling, event, sender.floor)),
  });
  return [
    { question: 'label without rules, the median event at a hearing of today', rate: `${perSecond(TURNS, label)} events/s`, ratio: '1.00' },
    {
      question: 'label + protect, the same',
      rate: `${perSecond(TURNS, protect)} events/s`,
      ratio: (label / protect).toFixed(2),
      target: '≥ 0.80',
    },
    {
      question: 'label + protect, the same with everybody’s age unknown',
      rate: `${perSecond(TURNS, everybody)} events/s`,
      ratio: (label / everybody).toFixed(2),
    },
  ];
}

async function seals({ published, event }: MedianEvent): Promise<readonly Row[]> {
  const { topic } = published;
  const labelled = labelEvent(labelling, event, sender.floor);
  const [jws = ''] = published.event.seal.split('~');
  const signed = Buffer.from(jws.slice(0, jws.lastIndexOf('.')));
  const payload = Buffer.from(jws.split('.')[1] ?? '', 'base64url');
  const joseKey = await importJWK(context.sealKey.key.export({ format: 'jwk' }) as Parameters<typeof importJWK>[0], 'EdDSA');
  const {
    signature = 1,
    jose = 1,
    sealing = 1,
  } = await compare(5, {
    signature: times(TURNS, () => sign(null, signed, context.sealKey.key)),
    jose: async () => {
      for (let n = 0; n < TURNS; n++) await new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA' }).sign(joseKey);
    },
    sealing: times(TURNS, () => seal(labelled, [topic], () => topic, context.sealKey, context.identities.salts)),
  });
  return [
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

export async function labels(): Promise<readonly Row[]> {
  const median = await medianEvent();
  return [...(await decisions(median)), ...(await redaction(median)), ...(await labelsAndProtections(median)), ...(await seals(median))];
}
