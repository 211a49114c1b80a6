/** A damaged list is written back unchanged, or refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter } from '../../../adapters/adapter.ts';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import { hmctsList } from '../../../adapters/hmcts-list/index.ts';
import { libraCourtList } from '../../../adapters/libra/index.ts';
import { xhibitList } from '../../../adapters/xhibit/index.ts';
import { listSamples, writtenBy } from '../../support/list-corpus.ts';
import { canonicalBytes } from '../../support/xml.ts';

const RUNS = Number(process.env.FUZZ ?? 300);

const XML_PIECES = [
  ...[
    '<x/>',
    '<!-- c -->',
    'text',
    ' ',
    '\r\n',
    '&amp;',
    '&#233;',
    '<![CDATA[<b>]]>',
    'xsi:nil="true"',
    ' a="1"',
    '<?p i?>',
    '16/11/2026',
    'Y',
  ],
  ...[
    '<case/>',
    '<title>x</title>',
    '<cs:Hearing/>',
    '<cs:IsMasked>yes</cs:IsMasked>',
    '<cs:Defendants/>',
    '<block><cases><case/></cases></block>',
    'é𝔓',
  ],
];
const JSON_PIECES = [
  'null',
  '[]',
  '{}',
  '""',
  '"x"',
  '1',
  'true',
  '[{}]',
  '[1]',
  '{"a":{"b":[]}}',
  '"2026-11-16T25:00:00Z"',
  '"\\u00e9"',
  '[[{}]]',
];

/** A text with pieces put in, taken out or repeated at some places. */
const mutations = (pieces: readonly string[]) =>
  fc.array(
    fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(...pieces),
      fc.integer({ min: 1, max: 60 }),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  );

type Changes = readonly (readonly [number, number, string, number])[];

/** Places where something can be inserted: between tags, and around values. */
function mutated(text: string, changes: Changes, places: RegExp): string {
  let result = text;
  for (const [where, kind, piece, length] of changes) {
    const found = [...result.matchAll(places)].map(({ index }) => index);
    const at = found[Math.floor(where * (found.length - 1))] ?? 0;
    const end = found.find((index) => index > at) ?? at;
    if (kind === 0) result = result.slice(0, at) + piece + result.slice(at);
    else if (kind === 1) result = result.slice(0, at) + piece + result.slice(end);
    else if (kind === 2) result = result.slice(0, at) + result.slice(at, at + length) + result.slice(at);
    else result = result.slice(0, at) + result.slice(end);
  }
  return result;
}

/** A document with a member or item replaced, added, taken out or repeated at some places. */
function mutatedJson(text: string, changes: Changes): string {
  const document: unknown = JSON.parse(text);
  for (const [where, kind, piece, length] of changes) {
    const places: (readonly [Record<string, unknown>, string])[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, member] of Object.entries(value)) {
        places.push([value as Record<string, unknown>, name]);
        walk(member);
      }
    };
    walk(document);
    const place = places[Math.floor(where * (places.length - 1))];
    if (place === undefined) continue;
    const [holder, name] = place;
    if (kind === 0 && !Array.isArray(holder)) holder[`${name}${length}`] = JSON.parse(piece);
    else if (kind === 1) holder[name] = JSON.parse(piece);
    else if (kind === 2 && Array.isArray(holder)) holder.push(structuredClone(holder[Number(name)]));
    else if (Array.isArray(holder)) holder.splice(Number(name), 1);
    else delete holder[name];
  }
  return JSON.stringify(document);
}

function isLossless(adapter: Adapter, text: string, canonical: (bytes: Uint8Array) => string): boolean {
  const bytes = Buffer.from(text);
  const decoded = adapter.decode(bytes);
  if (!decoded.ok) return false;
  expect(canonical(writtenBy(adapter, decoded.value.events))).toBe(canonical(bytes));
  const bare = decoded.value.events.map(({ standard, data: { extensions, ...data } }) => ({ standard, data }));
  // By its values alone it is written, or refused with the place.
  const plain = adapter.encode?.(bare);
  if (plain?.ok) expect(adapter.decode(plain.value.bytes).ok).toBe(true);
  else expect(plain?.refusals.every(({ at, code }) => at !== undefined || code === 'charset')).toBe(true);
  return true;
}

describe.each([
  ['libra', '.xml', libraCourtList, XML_PIECES, (text: string, changes: Changes) => mutated(text, changes, /[<>]/g), canonicalBytes],
  ['xhibit', '.xml', xhibitList, XML_PIECES, (text: string, changes: Changes) => mutated(text, changes, /[<>]/g), canonicalBytes],
  [
    'hmcts-list',
    '.json',
    hmctsList,
    JSON_PIECES,
    mutatedJson,
    (bytes: Uint8Array) => canonicalJson(JSON.parse(Buffer.from(bytes).toString())),
  ],
] as const)('%s', (folder, ending, adapter, pieces, mutate, canonical) => {
  it('is refused, or written back with the same information set', () => {
    let read = 0;
    const samples = listSamples(folder, ending).map(({ bytes }) => bytes.toString());
    fc.assert(
      fc.property(fc.constantFrom(...samples), mutations(pieces), (text, changes) => {
        if (isLossless(adapter, mutate(text, changes), canonical)) read++;
      }),
      { numRuns: RUNS },
    );
    expect(read).toBeGreaterThan(RUNS / 50);
  }, 120_000);
});
