/** The archive of a deployment, for commands that read its bus while the gateway runs: with a separate view, in a folder that is removed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import { lookUp } from '../intake/look-up.ts';
import type { Keys } from '../keys/keys.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { RecordVerifier } from '../pipeline/record-verifier.ts';
import { knownOf, NOTHING_KNOWN } from '../protections/register.ts';
import type { RulesInForce } from '../rules/compiled-rules.ts';
import { readAuthenticatedStreams } from '../store/authenticated-streams.ts';
import { Barrier } from '../store/view/barrier.ts';
import { EventIndex } from '../store/view/event-index.ts';
import { View } from '../store/view/view.ts';
import { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { StreamReader } from '../wire/stream-reader.ts';
import type { LookUp } from '../workers/pool.ts';

export interface ArchiveOnBus {
  readonly view: View;
  readonly lookUp: LookUp;
}

async function openOwnView(stack: AsyncDisposableStack, bus: Bus, { secret, secretName }: Keys): Promise<View> {
  const folder = mkdtempSync(join(tmpdir(), 'interchange-shadow-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const authenticator = new RecordAuthenticator(secret);
  // The gateway reports records that are put aside.
  const reader = new StreamReader({ authenticator, onBad: () => undefined });
  await readAuthenticatedStreams(bus, authenticator, reader);
  const view = await View.open(join(folder, 'view.sqlite'), bus, reader, { deployment: secretName });
  stack.defer(() => view.close());
  return view;
}

/** Opens the archive of a bus, and reads it once to the end. */
export async function openArchive(
  stack: AsyncDisposableStack,
  bus: Bus,
  keys: Keys,
  { labelling, clients }: RulesInForce,
  now: () => number,
): Promise<ArchiveOnBus> {
  const view = await openOwnView(stack, bus, keys);
  const { pseudonym } = makeIdentities(keys.secret);
  const records = new RecordVerifier(() => labelling, keys.trusted);
  const context = {
    view,
    records,
    events: new EventIndex({ bus, view, records, onBroken: async () => undefined }),
    labelling: () => labelling,
    client: (id: string) => clients.get(id),
    now,
    protections: new Barrier(() => view.caughtUp('protections')),
    isSpooling: false,
    known: (subject: string | undefined) =>
      subject === undefined ? NOTHING_KNOWN : knownOf(labelling.policy, subject, view.linked.of(subject), pseudonym, now()),
  };
  return { view, lookUp: (sourceId, questions) => lookUp(context, sourceId, questions) };
}
