/**
 * T35, T60: messages and events that were damaged at random. Nothing crashes or hangs, nothing is accepted that libxml2 refuses, and
 * everything that is written is well-formed, says the same and is valid where the message was.
 * `FUZZ=1000000 npx vitest run --config .vitest.config.ts test/threats/fuzz.test.ts` is the full form; `SEED=n` tries one input again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../../adapters/adapter.ts';
import { HOME } from '../../gateway/config.ts';
import { adapterFor, CORPUS, corpus, hasCorpus } from '../support/corpus.ts';
import { standards, submissionOf, take } from '../support/rules-in-force.ts';
import { canonicalBytes, officialSchema } from '../support/xml.ts';

const CASES = Number(process.env.FUZZ ?? 4000);
const ONLY = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const LONGEST = 60_000 + CASES * 20;
/** Nothing may take longer than this, in milliseconds, on a machine that does other things too. */
const HANG = 10_000;

/** Numbers from a seed, the same on every machine (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomOf>;
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const TEXTS = [
  ...[
    '',
    ' ',
    '\t\n',
    '\u0000',
    '\u0008',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufffe',
    '\uffff',
    '\ud800',
    '\ufeff',
    'é',
    'e\u0301',
    '\u202e',
    '😀',
  ],
  ...[
    '&',
    '&amp;',
    '&#0;',
    '&#xD;',
    '&#55296;',
    '&x;',
    '<',
    '>',
    ']]>',
    '<![CDATA[x]]>',
    '<!-- x -->',
    '<!-- -- -->',
    '<?x y?>',
    '<a/>',
    '<a>',
    '</a>',
  ],
  ...[
    '2026-02-30',
    '0001-01-01',
    '24:00:00',
    '-0',
    '+1.50',
    '1e400',
    '9007199254740993',
    '01015',
    'P1Y',
    'true',
    '"',
    "'",
    '\\',
    '{}',
    '[]',
  ],
  ...['x'.repeat(300), ' xsi:nil="true"', ' xmlns:b="urn:b"', ' a="1" a="2"', 'DC:', '<!DOCTYPE x>', '<?xml version="1.0"?>'],
] as const;

/** Changes bytes anywhere. */
const BYTES: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => cut(text, random(text.length), 1 + random(3), ''),
  (text, random) => cut(text, random(text.length), 0, pick(random, TEXTS)),
  (text, random) => cut(text, random(text.length), 1, String.fromCharCode(random(0x300))),
  (text, random) => text.slice(0, random(text.length)),
  (text, random) => {
    const [from, to] = [random(text.length), random(text.length)];
    return cut(text, to, 0, text.slice(from, from + random(200)));
  },
];

/** Changes an XML document where it stays one more often than not. */
const ELEMENTS: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => atMatch(text, random, />([^<>]*)</g, (all) => `>${pick(random, TEXTS)}${random(2) === 0 ? '' : all.slice(1, -1)}<`),
  (text, random) =>
    atMatch(text, random, /<([A-Za-z:]+)[^<>]*>[^<>]*<\/\1>/g, (all) => pick(random, [all + all, '', `<!-- ${random(9)} -->${all}`])),
  (text, random) =>
    atMatch(text, random, /<[A-Za-z:]+(?=[\s>])/g, (all) => `${all} ${pick(random, ['a="1"', 'xmlns="urn:x"', 'xml:lang="cy"', "b='<'"])}`),
  (text, random) => atMatch(text, random, /<\/?[A-Za-z:]+/g, (all) => all.slice(0, -1) + pick(random, ['x', 'X', ''])),
  (text, random) => atMatch(text, random, />\s*</g, (all) => `>${pick(random, TEXTS)}${all.slice(1)}`),
  (text, random) =>
    atMatch(text, random, /encoding="[^"]*"/g, () => `encoding="${pick(random, ['UTF-8', 'utf-16', 'ISO-8859-1', 'windows-1252', 'x'])}"`),
];

/** The same for JSON. */
const VALUES: readonly ((text: string, random: Random) => string)[] = [
  (text, random) =>
    atMatch(text, random, /"(?:[^"\\]|\\.)*"(?=[,}\]])/g, () =>
      pick(random, [
        JSON.stringify(pick(random, TEXTS)),
        '"\\ud800"',
        '1e400',
        '-0',
        'null',
        '[]',
        '{}',
        '{"a":1,"a":2}',
        '9007199254740993',
      ]),
    ),
  (text, random) =>
    atMatch(
      text,
      random,
      /"(?:[^"\\]|\\.)*":/g,
      () => `${JSON.stringify(pick(random, [...TEXTS, 'label', 'portions', '__proto__', 'extensions']))}:`,
    ),
  (text, random) =>
    atMatch(
      text,
      random,
      /[,{]/g,
      (all) =>
        `${all}"${pick(random, ['urn', 'x', 'person', 'case'])}":${pick(random, ['"a"', '1', 'true', '[{}]'])}${all === '{' ? ',' : ','}`,
    ),
];

const cut = (text: string, at: number, length: number, by: string): string => text.slice(0, at) + by + text.slice(at + length);

function atMatch(text: string, random: Random, pattern: RegExp, change: (all: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: all, index } = pick(random, found);
  return cut(text, index, all.length, change(all));
}

function damaged(text: string, random: Random, changes: readonly ((text: string, random: Random) => string)[]): string {
  let changed = text;
  for (let n = random(4); n >= 0; n--) changed = pick(random, random(3) === 0 ? BYTES : changes)(changed, random);
  return changed;
}

