/** The checks of an adapter (`schemas/conformance/adapter.json`), by their ids. */
import type { Adapter, DecodedEvent, EncodableEvent, JsonObject, Refusal } from '../adapter.ts';
import { sameContent } from '../mapping/pointer.ts';
import { isKnownCode } from '../refusal.ts';
import { changedSamples } from './changed.ts';

/** The finding of a check, in one sentence without values of a sample. */
export interface Verdict {
  readonly status: 'passed' | 'failed' | 'not-run';
  readonly detail: string;
}

export interface AdapterContext {
  readonly adapter: Adapter;
  readonly samples: readonly Uint8Array[];
  /** The refusals of data that is not valid against its standard. */
  check(standard: string, data: JsonObject): readonly Refusal[];
  /** Whether the label that the gateway gives an event is no lower than the floor of its source. */
  isAboveFloor(event: DecodedEvent): boolean;
  /** Milliseconds, best of the processor alone. */
  now(): number;
}

const passed = (detail: string): Verdict => ({ status: 'passed', detail });
const failed = (detail: string): Verdict => ({ status: 'failed', detail });

const MARKER = 'Canary7Zq';
const CHANGED = 2000;
const SET_BY_GATEWAY = ['label', 'portions', 'quality', 'protections'];

/** Runs a check for each sample. The check returns the fault. */
const ofSamples =
  (good: string, check: (context: AdapterContext, sample: Uint8Array) => string | undefined) =>
  async (context: AdapterContext): Promise<Verdict> => {
    for (const [n, sample] of context.samples.entries()) {
      const wrong = check(context, sample);
      if (wrong !== undefined) return failed(`Sample ${n + 1}: ${wrong}`);
    }
    return passed(`${context.samples.length} ${context.samples.length === 1 ? 'sample' : 'samples'}: ${good}`);
  };

function eventsOf(adapter: Adapter, bytes: Uint8Array): readonly DecodedEvent[] | undefined {
  const decoded = adapter.decode(bytes);
  return decoded.ok && (decoded.value.refused ?? []).length === 0 ? decoded.value.events : undefined;
}

const places = (refusals: readonly Refusal[]): string =>
  refusals
    .slice(0, 3)
    .map(({ code, line }) => (line === undefined ? code : `${code} in line ${line}`))
    .join(', ');

function isReadWhole({ adapter }: AdapterContext, sample: Uint8Array): string | undefined {
  const decoded = adapter.decode(sample);
  if (!decoded.ok) return `it is refused (${places(decoded.refusals)})`;
  const { refused = [] } = decoded.value;
  return refused.length === 0
    ? undefined
    : `${refused.length} records are refused (${places(refused.flatMap(({ refusals }) => refusals))})`;
}

function isValid({ adapter, check }: AdapterContext, sample: Uint8Array): string | undefined {
  for (const { standard, data } of eventsOf(adapter, sample) ?? []) {
    if (!adapter.standards.includes(standard)) return `an event is of ${standard}, which the adapter does not declare`;
    const [first] = check(standard, data);
    if (first !== undefined) return `an event is not valid at ${first.at ?? '/'}: ${first.reason}`;
  }
  return undefined;
}

function leavesLabel({ adapter, isAboveFloor }: AdapterContext, sample: Uint8Array): string | undefined {
  for (const event of eventsOf(adapter, sample) ?? []) {
    const member = SET_BY_GATEWAY.find((name) => Object.hasOwn(event.data, name));
    if (member !== undefined) return `an event sets ${member}, which the gateway sets`;
    if (!isAboveFloor(event)) return 'an event is labelled below the floor of its source';
  }
  return undefined;
}

/** All refusals of a message and of its records. */
function refusalsOf(decoded: ReturnType<Adapter['decode']>): readonly Refusal[] {
  return decoded.ok ? (decoded.value.refused ?? []).flatMap(({ refusals }) => refusals) : decoded.refusals;
}

