/** Copies of a sealed event that a consumer must refuse. Each is what somebody could make who has the event and not the gateway's key. */
import { generateKeyPairSync } from 'node:crypto';
import type { Json, JsonObject } from '../../adapters/json.ts';
import { at } from '../../adapters/json.ts';
import type { PortionGroup, SealedEvent } from '../../gateway/labels/event.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { signCompact } from '../../gateway/labels/seal.ts';
import { SEAL_TYPE } from '../client/seal-form.ts';

export interface Forgery {
  /** What was done to it, as people say it. */
  readonly what: string;
  readonly event: object;
}

/** The value with another text in the place of its first. */
function withText(value: Json, text: string): Json {
  if (typeof value !== 'object' || value === null) return text;
  const [first] = Object.keys(value);
  if (first === undefined) return text;
  const changed = withText((value as JsonObject)[first] as Json, text);
  if (Array.isArray(value)) return [changed, ...value.slice(1)] as Json;
  return { ...(value as JsonObject), [first]: changed };
}

/** A copy with another value at a JSON Pointer that is there. */
function withValue(value: Json, [step, ...rest]: readonly string[], put: Json): Json {
  if (step === undefined) return put;
  const below = withValue((value as JsonObject)[step] as Json, rest, put);
  return Array.isArray(value) ? (value.with(Number(step), below) as Json) : { ...(value as JsonObject), [step]: below };
}

const put = (event: SealedEvent, pointer: string, value: Json): object => ({
  ...event,
  data: withValue(event.data, pointer.split('/').slice(1), value),
});

/** A label of nothing but its policy and classification. */
const lowest = ({ policy, classification }: Label): Label => ({ policy, classification });

/** Whether forgeries of every kind can be made of it: a portion has more than the lowest label. */
export const canBeForged = ({ data }: SealedEvent): boolean => data.portions.some(({ label }) => Object.keys(label).length > 2);

export function unsealed({ seal: _, ...event }: SealedEvent): readonly Forgery[] {
  return [
    { what: 'an event without a seal', event },
    { what: 'an event with an empty seal', event: { ...event, seal: '' } },
  ];
}

/** `text` stands in the place of what it says. */
export function changedPortion(event: SealedEvent, text: string): Forgery {
  const pointer = event.data.portions[0]?.at[0] ?? '';
  return { what: 'an event with a changed portion', event: put(event, pointer, withText(at(event.data, pointer) as Json, text)) };
}

/** A redacted copy that no longer says that it is one. */
const unmarked = ({ rendition, ...event }: SealedEvent): readonly Forgery[] =>
  rendition === undefined ? [] : [{ what: 'a redacted copy without rendition', event }];

export function changedContent(event: SealedEvent): readonly Forgery[] {
  const year = String(Number(event.recordedtime.slice(0, 4)) - 1);
  const { label, portions, ...data } = event.data;
  return [
    changedPortion(event, 'Somebody Else'),
    { what: 'an event with something added outside the portions', event: { ...event, data: { ...data, added: 'x', label, portions } } },
    { what: 'an event with a changed context attribute', event: { ...event, recordedtime: year + event.recordedtime.slice(4) } },
    { what: 'an event with a context attribute that was not sealed', event: { ...event, expirytime: event.recordedtime } },
    ...unmarked(event),
  ];
}

export function changedLabel(event: SealedEvent): readonly Forgery[] {
  const { label, portions } = event.data;
  const groups: readonly PortionGroup[] = portions;
  const [first, ...rest] = groups;
  const [jws, topic, ...salts] = event.seal.split('~');
  const seal = [jws, topic, ...salts.slice(first?.at.length ?? 0)].join('~');
  const stripped = { ...event, seal, data: { ...event.data, portions: rest } };
  const lowered = {
    ...event,
    classification: label.classification,
    data: { ...event.data, label: lowest(label), portions: groups.map((group) => ({ ...group, label: lowest(group.label) })) },
  };
  return [
    { what: 'an event with a portion that has no label any more', event: stripped },
    ...(canBeForged(event) ? [{ what: 'an event with lowered labels', event: lowered }] : []),
  ];
}

export const movedSeal = (event: SealedEvent, other: SealedEvent): Forgery => ({
  what: 'an event with the seal of another',
  event: { ...event, seal: other.seal },
});

/** Sealed anew with a key that nobody published. */
export function otherKey(event: SealedEvent): readonly Forgery[] {
  const [jws = '', ...salts] = event.seal.split('~');
  const [header = '', payload = ''] = jws.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  const { privateKey } = generateKeyPairSync('ed25519');
  const { kid } = JSON.parse(header) as { kid: string };
  const sealedBy = (keyId: string) => ({
    ...event,
    seal: [signCompact(payload, SEAL_TYPE, { kid: keyId, key: privateKey }), ...salts].join('~'),
  });
  return [
    { what: 'an event sealed by a key of an unknown kid', event: sealedBy('nobody') },
    { what: 'an event sealed by another key under the known kid', event: sealedBy(kid) },
  ];
}
