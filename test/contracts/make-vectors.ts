/** `node test/contracts/make-vectors.ts` writes contracts/vectors/seals.json: events that must verify, and events that must not. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CryptoKey, importJWK } from 'jose';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import { at } from '../../adapters/json.ts';
import { markingOf } from '../../contracts/client/label.ts';
import type { SealFault } from '../../contracts/client/seal-faults.ts';
import { SEAL_TYPE } from '../../contracts/client/seal-form.ts';
import { HOME } from '../../gateway/config.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { signCompact } from '../../gateway/labels/seal.ts';
import { SealVerifier } from '../../gateway/labels/verify.ts';
import { clearanceOf, context, labelling, must, NOW, POLICY, take } from '../support/rules-in-force.ts';
import type { Vector, Vectors } from './vectors.ts';

/** A key that anybody can know: it seals nothing but these vectors. */
const keyOf = (fill: number): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, fill)]),
    format: 'der',
    type: 'pkcs8',
  });
const KEY = { kid: 'vectors', key: keyOf(7) };
const RETIRED = { kid: 'vectors-before', key: keyOf(8) };
const STRANGER = { kid: 'stranger', key: keyOf(9) };
const publicOf = ({ kid, key }: typeof KEY) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' });

interface Placed {
  readonly event: SealedEvent;
  readonly topic: string;
}

/** What the gateway makes of an event about an invented person: the whole event, and its renditions on the bus. */
async function sealed(data: object, more = {}, key = KEY, type = 'case.registered'): Promise<readonly [Placed, ...Placed[]]> {
  const text = JSON.stringify({ specversion: '1.0', type: `uk.justice.${type}.v1`, data });
  const outcome = await take(text, { canonical: true, ...more }, { ...context, sealKey: key, renditions: true });
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.refusals));
  const [{ event, topic, renditions }] = outcome.events as unknown as [Placed & { renditions: readonly Placed[] }];
  return [{ event, topic }, ...renditions];
}

const person = { name: { givenNames: ['Merryn'], familyName: 'Tregoss' }, dateOfBirth: '1988-03-09' };
const hearing = { date: '2026-12-01' };
const DATA = { case: { urn: '52WX3000001' }, hearing, defendants: [{ person, offences: [] }] };
const YOUTH = { case: { urn: '52WX3000002' }, hearing, defendants: [{ person: { ...person, dateOfBirth: '2012-03-09' }, offences: [] }] };
const ACCENTS = { case: { urn: '52WX3000003' }, defendants: [{ person: { name: { familyName: 'Ó Súilleabháin' } }, offences: [] }] };
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const [wholeEvent, rendition] = (await sealed(DATA)) as [Placed, Placed];
const [traced] = await sealed(DATA, { traceparent: TRACE });
const [youth, youthRendition] = (await sealed(YOUTH)) as [Placed, Placed];
const [accents] = await sealed(ACCENTS);
const SECRET = { ...DATA, label: { policy: POLICY, classification: 'SECRET' } };
const [secret] = await sealed(SECRET);
const [retired] = await sealed(DATA, {}, RETIRED);
const SUMMER = { ...DATA, hearing: { date: '2026-07-01', time: '10:00:00' } };
const [summer] = await sealed(SUMMER, {}, KEY, 'hearing.resulted');

const trusted = (await importJWK(publicOf(KEY), 'EdDSA')) as CryptoKey;
const verifier = new SealVerifier(
  () => labelling,
  () => trusted,
);

/** What the supplier reads over HTTP: a copy that discloses no topic. */
async function overHttp({ event, topic }: Placed): Promise<SealedEvent> {
  const decision = decide(labelling, must(await verifier.verify(event, topic)), clearanceOf('supplier'), NOW);
  if (decision.verdict !== 'redact') throw new Error(decision.verdict);
  return decision.event;
}
const redacted = await overHttp(wholeEvent);
const redactedYouth = await overHttp(youth);

type Claims = { -readonly [name in string]: Json } & { _sd: string[]; event: Record<string, Json>; label: Record<string, Json> };
const partsOf = ({ seal }: SealedEvent) => seal.split('~') as [string, string, ...string[]];
const claimsOf = (event: SealedEvent): Claims =>
  JSON.parse(Buffer.from(partsOf(event)[0].split('.')[1] ?? '', 'base64url').toString()) as Claims;

