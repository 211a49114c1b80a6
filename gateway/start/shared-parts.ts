/** Opens what several parts of an exchange need: the ledger, the register of protections, and what verifies and finds events. */
import type { LabelledHere } from '../intake/labelled-here.ts';
import { Ledger } from '../intake/ledger.ts';
import { makeStamp } from '../intake/stamp.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { type Identities, makeIdentities } from '../pipeline/ids.ts';
import { RecordVerifier } from '../pipeline/record-verifier.ts';
import type { Submission } from '../pipeline/submission.ts';
import type { KnownProtections } from '../protections/protect.ts';
import { type BrokenRecordsContext, brokenRecords } from '../quarantine/broken-records.ts';
import type { Client } from '../rules/clients.ts';
import { ProtectionRegister } from '../store/register.ts';
import { Barrier } from '../store/view/barrier.ts';
import { EventIndex } from '../store/view/event-index.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { Storage } from './storage.ts';

export interface SharedParts extends Pick<Storage, 'bus' | 'view' | 'journal'> {
  readonly labelling: () => Labelling;
  /** The clearance of this gateway's domain. */
  readonly domain: () => CompiledClearance;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
  readonly client: (id: string) => Client | undefined;
  readonly identities: Identities;
  readonly now: () => number;
  /** The time of a message or an event of this gateway, and a text that grows with every call. */
  readonly stamp: () => Submission['stamp'];
  readonly ledger: Ledger;
  readonly records: RecordVerifier;
  readonly events: EventIndex;
  /** Passes when the view holds all protections that are on the bus now. */
  readonly protections: Barrier;
  readonly register: ProtectionRegister;
  readonly known: (subject: string | undefined) => KnownProtections;
  readonly labelledHere: LabelledHere;
  /** Called for a record that no reader can be given. */
  readonly onBroken: ReturnType<typeof brokenRecords>;
}

export function openSharedParts(stack: AsyncDisposableStack, context: ExchangeContext): SharedParts {
  const { inForce, storage, now } = context;
  const { bus, view, journal } = storage;
  const { labelling, domain, policyName: policy, client } = inForce;
  const identities = makeIdentities(inForce.keys.secret);
  const given = { bus, view, journal, labelling, domain, policy, client, identities, now, stamp: makeStamp(now) };
  const ledger = openLedger(stack, context);
  const records = new RecordVerifier(labelling, (kid) => inForce.keys.trusted(kid));
  const protections = new Barrier(() => view.caughtUp('protections'));
  const register = new ProtectionRegister({ ...given, barrier: protections });
  const onBroken = brokenRecords({ ...given, ledger, onFound: reportBroken(context) });
  const events = new EventIndex({ bus, view, records, onBroken });
  const known = (subject: string | undefined) => register.known(subject);
  return { ...given, ledger, records, events, protections, register, known, labelledHere: storage.labelledHere, onBroken };
}

function openLedger(stack: AsyncDisposableStack, { storage, log, observe, now }: ExchangeContext): Ledger {
  const { journal, view, run } = storage;
  const ledger = new Ledger({
    journal,
    view,
    now,
    run,
    onDifference: ({ source, hour, difference }) =>
      log.error({ source, hour, difference }, 'the ledger does not balance: messages are missing'),
  });
  stack.defer(() => ledger.close());
  observe.missing(() => ledger.missing());
  return ledger;
}

const reportBroken =
  ({ log, observe }: ExchangeContext): BrokenRecordsContext['onFound'] =>
  ({ topic, partition, offset }, codes) => {
    observe.broken();
    log.error({ topic, partition, offset, codes }, 'a record does not verify');
  };
