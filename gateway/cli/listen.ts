/** `interchange listen`: follows the events that a persona may read. */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { EventType, FollowQuery } from '../../contracts/client/client.ts';
import { defined } from '../../contracts/client/connection.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Label } from '../labels/label.ts';
import { remoteOf } from './remote.ts';
import { toAddress } from './sink.ts';
import { type ExitCode, type Io, textOf, Unreachable, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

interface Received {
  readonly id: string;
  readonly type: string;
  readonly classification: string;
  readonly rendition?: string;
  readonly data: JsonObject & { readonly label: Label & JsonObject };
}

/** What a person sees of an event in a few lines: only what is in it. */
export function summaryOf({ id, type, classification, rendition, data }: Received): readonly string[] {
  const summary = [
    `${type.replace('uk.justice.', '')}  ${rendition === undefined ? classification : `${classification} (redacted)`}  ${id.slice(0, 12)}…`,
  ];
  const add = (name: string, value: unknown) => {
    if (value !== undefined && value !== '') summary.push(`    ${name}: ${String(value)}`);
  };
  const object = (value: unknown) => (value ?? {}) as JsonObject;
  const list = (value: unknown) => (value ?? []) as readonly JsonObject[];
  const named = (person: JsonObject) =>
    [...((object(person.name).givenNames as readonly string[] | undefined) ?? []), object(person.name).familyName]
      .filter(Boolean)
      .join(' ') || undefined;
  const placed = (address: unknown) => {
    const { lines, paon, street, town, postcode } = object(address);
    const parts = (lines as readonly string[] | undefined) ?? [`${paon ?? ''} ${street ?? ''}`.trim(), town, postcode];
    return address === undefined ? undefined : parts.filter(Boolean).join(', ');
  };
  add('case', object(data.case).urn);
  add('hearing', [object(data.hearing).date, object(object(data.hearing).courtHouse).ouCode].filter(Boolean).join(' at '));
  for (const defendant of list(data.defendants)) {
    add('defendant', named(object(defendant.person)) ?? object(defendant.organisation).name ?? '(withheld)');
    add('  date of birth', object(defendant.person).dateOfBirth);
    add('  address', placed(defendant.address));
    for (const offence of list(defendant.offences)) {
      add('  offence', [offence.code, offence.wording].filter(Boolean).join(' '));
      for (const victim of list(offence.victims)) add('    victim', [named(victim), placed(victim.address)].filter(Boolean).join(', '));
      for (const result of list(offence.results)) add('    result', [result.code, result.text].filter(Boolean).join(' '));
    }
  }
  return summary;
}

/** How often in a row a connection may be lost. */
const MOST_LOSSES = 20;

async function run(values: Values, _files: readonly string[], io: Io): Promise<ExitCode> {
  const remote = await remoteOf(values, io);
  const most = Number(textOf(values, 'count') ?? Number.POSITIVE_INFINITY);
  const to = textOf(values, 'forward-to');
  if (to !== undefined && !(URL.canParse(to) && /^https?:$/.test(new URL(to).protocol)))
    throw new UsageError('--forward-to must be an http or https address');
  const secret = textOf(values, 'secret') ?? `whsec_${randomBytes(32).toString('base64')}`;
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) throw new UsageError('--secret must be the secret of a webhook: whsec_ and base64');
  const sink = to === undefined ? undefined : toAddress(to, secret);
  if (to !== undefined && textOf(values, 'secret') === undefined)
    io.err(`Signed as a subscription signs (Standard Webhooks), with the secret ${secret}`);
  // Where nothing answers at first, nobody waits for it.
  await remote.fetch('/.well-known/jwks.json', { signal: io.interrupted });
  let received = 0;
  let losses = 0;
  const onLost = (reason?: unknown) => {
    if (++losses > MOST_LOSSES) throw reason ?? new Unreachable('The gateway ends every connection');
    io.err('The connection was lost; going on where it was');
  };
  const type = textOf(values, 'type') as EventType | undefined;
  const query = defined({ type, task: textOf(values, 'task'), signal: io.interrupted, onLost }) as FollowQuery;
  for await (const { event } of remote.client.follow(query)) {
    await sink?.give(event as unknown as SealedEvent);
    if (values.json === true) io.json(event);
    else io.out(...summaryOf(event as unknown as Received));
    losses = 0;
    if (++received >= most) break;
  }
  return 0;
}

export const verb: Verb = {
  ...VERBS.listen,
  run,
};
