/** `interchange listen`: follows the events that a persona may read. */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../adapters/adapter.ts';
import { serverSentEvents } from '../../contracts/client/client.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Label } from '../labels/label.ts';
import { type Remote, remoteOf } from './remote.ts';
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

async function* events(
  remote: Remote,
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<{ readonly id: string; readonly data: string }> {
  const response = await remote.fetch(path, {
    headers: { Accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }) },
    signal,
  });
  if (!response.ok || response.body === null)
    throw new Error(
      `The gateway answers ${response.status}: ${((await response.json().catch(() => ({}))) as { title?: string }).title ?? ''}`,
    );
  yield* serverSentEvents(response.body);
}

async function run(values: Values, _files: readonly string[], io: Io): Promise<ExitCode> {
  const remote = await remoteOf(values, io);
  const most = Number(textOf(values, 'count') ?? Number.POSITIVE_INFINITY);
  const query = new URLSearchParams();
  for (const name of ['type', 'task']) {
    const value = textOf(values, name);
    if (value !== undefined) query.set(name, value);
  }
  const to = textOf(values, 'forward-to');
  if (to !== undefined && !(URL.canParse(to) && /^https?:$/.test(new URL(to).protocol)))
    throw new UsageError('--forward-to must be an http or https address');
  const secret = textOf(values, 'secret') ?? `whsec_${randomBytes(32).toString('base64')}`;
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) throw new UsageError('--secret must be the secret of a webhook: whsec_ and base64');
  const sink = to === undefined ? undefined : toAddress(to, secret);
  if (to !== undefined && textOf(values, 'secret') === undefined)
    io.err(`Signed as a subscription signs (Standard Webhooks), with the secret ${secret}`);
  const path = `/v1/events/stream${query.size === 0 ? '' : `?${query}`}`;
  let last: string | undefined;
  let seen = 0;
  let failures = 0;
  while (!io.interrupted.aborted && seen < most) {
    const connection = new AbortController();
    try {
      for await (const { id, data } of events(remote, path, last, AbortSignal.any([io.interrupted, connection.signal]))) {
        await sink?.give(JSON.parse(data) as SealedEvent);
        if (values.json === true) io.json(JSON.parse(data));
        else io.out(...summaryOf(JSON.parse(data) as Received));
        last = id;
        failures = 0;
        if (++seen >= most) {
          connection.abort();
          break;
        }
      }
    } catch (error) {
      if (io.interrupted.aborted || connection.signal.aborted) break;
      if (last === undefined && !(error instanceof Unreachable && failures > 0)) throw error;
      if (++failures > 20) throw error;
      io.err('The connection was lost; going on where it was');
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** failures, 5000)));
    }
  }
  return 0;
}

export const verb: Verb = {
  ...VERBS.listen,
  run,
};
