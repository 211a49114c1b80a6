/** Opens the parts that handle messages and events, whatever the transport: intake, reading, delivery and quarantine. */
import { Evidence } from '../evidence/evidence.ts';
import type { Ledger } from '../intake/ledger.ts';
import { MessageIntake } from '../intake/message-intake.ts';
import { placesBefore } from '../intake/missing-places.ts';
import { MessageList } from '../messages/message-list.ts';
import { Timelines } from '../messages/timeline.ts';
import { Approvals } from '../quarantine/approvals.ts';
import { DisclosureReader } from '../reading/disclosure-reader.ts';
import type { EventReader } from '../reading/event-reader.ts';
import { ReaderBacklogs } from '../reading/reader-backlogs.ts';
import { SeenByReadersOf } from '../reading/seen-by-readers.ts';
import type { ShadowRuns } from '../shadow/shadow-runs.ts';
import { AuditVerifications } from '../store/audit/audit-verifications.ts';
import { openCertificates, openWitness } from '../store/audit/open-evidence.ts';
import { leafSalts } from '../store/audit/record-leaf.ts';
import { LiftRequests } from '../store/lift-requests.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import type { ProtectionRegister } from '../store/register.ts';
import { VERSION } from '../version.ts';
import { type Background, openBackground } from './background.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { openQuarantine, type QuarantineParts } from './quarantine.ts';
import { openReading, type Reading } from './reading.ts';
import { openShadowRuns } from './shadow.ts';
import { openSharedParts, type SharedParts } from './shared-parts.ts';
import { openWorkers, type Workers } from './workers.ts';

export interface Exchange extends Pick<Workers, 'reload'>, Background, QuarantineParts {
  readonly intake: MessageIntake;
  readonly eventReader: EventReader;
  readonly evidence: Evidence;
  readonly register: ProtectionRegister;
  readonly ledger: Ledger;
  readonly pseudonyms: Pseudonyms;
  readonly messageList: MessageList;
  readonly timelines: Timelines;
  readonly seenByReaders: SeenByReadersOf;
  readonly disclosureReader: DisclosureReader;
  readonly readerBacklogs: ReaderBacklogs;
  readonly liftRequests: LiftRequests;
  readonly approvals: Approvals;
  readonly verifications: AuditVerifications;
  readonly shadowRuns: ShadowRuns;
  /** Starts the workers and the background work: deliveries, corrections, places in the order. */
  readonly begin: Background['begin'];
}

export function openExchange(stack: AsyncDisposableStack, context: ExchangeContext): Exchange {
  const shared = openSharedParts(stack, context);
  const { pool, reload } = openWorkers(stack, context, shared);
  const adapterVersion = (id: string) => context.inForce.adapters().find((adapter) => adapter.id === id)?.version;
  const intake = new MessageIntake({ ...shared, pool, adapterVersion, before: (event) => placesBefore(shared, event) });
  const reading = openReading(context, shared, pool);
  const evidence = openEvidence(context, shared, reading);
  const background = openBackground(stack, context, shared, reading, () => parts.quarantineRules.isWanted);
  const { deliverToReader } = reading;
  const { holdsLease } = background;
  const claimLease = () => background.lease()?.check();
  const parts = openQuarantine(stack, context, shared, { intake, pool, deliverToReader, adapterVersion, holdsLease, claimLease });
  const begin: Background['begin'] = async (isStopping) => {
    pool.start();
    await background.begin(isStopping);
    context.storage.view.onQuarantine(() => parts.quarantineRules.check());
  };
  const reloadAll = () => {
    reload();
    // A rule, or an event that could not be judged, may wait for what has changed now.
    parts.quarantineRules.check();
    background.checkAgain();
  };
  const verifications = openVerifications(stack, context);
  const shadowRuns = openShadowRuns(stack, context, shared);
  const { register, ledger } = shared;
  const liftRequests = new LiftRequests(shared);
  const readers = { clients: context.inForce.clients, profiles: context.standards.profiles };
  return {
    ...background,
    ...parts,
    intake,
    evidence,
    register,
    ledger,
    reload: reloadAll,
    begin,
    eventReader: reading.eventReader,
    pseudonyms: new Pseudonyms(shared),
    messageList: new MessageList({ ...shared, quarantine: parts.quarantine }),
    timelines: new Timelines({ ...shared, ...reading, quarantine: parts.quarantine }),
    seenByReaders: new SeenByReadersOf({ ...shared, ...reading, ...readers }),
    readerBacklogs: new ReaderBacklogs({ ...shared, ...reading, ...readers }),
    liftRequests,
    approvals: new Approvals({ ...shared, ...parts }),
    disclosureReader: new DisclosureReader({ ...shared, ...reading }),
    verifications,
    shadowRuns,
  };
}

const openEvidence = ({ inForce }: ExchangeContext, shared: SharedParts, { volume }: Reading): Evidence =>
  new Evidence({
    ...shared,
    volume,
    keys: (kid) => inForce.keys.everSealed(kid),
    salt: leafSalts(inForce.keys.secret),
    sealKey: inForce.sealKey,
    version: VERSION,
  });

function openVerifications(stack: AsyncDisposableStack, { config, inForce, storage, now }: ExchangeContext): AuditVerifications {
  const { witness, timestamps } = config;
  const verifications = new AuditVerifications({
    bus: storage.bus,
    keys: (kid) => inForce.keys.everSealed(kid),
    options: () => ({
      secret: inForce.keys.secretName,
      ...(timestamps === undefined ? {} : { authorities: openCertificates(timestamps.certificatesFile) }),
    }),
    witness: witness && openWitness(witness),
    now,
  });
  stack.defer(() => verifications.close());
  return verifications;
}
