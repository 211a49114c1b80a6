/** Puts records of the bus that do not verify into quarantine, each once, so that readers can continue. */

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
  readonly view: View;
  readonly journal: Journal;
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
export const brokenRecords =
  (context: BrokenRecordsContext) =>
  async (broken: StoredRecord, codes: readonly string[]): Promise<void> => {
    const { view, journal, ledger, identities, labelling, domain, now, policy, onFound } = context;
    const id = identities.pseudonym('record', `${broken.topic}/${broken.partition}/${broken.offset}`).padEnd(43, '0');
    if (view.receipt(id) !== undefined) return;
    onFound(broken, codes);
    const { waiting, origin } = quarantineLabels(labelling(), domain(), { floor: levelOf(labelling(), broken.topic), isRead: false });
    const received = new Date(now()).toISOString();
    const answered = ledger.receive('bus', received);
    const receipt: ReceiptRecord = {
      id,
      status: 'quarantined',
      source: 'bus',
      received,
      sha256: '',
      events: [],
      warnings: [],
      reasons: [refusal('seal-broken')],
      label: labelling().spell(waiting),
      origin: labelling().spell(origin),
    };
    await journal.commit(
      [{ topic: MESSAGES, key: id, value: broken.value }, record(RECEIPTS, id, receipt)],
      [{ action: 'collection', who: 'gateway', decision: 'deny', reasons: codes, messageId: id, policy: policy() }],
    );
    answered('stored');
  };
