/** Opens the parts that handle messages and events, whatever the transport: intake, reading, delivery and quarantine. */
import { Evidence } from '../evidence/evidence.ts';
import type { Ledger } from '../intake/ledger.ts';
import { MessageIntake } from '../intake/message-intake.ts';
import { placesBefore } from '../intake/missing-places.ts';
import { LabelRequests } from '../quarantine/label-requests.ts';
import { Quarantine } from '../quarantine/quarantine.ts';
import type { EventReader } from '../reading/event-reader.ts';
import type { ShadowRuns } from '../shadow/shadow-runs.ts';
import { AuditVerifications } from '../store/audit/audit-verifications.ts';
import { openCertificates, openWitness } from '../store/audit/open-evidence.ts';
import { leafSalts } from '../store/audit/record-leaf.ts';
import type { ProtectionRegister } from '../store/register.ts';
import { VERSION } from '../version.ts';
import { type Background, openBackground } from './background.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { openReading, type Reading } from './reading.ts';
import { openShadowRuns } from './shadow.ts';
import { openSharedParts, type SharedParts } from './shared-parts.ts';
import { openWorkers, type Workers } from './workers.ts';

export interface Exchange extends Pick<Workers, 'reload'>, Background {
  readonly intake: MessageIntake;
  readonly eventReader: EventReader;
  readonly quarantine: Quarantine;
  readonly evidence: Evidence;
  readonly requests: LabelRequests;
  readonly register: ProtectionRegister;
  readonly ledger: Ledger;
  readonly verifications: AuditVerifications;
  readonly shadowRuns: ShadowRuns;
  /** Starts the workers and the background work: deliveries, corrections, places in the order. */
  readonly begin: Background['begin'];
}

export function openExchange(stack: AsyncDisposableStack, context: ExchangeContext): Exchange {
  const shared = openSharedParts(stack, context);
  const { pool, reload } = openWorkers(stack, context, shared);
  const adapterVersion = (id: string) => context.inForce.adapters().find((one) => one.id === id)?.version;
  const intake = new MessageIntake({ ...shared, pool, adapterVersion, before: (event) => placesBefore(shared, event) });
  const reading = openReading(context, shared, pool);
  const requests = new LabelRequests(shared);
  const quarantine = new Quarantine({ ...shared, intake, requests });
  const evidence = openEvidence(context, shared, reading);
  const background = openBackground(stack, context, shared, reading);
  const begin: Background['begin'] = (isStopping) => {
    pool.start();
    return background.begin(isStopping);
  };
  const verifications = openVerifications(stack, context);
  const shadowRuns = openShadowRuns(stack, context, shared);
  const { register, ledger } = shared;
  return {
    ...background,
    intake,
    eventReader: reading.eventReader,
    quarantine,
    evidence,
    requests,
    register,
    ledger,
    verifications,
    shadowRuns,
    reload,
    begin,
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
