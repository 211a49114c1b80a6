/** Opens the quarantine: holding and resubmitting messages, the work of people on them, jobs, and rules. */
import type { MessageIntake } from '../intake/message-intake.ts';
import { DryRun } from '../quarantine/dry-run.ts';
import { ItemWork } from '../quarantine/item-work.ts';
import { LabelRequests } from '../quarantine/label-requests.ts';
import { Quarantine } from '../quarantine/quarantine.ts';
import { ResubmissionJobs } from '../quarantine/resubmission-jobs.ts';
import { Resubmitter } from '../quarantine/resubmitter.ts';
import { QuarantineRules } from '../quarantine/rules.ts';
import { WorkLog } from '../quarantine/work-log.ts';
import type { DeliverToReader } from '../reading/deliver-to-reader.ts';
import type { IngestPool } from '../workers/pool.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { SharedParts } from './shared-parts.ts';

/** How many messages in quarantine are counted by their causes: a page that counts them answers within 0.3 s. */
const MOST_COUNTED = 5_000;

export interface QuarantineParts {
  readonly quarantine: Quarantine;
  readonly resubmitter: Resubmitter;
  readonly requests: LabelRequests;
  readonly work: ItemWork;
  readonly dryRun: DryRun;
  readonly jobs: ResubmissionJobs;
  readonly quarantineRules: QuarantineRules;
}

interface Parts {
  readonly intake: MessageIntake;
  readonly pool: IngestPool;
  readonly deliverToReader: DeliverToReader;
  readonly adapterVersion: (id: string) => string | undefined;
  readonly holdsLease: () => boolean;
  /** Asks for the lease, if this gateway needs it. */
  readonly claimLease: () => void;
}

export function openQuarantine(
  stack: AsyncDisposableStack,
  { inForce, storage, log: logger }: ExchangeContext,
  shared: SharedParts,
  parts: Parts,
): QuarantineParts {
  const { clients } = inForce;
  const log = new WorkLog({ ...shared, isShared: storage.isShared });
  const requests = new LabelRequests(shared);
  const quarantine = new Quarantine({ ...shared, mostCounted: MOST_COUNTED });
  const resubmitter = new Resubmitter({ ...shared, quarantine, intake: parts.intake, requests, log });
  const work = new ItemWork({ quarantine, log, clients, now: shared.now });
  const dryRun = new DryRun({ ...shared, ...parts, quarantine, resubmitter });
  const { run, isShared } = storage;
  const onJobFault = (kind: string) => logger.warn({ kind }, 'a job of resubmissions is interrupted: its maker can start it again');
  const onItemFault = (kind: string) => logger.warn({ kind }, 'a message of a job of resubmissions cannot be sent');
  const jobs = new ResubmissionJobs({ ...shared, quarantine, resubmitter, clients, run, isShared, onFault: onJobFault, onItemFault });
  stack.defer(() => jobs.close());
  const versions = () => JSON.stringify([shared.policy(), inForce.adapters().map(({ id, version }) => [id, version])]);
  const onFault = (kind: string) => logger.warn({ kind }, 'the rules of the quarantine wait: they cannot act now');
  const quarantineRules = new QuarantineRules({ ...shared, ...parts, quarantine, resubmitter, work, clients, versions, onFault });
  stack.defer(() => quarantineRules.close());
  return { quarantine, resubmitter, requests, work, dryRun, jobs, quarantineRules };
}