async function hostile({ adapter, samples }: AdapterContext): Promise<Verdict> {
  let read = 0;
  let n = 0;
  for (const bytes of changedSamples(samples, CHANGED, Buffer.from(MARKER))) {
    n++;
    try {
      const decoded = adapter.decode(bytes);
      if (decoded.ok && decoded.value.events.length === 0) return failed(`Changed sample ${n} gives no events and does not say why.`);
      if (decoded.ok) for (const { record } of decoded.value.refused ?? []) record.bytes();
      const refusals = refusalsOf(decoded);
      if (JSON.stringify(refusals).includes(MARKER)) return failed(`A refusal of changed sample ${n} tells a value of the message.`);
      if (refusals.some(({ code, reason }) => !isKnownCode(code) || reason === ''))
        return failed(`A refusal of changed sample ${n} says nothing.`);
      if (decoded.ok) read++;
    } catch {
      return failed(`The adapter fails at changed sample ${n}: it throws.`);
    }
  }
  return passed(`${CHANGED.toLocaleString('en-GB')} changed samples: ${read} were read, the others refused.`);
}

async function charsets({ adapter, samples }: AdapterContext): Promise<Verdict> {
  const [sample] = samples as [Uint8Array];
  const wide = Buffer.from(Buffer.from(sample).toString('latin1'), 'utf16le');
  const tried = [
    ['a charset that there is none of', sample, 'x-klingon'],
    ['UTF-16 where the message is not', sample, 'utf-16le'],
    ['text in two bytes without a mark', wide, undefined],
  ] as const;
  for (const [what, bytes, charset] of tried) {
    const decoded = adapter.decode(bytes, charset === undefined ? {} : { charset });
    const isText16 = Buffer.from(sample.subarray(0, 2)).toString('hex');
    if (decoded.ok && !(charset === 'utf-16le' && isText16 === 'fffe')) return failed(`It reads ${what}.`);
  }
  return passed('What is not in the declared charset is refused.');
}

const MOST = 8 * 1024 * 1024;
const LONGEST = 10_000;

/** The sample, repeated up to a number of bytes. */
function repeated(sample: Uint8Array, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += sample.length) out.set(sample.subarray(0, Math.min(sample.length, bytes - at)), at);
  return out;
}

async function limits({ adapter, samples, now }: AdapterContext): Promise<Verdict> {
  const time = (bytes: Uint8Array): number => {
    const began = now();
    adapter.decode(bytes);
    return now() - began;
  };
  for (const sample of samples) {
    const [, body = sample] = splitHead(sample);
    for (const kind of [sample, body]) {
      time(repeated(kind, 65_536));
      for (let bytes = MOST / 8, before = time(repeated(kind, bytes)); bytes < MOST; bytes *= 2) {
        const twice = repeated(kind, bytes * 2);
        const first = time(twice);
        // Repeat a slow run, because a garbage collection can slow down one of them.
        const taken = first > 250 && first > 3.5 * before ? Math.min(first, time(twice)) : first;
        if (taken > LONGEST) return failed(`A message of ${(bytes * 2) / 1024 / 1024} MiB takes ${Math.round(taken / 1000)} seconds.`);
        // Times below a quarter of a second depend too much on the machine.
        if (taken > 250 && taken > 3.5 * before)
          return failed(`Twice the bytes (${(bytes * 2) / 1024 / 1024} MiB) take ${(taken / before).toFixed(1)} times the time.`);
        before = taken;
      }
    }
  }
  return passed('Up to 8 MiB the time is in proportion to the bytes.');
}

/** Splits a sample after its first line. */
function splitHead(sample: Uint8Array): readonly [Uint8Array, Uint8Array] | readonly [] {
  const end = sample.indexOf(10) + 1;
  return end === 0 || end === sample.length ? [] : [sample.subarray(0, end), sample.subarray(end)];
}