/** The event under other claims, signed with a key of the vectors. */
function resigned(event: SealedEvent, change: (claims: Claims) => void = () => undefined, key = KEY, typ = SEAL_TYPE): SealedEvent {
  const claims = claimsOf(event);
  change(claims);
  const [, ...salts] = partsOf(event);
  return { ...event, seal: [signCompact(canonicalJson(claims as unknown as JsonObject), typ, key), ...salts].join('~') };
}
/** As gateways sealed before `time` was signed. */
const untimed = (event: SealedEvent): SealedEvent => {
  const { time: _time, ...rest } = resigned(event, (claims) => delete claims.event.time);
  return rest;
};
const older = (event: SealedEvent): SealedEvent => resigned(event, (claims) => delete claims.whole);

type Writable = Record<string, Json> & { data: Record<string, Json> & { portions: { label: Record<string, Json>; at: string[] }[] } };
function changed(event: SealedEvent, change: (copy: Writable) => void): object {
  const copy = JSON.parse(JSON.stringify(event)) as Writable;
  change(copy);
  return copy;
}
const withMore = (event: SealedEvent, more: object): object => ({ ...event, ...more });
const without = (event: SealedEvent, name: string): object => changed(event, (copy) => delete copy[name]);
const salted = (event: SealedEvent, change: (parts: string[]) => string[]): object => ({
  ...event,
  seal: change([...partsOf(event)]).join('~'),
});

/** An attack by somebody who has the whole event: its last group of portions is left out, and every remaining digest is right. */
function cutDown(event: SealedEvent, more: object): object {
  const groups = event.data.portions;
  const kept = groups.slice(0, 1);
  const gone = groups.slice(1).flatMap(({ at: places }) => places);
  return changed({ ...event, ...more } as SealedEvent, (copy) => {
    for (const pointer of gone) {
      const holder = at(copy.data as JsonObject, pointer.slice(0, pointer.lastIndexOf('/'))) as Record<string, Json>;
      delete holder[pointer.slice(pointer.lastIndexOf('/') + 1)];
    }
    copy.data.portions = kept as unknown as Writable['data']['portions'];
    copy.data.label = kept[0]?.label as unknown as Json;
    copy.classification = markingOf(kept[0]?.label ?? event.data.label);
    copy.seal = partsOf(event)
      .slice(0, 2 + (kept[0]?.at.length ?? 0))
      .join('~');
  });
}

/** What gateways sealed before `time` was signed, kept as it was. */
const BEFORE_TIME = JSON.parse(readFileSync(join(import.meta.dirname, 'sealed-before-time.json'), 'utf8')) as readonly Pick<
  Required<Vector>,
  'name' | 'what' | 'topic' | 'event'
>[];

const good = (name: string, what: string, event: object | string, topic?: string): Vector => ({
  name,
  what,
  verifies: true,
  ...(topic === undefined ? {} : { topic }),
  ...(typeof event === 'string' ? { text: event } : { event }),
});
const bad = (fault: SealFault, name: string, what: string, event: object | string, topic?: string): Vector => ({
  ...good(name, what, event, topic),
  verifies: false,
  fault,
});

const { event: W, topic: WT } = wholeEvent;
const { event: R, topic: RT } = rendition;
const textOf = (value: unknown): string => JSON.stringify(value);
/** The text of an event with something before its last brace. */
const ending = (event: object, more: string): string => `${textOf(event).slice(0, -1)},${more}}`;
const opening = (event: object, more: string): string => `{${more},${textOf(event).slice(1)}`;
const reversed = (event: object): object => Object.fromEntries(Object.entries(event).reverse());
const spelled = (event: SealedEvent): object =>
  salted(event, ([jws = '', ...rest]) => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return [`${jws.slice(0, -1)}${letters[letters.indexOf(jws.at(-1) ?? '') + 1]}`, ...rest];
  });

const ATTRIBUTES: Readonly<Record<string, Json>> = {
  extra: 'added',
  expirytime: '2030-01-01T00:00:00Z',
  data_base64: 'e30=',
  dataref: '/v1/events/x',
  tracestate: 'a=1',
  authid: 'nobody',
  correlationid: '1',
  'ce-id': 'x',
  __proto: 'x',
  label: 'OFFICIAL',
  traceparent: TRACE,
};

