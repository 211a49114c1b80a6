/** Puts records of the bus that do not verify into quarantine, each once, so that readers can continue. */
import { hash } from 'node:crypto';
import { refusal } from '../../adapters/refusal.ts';
import type { StoredRecord } from '../bus/bus.ts';
import type { Ledger } from '../intake/ledger.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import type { Identities } from '../pipeline/ids.ts';
import { levelOf } from '../pipeline/ingest.ts';
import { quarantineLabels } from '../pipeline/quarantine-label.ts';
import type { Journal } from '../store/journal.ts';
import type { View } from '../store/view/view.ts';
import { MESSAGES, RECEIPTS, type ReceiptRecord, record } from '../wire/streams.ts';

export interface BrokenRecordsContext {
  readonly view: Pick<View, 'receipt'>;
  readonly journal: Pick<Journal, 'commit'>;
  readonly ledger: Pick<Ledger, 'receive'>;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly labelling: () => Labelling;
  readonly domain: () => CompiledClearance;
  readonly now: () => number;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
  /** Called for each newly found broken record. */
  readonly onFound: (broken: StoredRecord, codes: readonly string[]) => void;
}

/** Makes the function that readers call for a record that does not verify. It resolves when the record is in quarantine. */
export function brokenRecords(context: BrokenRecordsContext): (broken: StoredRecord, codes: readonly string[]) => Promise<void> {
  /** By id: several readers find the same record at the same time. */
  const underWay = new Map<string, Promise<void>>();
  return (broken, codes) => {
    const id = context.identities.pseudonym('record', `${broken.topic}/${broken.partition}/${broken.offset}`).padEnd(43, '0');
    if (context.view.receipt(id) !== undefined) return Promise.resolve();
    let kept = underWay.get(id);
    if (kept === undefined) {
      kept = keep(context, id, broken, codes).finally(() => underWay.delete(id));
      underWay.set(id, kept);
    }
    return kept;
  };
}

async function keep(context: BrokenRecordsContext, id: string, broken: StoredRecord, codes: readonly string[]): Promise<void> {
  const { journal, ledger, labelling, domain, now, policy, onFound } = context;
  onFound(broken, codes);
  const { waiting, origin } = quarantineLabels(labelling(), domain(), { floor: levelOf(labelling(), broken.topic), isRead: false });
  const received = new Date(now()).toISOString();
  const answered = ledger.receive('bus', received);
  const receipt: ReceiptRecord = {
    id,
    status: 'quarantined',
    source: 'bus',
    received,
    sha256: hash('sha256', broken.value),
    events: [],
    warnings: [],
    reasons: [refusal('seal-broken')],
    label: labelling().spell(waiting),
    origin: labelling().spell(origin),
  };
  try {
    await journal.commit(
      [{ topic: MESSAGES, key: id, value: broken.value }, record(RECEIPTS, id, receipt)],
      [{ action: 'collection', who: 'gateway', decision: 'deny', reasons: codes, messageId: id, policy: policy() }],
    );
  } catch (error) {
    // The next reader tries again, and counts again.
    answered('refused');
    throw error;
  }
  answered('stored');
}