async function speed({ adapter, samples, now }: AdapterContext): Promise<Verdict> {
  const rate = (work: (sample: Uint8Array) => void): number => {
    let bytes = 0;
    const began = now();
    while (now() - began < 500)
      for (const sample of samples) {
        work(sample);
        bytes += sample.length;
      }
    return bytes / (now() - began) / 1000;
  };
  const scan = (sample: Uint8Array): void =>
    void Buffer.from(sample)
      .toString('latin1')
      .split('\n')
      .map((line) => line.length);
  rate((sample) => void adapter.decode(sample));
  const [bareScan, decoding] = [rate(scan), rate((sample) => void adapter.decode(sample))];
  const detail = `${decoding.toFixed(1)} MB/s; a bare scan of the same bytes ${bareScan.toFixed(1)} MB/s, so ${(decoding / bareScan).toFixed(3)} of it.`;
  return decoding / bareScan < 0.01 && decoding < 1 ? failed(detail) : passed(detail);
}

function isLossless({ adapter }: AdapterContext, sample: Uint8Array): string | undefined {
  const events = eventsOf(adapter, sample);
  if (events === undefined) return 'it is not read whole';
  if (adapter.encode === undefined) return 'the adapter has no encode';
  const encoded = adapter.encode(events);
  if (!encoded.ok) return `it is not written back (${places(encoded.refusals)})`;
  return Buffer.compare(encoded.value.bytes, sample) === 0 ? undefined : 'it comes back with other bytes';
}

async function losslessChanged(context: AdapterContext): Promise<Verdict> {
  let read = 0;
  let n = 0;
  for (const bytes of changedSamples(context.samples, CHANGED, Buffer.from(MARKER), 2)) {
    n++;
    if (eventsOf(context.adapter, bytes) === undefined) continue;
    const wrong = isLossless(context, bytes);
    if (wrong !== undefined) return failed(`Changed sample ${n}: ${wrong}.`);
    read++;
  }
  return passed(`${read} changed samples that are read whole come back to the letter.`);
}

const plain = ({ standard, data: { extensions: _, ...data } }: DecodedEvent): EncodableEvent => ({ standard, data });

function writesPlain({ adapter }: AdapterContext, sample: Uint8Array): string | undefined {
  const events = (eventsOf(adapter, sample) ?? []).map(plain);
  const encoded = adapter.encode?.(events);
  if (encoded?.ok !== true)
    return `events without extensions are not written (${encoded === undefined ? 'no encode' : places(encoded.refusals)})`;
  const back = eventsOf(adapter, encoded.value.bytes);
  if (back?.length !== events.length) return 'what is written is not read as so many events';
  return back.every(({ data }, n) => sameContent(data, (events[n] as EncodableEvent).data))
    ? undefined
    : 'what is written is read as other events';
}

function namesLost({ adapter }: AdapterContext, sample: Uint8Array): string | undefined {
  const [first, ...rest] = (eventsOf(adapter, sample) ?? []).map(plain);
  if (first === undefined || adapter.encode === undefined) return 'there is nothing to write';
  const strange = [{ ...first, data: { ...first.data, unheardOf: { of: 'a value' } } }, ...rest];
  const refused = adapter.encode(strange);
  if (refused.ok || !refused.refusals.some(({ at = '' }) => at.includes('unheardOf')))
    return 'a value without a place is not refused by name';
  const left = adapter.encode(strange, { isLenient: true });
  return left.ok && left.value.leftOut?.some((at) => at.includes('unheardOf')) === true
    ? undefined
    : 'a value that is left out is not listed';
}

/** By the ids of the suite. */
export const ADAPTER_CHECKS: Readonly<Record<string, (context: AdapterContext) => Promise<Verdict>>> = {
  'reads-samples': ofSamples('each is read whole.', isReadWhole),
  valid: ofSamples('every event is valid.', isValid),
  deterministic: ofSamples('the same events twice.', ({ adapter }, sample) =>
    new Set([1, 2].map(() => JSON.stringify(eventsOf(adapter, sample)))).size === 1 ? undefined : 'two runs give different events',
  ),
  'label-floor': ofSamples('the gateway labels every event.', leavesLabel),
  hostile,
  charsets,
  limits,
  speed,
  lossless: ofSamples('each comes back to the letter.', isLossless),
  'lossless-changed': losslessChanged,
  'writes-plain': ofSamples('events are written without what was kept.', writesPlain),
  'names-lost': ofSamples('what cannot be held is named.', namesLost),
};