const EXAMPLES = join(HOME, 'examples/messages');
const messages = [
  ...readdirSync(EXAMPLES).map((name) => readFileSync(join(EXAMPLES, name), 'utf8')),
  ...corpus('spi-resulted-case', 'spi-new-case', 'spi-envelopes').map(({ bytes }) => bytes.toString()),
];
const events = messages.flatMap((text) => {
  const decoded = adapterFor(Buffer.from(text))?.decode(Buffer.from(text));
  if (decoded?.ok !== true) return [];
  return decoded.value.events.map(({ standard, data: { extensions: _, ...data } }) =>
    JSON.stringify({ specversion: '1.0', type: standards.byName.get(standard)?.type, data }),
  );
});

async function* seeds(): AsyncGenerator<number> {
  if (ONLY !== undefined) yield ONLY;
  else
    for (let seed = 0; seed < CASES; seed++) {
      // The runner of the tests takes a worker that is silent for a minute for dead.
      if (seed % 200 === 199) await setImmediate();
      yield seed;
    }
}

/** Why libxml2 refuses a document, or undefined. */
const refusedByLibxml = (bytes: Uint8Array): string | undefined => {
  try {
    using _document = XmlDocument.fromBuffer(bytes);
    return undefined;
  } catch (error) {
    return (error as Error).message.trim();
  }
};

/** Whether two documents have one information set. What has no canonical form, as with a relative namespace name, must be the same to the byte. */
function areOne(one: Uint8Array, other: Uint8Array): boolean {
  if (Buffer.compare(one, other) === 0) return true;
  try {
    return canonicalBytes(one) === canonicalBytes(other);
  } catch {
    return false;
  }
}

const schemas = hasCorpus
  ? ['CPP-StdProsPoliceResult-v1-2.xsd', 'CPP-StdProsPoliceCase-v1-2.xsd'].map((name) => officialSchema(join(CORPUS, 'spi-xsd', name)))
  : [];
/** Whether one of the official schemas takes it. What libxml2 cannot read as text is not valid. */
const isValid = (text: string): boolean =>
  schemas.some((check) => {
    try {
      return check(text).length === 0;
    } catch {
      return false;
    }
  });

/** What is wrong with how a damaged message was handled, or undefined. */
function faultOfMessage(text: string): { fault?: string; decoded?: Decoded } {
  const bytes = Buffer.from(text);
  const adapter = adapterFor(bytes);
  const decoded = adapter?.decode(bytes);
  if (decoded?.ok !== true) return {};
  const refused = refusedByLibxml(bytes);
  if (refused !== undefined) return { fault: `accepted, and libxml2 refuses it: ${refused}`, decoded };
  const encoded = adapter?.encode?.(decoded.value.events);
  if (encoded?.ok !== true) return { fault: 'accepted, and cannot be written again', decoded };
  const back = Buffer.from(encoded.value.bytes).toString();
  if (refusedByLibxml(encoded.value.bytes) !== undefined) return { fault: 'written in a form that libxml2 refuses', decoded };
  if (!areOne(encoded.value.bytes, bytes)) return { fault: 'written with another information set', decoded };
  if (isValid(text) && !isValid(back)) return { fault: 'was valid, and is written in a form that is not', decoded };
  const bare = decoded.value.events.map(({ standard, data: { extensions: _, ...data } }) => ({ standard, data }));
  const plain = adapter?.encode?.(bare, { isLenient: true });
  if (plain?.ok === true && refusedByLibxml(plain.value.bytes) !== undefined)
    return { fault: 'written plainly in a form that libxml2 refuses', decoded };
  return { decoded };
}

interface Faults {
  readonly all: string[];
  accepted: number;
}

const REPORTED = 20;

async function tryAll(handle: (seed: number, faults: Faults) => void): Promise<Faults> {
  const faults: Faults = { all: [], accepted: 0 };
  for await (const seed of seeds()) {
    const began = performance.now();
    try {
      handle(seed, faults);
    } catch (error) {
      faults.all.push(`seed ${seed}: threw ${error instanceof Error ? error.stack?.split('\n').slice(0, 3).join(' ') : 'something'}`);
    }
    if (performance.now() - began > HANG) faults.all.push(`seed ${seed}: took ${Math.round(performance.now() - began)} ms`);
    if (faults.all.length >= REPORTED) break;
  }
  return faults;
}

describe('T35 T60 randomly damaged data', () => {
  it(
    'as a message is refused, or is written back unchanged',
    async () => {
      const { all, accepted } = await tryAll((seed, faults) => {
        const random = randomOf(seed);
        const text = damaged(pick(random, messages), random, ELEMENTS);
        const { fault, decoded } = faultOfMessage(text);
        if (decoded?.ok === true) faults.accepted++;
        if (fault !== undefined) faults.all.push(`seed ${seed}: ${fault}`);
      });
      expect(all).toEqual([]);
      if (ONLY === undefined) expect(accepted).toBeGreaterThan(CASES / 20);
    },
    LONGEST,
  );

  it(
    'as an event is refused with a reason, or is published as valid JSON',
    async () => {
      const { all, accepted } = await tryAll((seed, faults) => {
        const random = randomOf(seed + 0x40000000);
        const text = damaged(pick(random, events), random, VALUES);
        const outcome = take(submissionOf(text).bytes, { canonical: true });
        if (outcome.kind === 'refused') {
          if (outcome.refusals.length === 0) faults.all.push(`seed ${seed}: refused without a reason`);
          return;
        }
        faults.accepted++;
        for (const { event } of outcome.events) {
          const json = JSON.stringify(event);
          if (!json.isWellFormed() || /\\u(?:00[01]|d[89a-f]|fff[ef])/i.test(json.replaceAll(/\\u000[9ad]|\\\\/gi, '')))
            faults.all.push(`seed ${seed}: published a character that no format holds`);
        }
      });
      expect(all).toEqual([]);
      if (ONLY === undefined) expect(accepted).toBeGreaterThan(CASES / 100);
    },
    LONGEST,
  );
});
