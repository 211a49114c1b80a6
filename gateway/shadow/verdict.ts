/** What one version of the adapters and rules makes of a message, as far as two versions are compared by it. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Label } from '../labels/label.ts';
import type { ReceiptProtection } from '../pipeline/submission.ts';
import type { Processed, ReadyEvent } from '../workers/task.ts';

/** A portion of an event, by its JSON Pointer in the data. */
export interface LabelledPlace {
  readonly pointer: string;
  readonly label: Label;
}

export interface EventVerdict {
  readonly standard: string;
  /** What the event says of itself, without ids and times of the gateway. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Its data without labels and protections. */
  readonly data: JsonObject;
  /** The label of the complete event. */
  readonly eventLabel: Label;
  /** The label of the part outside portions. */
  readonly base: Label;
  readonly portions: readonly LabelledPlace[];
}

interface Common {
  /** The label of the message; undefined where the message ended its worker. */
  readonly label?: Label;
}

export type Verdict =
  | (Common & {
      readonly kind: 'accepted';
      readonly events: readonly EventVerdict[];
      readonly protections: readonly ReceiptProtection[];
      /** The lines of its records that are refused. */
      readonly refusedLines: readonly number[];
    })
  | (Common & { readonly kind: 'refused'; readonly codes: readonly string[] });

/** The label outside portions, from the claims of a seal that this process has just made. */
function baseOf({ seal }: SealedEvent): Label {
  const [, claims = ''] = seal.split('.');
  const { label } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly label: Label };
  return label;
}

function eventVerdict({ standard, value }: ReadyEvent): EventVerdict {
  const event = JSON.parse(Buffer.from(value).toString()) as SealedEvent;
  const { type, subject, time, dataschema } = event;
  const { label, portions, protections: _, ...data } = event.data as typeof event.data & { readonly protections?: Json };
  return {
    standard,
    attributes: {
      type,
      dataschema,
      ...(subject === undefined ? {} : { subject }),
      ...(time === undefined ? {} : { time }),
    },
    data: data as JsonObject,
    eventLabel: label,
    base: baseOf(event),
    portions: portions.flatMap((group) => group.at.map((pointer) => ({ pointer, label: group.label }))),
  };
}

/** The verdict of a worker on a message. */
export function verdictOf(processed: Processed): Verdict {
  const { label } = processed;
  if (processed.kind === 'refused') return { kind: 'refused', label, codes: codesOf(processed.refusals.map(({ code }) => code)) };
  return {
    kind: 'accepted',
    label,
    events: processed.events.map(eventVerdict),
    protections: processed.protections,
    refusedLines: processed.kept.map(({ line }) => line),
  };
}

/** The verdict on a message that no worker could read. */
export const refusedFor = (code: string): Verdict => ({ kind: 'refused', codes: [code] });

const codesOf = (codes: readonly string[]): readonly string[] => [...new Set(codes)].toSorted();
