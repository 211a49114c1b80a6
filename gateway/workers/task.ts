/** The messages between the gateway and its workers: plain data, cloned. */
import type { CryptoKey } from 'jose';
import type { JsonObject, Refusal, Warning } from '../../adapters/adapter.ts';
import type { AdapterSource } from '../adapters.ts';
import type { Config } from '../config.ts';
import type { CompiledClearance, Label } from '../labels/label.ts';
import type { Answers, KeptRecord, Questions, ReceiptProtection, Submission } from '../pipeline/submission.ts';
import type { DeliveryResult, Form, RecordToDeliver } from '../pipeline/write-delivery.ts';
import type { LinkChange } from '../protections/link.ts';
import type { ProtectionRecord } from '../protections/register.ts';

/** A submission with the id of its source: the worker has its own copy of the rules. */
export type Task = Omit<Submission, 'source'> & {
  readonly sourceId: string;
  /** Nothing of the outcome is to be stored: it also says what the adapter found. */
  readonly isTrial?: boolean;
};

/** An event ready for the bus. */
export interface ReadyEvent {
  readonly topic: string;
  readonly id: string;
  readonly type: string;
  readonly standard: string;
  readonly source: string;
  readonly subject?: string;
  /** Absent where the event was sealed without it. */
  readonly time?: string;
  readonly partitionkey: string;
  readonly persons: readonly string[];
  readonly classification: string;
  /** The sealed event in JSON. */
  readonly value: Uint8Array;
  /** Its renditions for lower levels. */
  readonly renditions: readonly { readonly topic: string; readonly rendition: string; readonly value: Uint8Array }[];
}

/** A record for quarantine, with its bytes as stored: raw DEFLATE. */
export interface ReadyRecord extends KeptRecord {
  readonly stored: Uint8Array;
}

/** The outcome of a task. */
export type Processed = {
  readonly messageId: string;
  readonly adapter?: string;
  readonly label: Label;
  readonly origin: Label;
  readonly policy: string;
  /** The message as received, raw DEFLATE (RFC 1951); absent where the worker ended first. */
  readonly stored?: Uint8Array;
  /** Of a trial: the data of each event that the adapter found, whether it can pass or not. Absent where it cannot read the message. */
  readonly found?: readonly JsonObject[];
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
      readonly labelledWith: Readonly<Record<string, readonly string[]>>;
    }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
);

/** A record to prepare for a reader. */
export interface DeliveryTask {
  readonly record: RecordToDeliver;
  /** The client that reads, and its clearance. */
  readonly clientId: string;
  readonly clearance: CompiledClearance;
  /** The task that the client named. */
  readonly task?: string;
  readonly form: Form;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The work of a worker. */
export type Work = { readonly task: Task } | { readonly giving: DeliveryTask };

/** The input of all workers at their start. */
export interface WorkerInput {
  readonly config: Config;
  /** The policy in force, not its file: a file may have changed since. */
  readonly policy: unknown;
  /** The sources of the adapters in force. */
  readonly adapters: readonly AdapterSource[];
  readonly secret: Uint8Array;
  /** Whether clients read the bus directly. */
  readonly renditions: boolean;
  readonly sealJwk: object;
  readonly kid: string;
  /** The trusted keys of seals. */
  readonly sealKeys: readonly { readonly kid: string; readonly publicKey: CryptoKey }[];
}

/** The input of one worker at its start. */
export interface OneWorkerInput extends WorkerInput {
  /** Whether it takes heavy work, at a low priority. */
  readonly isBehind: boolean;
}

/** Work; the answers of a look-up; or that a look-up failed. */
export type ToWorker =
  | ({ readonly n: number } & Work)
  | { readonly n: number; readonly answers: Answers }
  | { readonly n: number; readonly forget: true };
export type FromWorker = {
  /** Milliseconds of processor time that the worker has used since its start. */
  readonly cpu: number;
} & (
  | { readonly ready: true }
  | { readonly failed: string }
  | { readonly n: number; readonly questions: Questions }
  /** Includes the milliseconds of processor time of the work. */
  | { readonly n: number; readonly done: Processed | DeliveryResult; readonly milliseconds: number }
);
