/** The page of a package that people read. It needs no script, no network and no other file. */
import { join } from 'node:path';
import { makeRender } from '../pages/render.ts';
import { safeLines, safeText } from '../terminal.ts';
import type { DeliveryRecord } from '../wire/streams.ts';
import type { Gathered, GatheredEvent } from './gather.ts';
import type { Manifest } from './manifest.ts';
import { type AuditFile, saidBy } from './shown-audit.ts';

/** An attempt to deliver an event to a subscription of a client. */
export type ShownDelivery = Pick<DeliveryRecord, 'subscription' | 'event' | 'time' | 'attempt' | 'outcome' | 'reason' | 'status'> & {
  readonly client: string;
};

export interface PageInput extends Pick<Gathered, 'receipt' | 'gone'> {
  readonly manifest: Omit<Manifest, 'files'>;
  readonly content: Uint8Array;
  readonly events: readonly (GatheredEvent & { readonly file: string })[];
  readonly corrections: readonly (GatheredEvent & { readonly file: string })[];
  readonly audit: AuditFile;
  /** Undefined where the reader may not know who else received the events. */
  readonly deliveries: readonly ShownDelivery[] | undefined;
}

/** More rows than this are only in the files. */
const MOST_ROWS = 500;
const MOST_TEXT = 100_000;

const ACTIONS: Readonly<Record<string, string>> = {
  collection: 'The message was received',
  alteration: 'The message was sent again from quarantine',
  consultation: 'The message was read',
  disclosure: 'Events were given',
  combination: 'Events were combined',
  erasure: 'Something was erased',
};
/** What the export of evidence is on the log. */
const EXPORTS: typeof ACTIONS = {
  consultation: 'The evidence of the message was asked for',
  disclosure: 'Events were given as evidence',
};
const DECISIONS: Readonly<Record<string, string>> = {
  permit: 'Allowed',
  redact: 'Allowed in part: some portions were removed',
  deny: 'Refused',
  none: 'No decision was needed',
};
const KINDS: Readonly<Record<string, string>> = {
  rectified: 'The event was wrong, and another event replaces it',
  erased: 'The event must be deleted',
  restricted: 'The event may be kept, and may no longer be used as it is',
};
const OUTCOMES: Readonly<Record<string, string>> = {
  delivered: 'Delivered',
  failed: 'Failed',
  withheld: 'Withheld: the recipient was no longer allowed to read the event',
};

const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** An instant as people read it: `27 November 2026 at 08:56:13 UTC`. */
export function instantText(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? safeText(time) : `${DAY.format(at)} at ${CLOCK.format(at)} UTC`;
}

/** The message as text, where it is text: what is unsafe to show is shown as its code. */
function textOf({ content, receipt }: PageInput): { readonly text: string; readonly isCut: boolean } | undefined {
  try {
    const text = new TextDecoder(receipt.charset ?? 'utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    const lines = text.replaceAll('\r\n', '\n').replaceAll('\t', '    ');
    return { text: safeLines(lines.slice(0, MOST_TEXT)), isCut: lines.length > MOST_TEXT };
  } catch {
    return undefined;
  }
}

/** Facts of a receipt, as name and value. */
const factsOf = ({ receipt, content, manifest }: PageInput): readonly (readonly [string, string])[] => {
  const { id, source, status, received, transport, mediaType, charset, sha256, adapter, adapterVersion, resubmissionOf, record } = receipt;
  const format =
    adapter === undefined ? 'No adapter read it' : `${adapter}${adapterVersion === undefined ? '' : `, version ${adapterVersion}`}`;
  return [
    ['Message', id],
    ['Marking of this package', manifest.marking],
    ['Sent by', source],
    ['Received', instantText(received)],
    ['Transport', transport ?? 'Not recorded'],
    ['Outcome', status === 'accepted' ? 'Accepted: its events were published' : 'Kept in quarantine'],
    ['Size', `${content.length} bytes`],
    ['SHA-256', sha256],
    ['Media type', mediaType ?? 'Not stated by the sender'],
    ['Character set', charset ?? 'Not stated by the sender'],
    ['Adapter', format],
    ...(resubmissionOf === undefined ? [] : [['Sent again in place of', resubmissionOf] as const]),
    ...(record === undefined ? [] : [['Record of message', `${record.message}, line ${record.line}`] as const]),
  ];
};

const eventRow = ({ id, type, standard, classification, recordedtime, file, corrects, kind }: PageInput['events'][number]) => ({
  id,
  type,
  standard,
  classification,
  file,
  corrects,
  recorded: instantText(recordedtime),
  kind: KINDS[kind ?? ''] ?? kind,
});

const auditRow = (shown: AuditFile['records'][number]) => {
  const said = saidBy(shown);
  return {
    time: instantText(said?.time ?? ''),
    action: (shown.record?.change === 'evidence' ? EXPORTS : ACTIONS)[said?.action ?? ''] ?? said?.action,
    who: said?.who,
    decision: DECISIONS[said?.decision ?? ''] ?? said?.decision,
    reasons: shown.record?.reasons?.join(', '),
    policy: said?.policy,
    task: said?.task,
    isSigned: shown.proof !== undefined,
    isWhole: shown.record !== undefined,
  };
};

const render = makeRender(join(import.meta.dirname, 'templates'));

export function evidencePage(input: PageInput): string {
  const { manifest, receipt, events, corrections, gone, audit, deliveries } = input;
  const { requested, gateway, policy, marking } = manifest;
  return render(
    { template: 'evidence', title: 'Evidence of a message' },
    {
      marking,
      gateway,
      policy,
      gone,
      requested: { ...requested, time: instantText(requested.time) },
      facts: factsOf(input),
      warnings: receipt.warnings,
      reasons: receipt.reasons,
      kept: receipt.records?.quarantined,
      events: events.slice(0, MOST_ROWS).map(eventRow),
      corrections: corrections.slice(0, MOST_ROWS).map(eventRow),
      audit: audit.records.slice(0, MOST_ROWS).map(auditRow),
      deliveries: deliveries
        ?.slice(0, MOST_ROWS)
        .map((delivery) => ({ ...delivery, time: instantText(delivery.time), outcome: OUTCOMES[delivery.outcome] ?? delivery.outcome })),
      more: {
        events: events.length > MOST_ROWS,
        audit: audit.records.length > MOST_ROWS,
        deliveries: (deliveries?.length ?? 0) > MOST_ROWS,
      },
      message: textOf(input),
    },
  );
}
