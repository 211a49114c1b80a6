/** Opens the parts that handle messages and events, whatever the transport: intake, reading, delivery and quarantine. */
import { Evidence } from '../evidence/evidence.ts';
import type { Ledger } from '../intake/ledger.ts';
import { MessageIntake } from '../intake/message-intake.ts';
import { placesBefore } from '../intake/missing-places.ts';
import { Approvals } from '../quarantine/approvals.ts';
import { LabelRequests } from '../quarantine/label-requests.ts';
import { Quarantine } from '../quarantine/quarantine.ts';
import type { EventReader } from '../reading/event-reader.ts';
import { ToldAbout } from '../reading/told-about.ts';
import { leafSalts } from '../store/audit/record-leaf.ts';
import { LiftRequests } from '../store/lift-requests.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import type { ProtectionRegister } from '../store/register.ts';
import { VERSION } from '../version.ts';
import { type Background, openBackground } from './background.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { openReading, type Reading } from './reading.ts';
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
  readonly pseudonyms: Pseudonyms;
  readonly toldAbout: ToldAbout;
  readonly liftRequests: LiftRequests;
  readonly approvals: Approvals;
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
  const { register, ledger } = shared;
  const pseudonyms = new Pseudonyms(shared);
  const liftRequests = new LiftRequests(shared);
  const approvals = new Approvals({ ...shared, quarantine, liftRequests });
  const toldAbout = new ToldAbout({ ...shared, ...reading });
  return {
    ...background,
    intake,
    eventReader: reading.eventReader,
    quarantine,
    evidence,
    requests,
    register,
    ledger,
    pseudonyms,
    toldAbout,
    liftRequests,
    approvals,
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
