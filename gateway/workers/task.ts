/** What passes between the gateway and its workers: plain data, cloned. */
import type { CryptoKey } from 'jose';
import type { Refusal, Warning } from '../../adapters/adapter.ts';
import type { AdapterSource } from '../adapters.ts';
import type { Config } from '../config.ts';
import type { CompiledClearance, Label } from '../labels/label.ts';
import type { Form, DeliveryResult, RecordToDeliver } from '../pipeline/write-delivery.ts';
import type { Answers, KeptRecord, Questions, ReceiptProtection, Submission } from '../pipeline/submission.ts';
import type { LinkChange } from '../protections/link.ts';
import type { ProtectionRecord } from '../protections/register.ts';

/** A submission whose source is named: the worker has its own copy of the law. */
export type Task = Omit<Submission, 'source'> & { readonly sourceId: string };

/** An event ready for the bus. */
export interface ReadyEvent {
  readonly topic: string;
  readonly id: string;
  readonly type: string;
  readonly standard: string;
  readonly source: string;
  readonly subject?: string;
  /** Absent from what was sealed before it was signed. */
  readonly time?: string;
  readonly partitionkey: string;
  readonly persons: readonly string[];
  readonly classification: string;
  /** The sealed event in JSON. */
  readonly value: Uint8Array;
  /** What of it stands on the levels below. */
  readonly renditions: readonly { readonly topic: string; readonly rendition: string; readonly value: Uint8Array }[];
}

/** A record that waits in quarantine alone, with its bytes as they are stored: raw DEFLATE. */
export interface ReadyRecord extends KeptRecord {
  readonly stored: Uint8Array;
}

/** What became of a task. */
export type Processed = {
  readonly messageId: string;
  readonly adapter?: string;
  readonly label: Label;
  readonly origin: Label;
  readonly policy: string;
  /** The message as received, raw DEFLATE (RFC 1951); absent where the worker did not live to make it. */
  readonly stored?: Uint8Array;
} & (
  | {
      readonly kind: 'accepted';
      readonly events: readonly ReadyEvent[];
      readonly notices: readonly ReadyEvent[];
      readonly kept: readonly ReadyRecord[];
      readonly isOfRecords: boolean;
      readonly warnings: readonly Warning[];
      readonly protections: readonly ReceiptProtection[];
      readonly register: readonly ProtectionRecord[];
      readonly links: readonly LinkChange[];
    }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
);

/** A record to be given to a reader. */
export interface DeliveryTask {
  readonly record: RecordToDeliver;
  /** The client that reads, and what it may read. */
  readonly clientId: string;
  readonly clearance: CompiledClearance;
  /** The task that it is read for. */
  readonly task?: string;
  readonly form: Form;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a worker is asked to do. */
export type Work = { readonly task: Task } | { readonly giving: DeliveryTask };

/** What a worker is started with. */
export interface WorkerInput {
  readonly config: Config;
  /** The policy in force, not its file: a file may have changed since. */
  readonly policy: unknown;
  /** What the adapters in force were loaded from. */
  readonly adapters: readonly AdapterSource[];
  readonly secret: Uint8Array;
  /** Whether others than gateways read the bus. */
  readonly renditions: boolean;
  readonly sealJwk: object;
  readonly kid: string;
  /** The keys whose seals hold. */
  readonly sealKeys: readonly { readonly kid: string; readonly publicKey: CryptoKey }[];
}

/** What one worker is started with. */
export interface OneWorkerInput extends WorkerInput {
  /** Whether it takes what can take long, behind all others of the gateway. */
  readonly isBehind: boolean;
}

/** Work; what was looked up for it; or that nothing could be looked up. */
export type ToWorker =
  | ({ readonly n: number } & Work)
  | { readonly n: number; readonly answers: Answers }
  | { readonly n: number; readonly forget: true };
export type FromWorker = {
  /** Milliseconds of the processor that the worker has used since it was started. */
  readonly cpu: number;
} & (
  | { readonly ready: true }
  | { readonly failed: string }
  | { readonly n: number; readonly questions: Questions }
  /** With the milliseconds of the processor that the work took. */
  | { readonly n: number; readonly done: Processed | DeliveryResult; readonly milliseconds: number }
);