const attributes: readonly Vector[] = Object.entries(ATTRIBUTES).map(([name, value]) =>
  bad('context', `attribute-${name.replaceAll('_', '-')}`, `The attribute ${name}, which nobody signed`, withMore(W, { [name]: value })),
);
const CONTEXT = [
  'specversion',
  'id',
  'source',
  'subject',
  'time',
  'partitionkey',
  'datacontenttype',
  'dataschema',
  'recordedtime',
  'sequence',
];
const contexts: readonly Vector[] = [
  ...CONTEXT.map((name) => bad('context', `changed-${name}`, `Another ${name}`, withMore(W, { [name]: `${W[name as 'id']}x` }))),
  bad('context', 'changed-type', 'Another type', withMore(W, { type: 'uk.justice.hearing.resulted.v1' })),
  bad('context', 'other-time', 'Another time', withMore(W, { time: '2026-11-23T12:00:00.001Z' })),
  bad('context', 'finer-time', 'A time that is a moment later', withMore(W, { time: '2026-11-23T12:00:00.0001Z' })),
  bad('context', 'time-in-another-zone', 'The same time in another time zone', withMore(W, { time: '2026-11-23T13:00:00+01:00' })),
  bad('context', 'time-without-a-zone', 'The time without its zone', withMore(W, { time: '2026-11-23T12:00:00.000' })),
  bad('context', 'number-time', 'A time that is a number', withMore(W, { time: 1_795_435_200 })),
  bad('context', 'null-time', 'A time that is null', withMore(W, { time: null })),
  bad('context', 'removed-time', 'Without its time', without(W, 'time')),
  bad('context', 'removed-time-of-copy', 'A redacted copy without its time', without(redacted, 'time')),
  bad(
    'context',
    'time-of-the-recording',
    'The time of the recording in place of the hearing',
    withMore(summer.event, { time: W.recordedtime }),
  ),
  bad('context', 'added-time', 'A time in an event that was sealed without one', withMore(untimed(W), { time: W.recordedtime }), WT),
  bad('context', 'removed-subject', 'Without its subject', without(W, 'subject')),
  bad('context', 'removed-traceparent', 'Without the traceparent that was signed', without(traced.event, 'traceparent')),
  bad('context', 'changed-traceparent', 'With another traceparent', withMore(traced.event, { traceparent: TRACE.replace('-01', '-00') })),
  bad('context', 'number-sequence', 'A sequence that is a number', withMore(W, { sequence: 1 })),
  bad('context', 'null-attribute', 'An attribute that is null', withMore(W, { extra: null })),
];
const data2 = textOf({ ...W.data, case: { urn: '52WX3999999' } });
const duplicates: readonly Vector[] = [
  bad('ambiguous-json', 'twice-data-after', 'A second data, after the first', ending(W, `"data":${data2}`)),
  bad('ambiguous-json', 'twice-data-before', 'A second data, before the one that was sealed', opening(W, `"data":${data2}`)),
  bad('ambiguous-json', 'twice-data-same', 'The same data twice', ending(W, `"data":${textOf(W.data)}`)),
  bad('ambiguous-json', 'twice-escaped', 'A second source, its name written with an escape', opening(W, '"\\u0073ource":"somebody.else"')),
  bad('ambiguous-json', 'twice-classification', 'A second classification', opening(W, '"classification":"OFFICIAL"')),
  bad('ambiguous-json', 'twice-rendition', 'A second rendition', opening(R, '"rendition":"SECRET"')),
  bad('ambiguous-json', 'twice-urn', 'A second urn in the data', textOf(W).replace('"urn":', '"urn":"52WX3999999","urn":')),
  bad('ambiguous-json', 'twice-label', 'A second label of a portion', textOf(W).replace('"portions":[{', '"portions":[{"label":{},')),
];
const renditions: readonly Vector[] = [
  bad('rendition', 'copy-without-rendition', 'A redacted copy without rendition', without(redacted, 'rendition')),
  bad('rendition', 'bus-copy-without-rendition', 'A copy of the bus without rendition', without(R, 'rendition'), RT),
  bad('rendition', 'older-copy-without-rendition', 'The same under an older seal', without(older(redacted), 'rendition')),
  bad('rendition', 'whole-with-rendition', 'A whole event that says it was redacted', withMore(W, { rendition: W.classification }), WT),
  bad('rendition', 'other-rendition', 'A rendition for another marking', withMore(redacted, { rendition: 'SECRET' })),
  bad('rendition', 'cut-down', 'A part of the whole event, passed off as the whole', cutDown(W, {}), WT),
];
const topics: readonly Vector[] = [
  bad('topic', 'other-topic', 'Read from another topic than it was sealed for', W, 'justice.top-secret.case.v1'),
  bad('topic', 'bus-copy-on-the-level-of-the-whole', 'A copy of a lower level on the level of the whole event', R, WT),
  bad('topic', 'whole-on-a-lower-level', 'The whole event on a lower level', W, RT),
  bad(
    'topic',
    'salt-of-nothing',
    'A salt that discloses no topic',
    salted(R, ([jws, , ...rest]) => [jws ?? '', 'AAAAAAAAAAAAAAAAAAAAAA', ...rest]),
  ),
  bad(
    'topic',
    'whole-without-a-salt',
    'Without the salt of the topic, from the bus',
    salted(W, ([jws, , ...rest]) => [jws ?? '', '', ...rest]),
    WT,
  ),
  bad(
    'rendition',
    'whole-without-salt',
    'A whole event without the salt of the topic',
    salted(W, ([jws, , ...rest]) => [jws ?? '', '', ...rest]),
  ),
];
const groups = W.data.portions;
const portions: readonly Vector[] = [
  bad('portion', 'changed-name', 'Another name', textOf(W).replace('Tregoss', 'Tregosz')),
  bad(
    'portion',
    'lowered-portion',
    'A portion with a lower label',
    changed(
      W,
      (copy) => void (copy.data.portions[1] = { label: { policy: POLICY, classification: 'OFFICIAL' }, at: [...(groups[1]?.at ?? [])] }),
    ),
  ),
  bad(
    'portion',
    'no-value',
    'A portion whose value is gone',
    changed(W, (copy) => delete (copy.data.defendants as never as [{ person?: Json }])[0].person),
  ),
  bad(
    'portion',
    'portions-reversed',
    'The groups of portions in another order',
    changed(W, (copy) => void copy.data.portions.reverse()),
  ),
  bad(
    'portion',
    'salt-missing',
    'A salt too few',
    salted(W, (parts) => parts.slice(0, -1)),
  ),
  bad(
    'disclosure',
    'salt-too-many',
    'A salt too many',
    salted(redacted, (parts) => [...parts, 'AAAAAAAAAAAAAAAAAAAAAA']),
  ),
  bad(
    'portion',
    'inherited-value',
    'A portion at a place that every object has',
    changed(W, (copy) => void copy.data.portions[0]?.at.splice(0, 1, '/constructor')),
  ),
  bad(
    'place',
    'empty-group',
    'A group without places, whose label nobody signed',
    changed(W, (copy) => void copy.data.portions.push({ label: { policy: POLICY, classification: 'SECRET' }, at: [] })),
  ),
  bad(
    'place',
    'more-in-group',
    'Something more in a group of portions',
    changed(W, (copy) => void Object.assign(copy.data.portions[0] as object, { note: 'x' })),
  ),
  bad(
    'portions-missing',
    'no-portions',
    'Without the list of portions',
    changed(W, (copy) => Reflect.deleteProperty(copy.data, 'portions')),
  ),
  bad('base', 'changed-urn', 'Another case', textOf(W).replace('52WX3000001', '52WX3000009')),
  bad(
    'base',
    'added-data',
    'Something added to the data',
    changed(W, (copy) => void (copy.data.added = 1)),
  ),
];
const labels: readonly Vector[] = [
  bad(
    'label',
    'lowered-label',
    'A label below what the event holds',
    changed(W, (copy) => void (copy.data.label = { policy: POLICY, classification: 'OFFICIAL' })),
  ),
  bad(
    'label',
    'raised-label',
    'A label above what the event holds',
    changed(W, (copy) => void ((copy.data.label as Record<string, Json>).classification = 'SECRET')),
  ),
  bad(
    'label',
    'youth-without-restriction',
    'The label without the restriction of a youth',
    changed(youth.event, (copy) => delete (copy.data.label as Record<string, Json>).restrictions),
  ),
  bad(
    'label',
    'legacy-in-label',
    'An old marking that nobody signed',
    changed(W, (copy) => void ((copy.data.label as Record<string, Json>).legacy = 'RESTRICTED')),
  ),
  bad(
    'label',
    'no-label',
    'Without a label',
    changed(W, (copy) => delete copy.data.label),
  ),
  bad('classification', 'lowered-classification', 'A marking below the label', withMore(W, { classification: 'OFFICIAL' })),
  bad('classification', 'no-classification', 'Without a marking', without(W, 'classification')),
];
const signatures: readonly Vector[] = [
  bad('key', 'stranger', 'Sealed with a key that nobody published', resigned(W, undefined, STRANGER)),
  bad('signature', 'stranger-as-known', 'The same under the id of a published key', resigned(W, undefined, { ...STRANGER, kid: KEY.kid })),
  bad('signature', 'other-type', 'A signed thing of another type', resigned(W, undefined, KEY, 'JWT')),
  bad('signature', 'empty-seal', 'An empty seal', withMore(W, { seal: '' })),
  bad('context', 'moved-seal', 'The seal of another event', withMore(W, { seal: youth.event.seal })),
  bad('spelling', 'other-spelling', 'The signature with bits that say nothing', spelled(W)),
  bad('no-seal', 'no-seal', 'Without a seal', without(W, 'seal')),
  bad('no-seal', 'no-data', 'Without data', without(W, 'data')),
  bad('by-reference', 'by-reference', 'A large event by reference', {
    ...(without(W, 'seal') as object),
    data: undefined,
    dataref: `/v1/events/${W.id}`,
  }),
  bad('not-an-event', 'a-list', 'A list', [W]),
  bad('not-an-event', 'cut-off', 'JSON that ends early', textOf(W).slice(0, -1)),
];
const goods: readonly Vector[] = [
  good('whole', 'A whole event', W),
  good('whole-on-its-topic', 'The same, read from its topic', W, WT),
  good('copy', 'A redacted copy, as a supplier reads it over HTTP', redacted),
  good('bus-copy', 'The redacted copy for a level of the bus', R),
  good('bus-copy-on-its-topic', 'The same, read from its topic', R, RT),
  good('older-whole', 'A whole event under an older seal, without the claim whole', older(W), WT),
  good('older-copy', 'A redacted copy under an older seal', older(redacted)),
  good('older-bus-copy', 'The copy for a level under an older seal', older(R), RT),
  good('traced', 'With a traceparent that was signed', traced.event, traced.topic),
  good('youth', 'With a protected person', youth.event, youth.topic),
  good('youth-bus-copy', 'The copy of it for a level', youthRendition.event, youthRendition.topic),
  good('youth-copy', 'The redacted copy of it', redactedYouth),
  good('accents', 'A name with accents', accents.event, accents.topic),
  good(
    'accents-escaped',
    'The same, its accents written with escapes',
    textOf(accents.event).replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ),
  good('secret', 'An event above OFFICIAL', secret.event, secret.topic),
  good('retired-key', 'Sealed with an earlier key that is still published', retired.event, retired.topic),
  good('spaced', 'With white space', JSON.stringify(W, null, 1), WT),
  good('other-order', 'Its members in another order', reversed(W), WT),
  good(
    'signed-attribute',
    'With an attribute of a later version, which was signed',
    withMore(
      resigned(W, ({ event }) => void (event.later = 'x')),
      { later: 'x' },
    ),
  ),
  good('time-of-the-hearing', 'The time of a hearing at 10 in the morning, in summer', summer.event, summer.topic),
  good(
    'time-with-more-zeros',
    'Its time and recordedtime as Python writes them',
    withMore(summer.event, { time: '2026-07-01T09:00:00.000000+00:00', recordedtime: '2026-11-23T12:00:00+00:00' }),
  ),
  good('time-with-fewer-zeros', 'Its time without the zeros of its fraction', withMore(summer.event, { time: '2026-07-01T09:00:00Z' })),
  good('without-time', 'Sealed without a time', untimed(W), WT),
  ...BEFORE_TIME.map(({ name, what, event, topic }) => good(`before-time-${name}`, `${what}, sealed before time was signed`, event, topic)),
];

const vectors: Vectors = {
  generated: 'by `node test/contracts/make-vectors.ts`: do not edit. The people are invented, and the keys are known to everybody.',
  keys: [KEY, RETIRED].map(publicOf),
  vectors: [...goods, ...attributes, ...contexts, ...duplicates, ...renditions, ...topics, ...portions, ...labels, ...signatures],
};
const { vectors: all, ...head } = vectors;
const lines = all.map((vector) => `  ${JSON.stringify(vector)}`).join(',\n');
writeFileSync(
  join(HOME, 'contracts/vectors/seals.json'),
  `${JSON.stringify(head, null, 1).slice(0, -2)},\n "vectors": [\n${lines}\n ]\n}\n`,
);
