/**
 * Makes the evidence of a message, for its sender or an operator: one signed package with the message as received, what was made of it, and
 * who was given it. Whoever gets it must be cleared for its highest part.
 */
import { displayOf } from '../labels/display.ts';
import type { SealKey } from '../labels/seal.ts';
import { PageLimit } from '../reading/page-limit.ts';
import { mustHaveRoom, type Room } from '../reading/unread.ts';
import type { Volume } from '../reading/volume.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import { Outcomes, shortId } from '../store/outcomes.ts';
import { readMessage } from '../store/read-message.ts';
import type { Barrier } from '../store/view/barrier.ts';
import { AUDIT, type AuditEntry, type ReceiptRecord } from '../wire/streams.ts';
import { AuditProofs, type AuditProofsContext, auditRecordAt } from './audit-proofs.ts';
import { type FindMessageContext, findMessage } from './find-message.ts';
import { bytesOf, digestsOf, EvidenceTooLarge, type GatherContext, type Gathered, type GatheredEvent, gather } from './gather.ts';
import { EVIDENCE_FORMAT, type Manifest } from './manifest.ts';
import { type EvidencePackage, fileOf, jsonFile, type PackageFile, packageOf } from './package.ts';
import { evidencePage, type ShownDelivery } from './page.ts';
import { type AuditFile, type ShownAudit, showRecord } from './shown-audit.ts';

export interface EvidenceContext extends GatherContext, FindMessageContext, AuditProofsContext {
  readonly bus: GatherContext['bus'];
  readonly view: GatherContext['view'];
  readonly journal: Pick<Journal, 'commit'>;
  /** Passes when the view holds all protections that are on the bus now. */
  readonly protections: Barrier;
  readonly volume: Volume;
  readonly policy: () => string;
  readonly sealKey: () => SealKey;
  readonly version: string;
}

/** How many packages are made at once for one client. */
const PACKAGES_AT_ONCE = 1;
/** How many audit records, and how many attempts to deliver, a package holds. */
const MOST_AUDIT = 5000;
const MOST_DELIVERIES = 10_000;

/** A file of the package for each event, by its place. */
const eventFile = (folder: string, n: number): string => `${folder}/${String(n + 1).padStart(5, '0')}.json`;

export class Evidence {
  readonly #context: EvidenceContext;
  readonly #limit = new PageLimit(PACKAGES_AT_ONCE);

  constructor(context: EvidenceContext) {
    this.#context = context;
  }

  /**
   * The package for a message, or for the message of an event. Undefined where it is absent or denied: both look the same. The audit log
   * holds the disclosure before this resolves. Rejects with {@link EvidenceTooLarge}, with UnderReview where the reader has read as much as
   * it may, and with TooMuchUnread where the reader has no room.
   */
  of(client: Client, id: string, hasRoom?: Room): Promise<EvidencePackage | undefined> {
    return this.#limit.run(client.id, () => this.#of(client, id, hasRoom));
  }

  async #of(client: Client, id: string, hasRoom: Room | undefined): Promise<EvidencePackage | undefined> {
    await this.#context.protections.pass();
    const receipt = await findMessage(this.#context, id);
    if (receipt === undefined || (!client.operator && receipt.source !== client.id)) return this.#deny(client, 'absent');
    const gathered = await gather(this.#context, receipt, client.clearance);
    if (typeof gathered === 'string') return this.#deny(client, gathered, receipt.id);
    const content = await this.#message(receipt);
    mustHaveRoom(hasRoom, content.length);
    const names = [receipt.id, ...receipt.events.map((event) => event.id)];
    const mostBefore = MOST_AUDIT - 2;
    if (this.#context.view.trail.of(names, mostBefore + 1).length > mostBefore)
      throw new EvidenceTooLarge('The audit log has more records of the message than one package holds');
    await this.#disclose(client, gathered);
    return this.#package(client, gathered, content);
  }

  async #deny(client: Client, reason: string, messageId?: string): Promise<undefined> {
    const { journal, policy } = this.#context;
    const about = messageId === undefined ? {} : { messageId };
    await journal.commit(
      [],
      [{ action: 'consultation', ...actorOf(client), decision: 'deny', reasons: [reason], change: 'evidence', ...about, policy: policy() }],
    );
    return undefined;
  }

  /** The message as received. Throws an Error where the bus has another one: its receipt has the digest. */
  async #message(receipt: ReceiptRecord): Promise<Uint8Array> {
    const content = await readMessage(this.#context, receipt.id);
    if (digestsOf(content).sha256 !== receipt.sha256) throw new Error('The message on the bus is not the one of its receipt');
    return content;
  }

  /** Writes who gets what, and has a head sign it at once: the package then proves all of its audit records of this gateway. */
  async #disclose(client: Client, { receipt, events, corrections }: Gathered): Promise<void> {
    const { journal, policy } = this.#context;
    const given = [...events, ...corrections];
    await this.#take(client, given.length);
    const outcomes = new Outcomes();
    for (const { id, classification } of given) outcomes.add({ decision: 'permit', marking: classification }, [id]);
    const about = { ...actorOf(client), decision: 'permit', change: 'evidence', policy: policy() } as const;
    const entries: readonly AuditEntry[] = [
      { action: 'consultation', ...about, messageId: receipt.id },
      ...(given.length === 0 ? [] : [{ action: 'disclosure', ...about, outcomes: outcomes.list } as const]),
    ];
    await journal.commit([], entries, { signs: true });
  }

  /** Takes events from a client's volume: all of them, or none. Rejects with UnderReview, and audits that, where too few are left. */
  async #take(client: Client, count: number): Promise<void> {
    if (count === 0) return;
    const { journal, policy, volume } = this.#context;
    let granted = 0;
    try {
      granted = volume.take(client, count);
      // None is left now: this says when there will be.
      if (granted < count) volume.take(client, 1);
    } catch (error) {
      volume.giveBack(client, granted);
      await journal.commit([], [{ action: 'disclosure', ...actorOf(client), decision: 'deny', reasons: ['volume'], policy: policy() }]);
      throw error;
    }
  }

  async #package(client: Client, gathered: Gathered, content: Uint8Array): Promise<EvidencePackage> {
    const { labelling, now, policy, sealKey, version } = this.#context;
    const { receipt, corrections, events } = gathered;
    const { idempotency: _idempotency, ...shownReceipt } = receipt;
    const label = labelling().spell(gathered.label);
    const { who, onBehalfOf } = actorOf(client);
    const manifest: Omit<Manifest, 'files'> = {
      format: EVIDENCE_FORMAT,
      message: receipt.id,
      label,
      marking: displayOf(labelling().policy, label),
      requested: { by: who, ...(onBehalfOf === undefined ? {} : { onBehalfOf }), time: new Date(now()).toISOString() },
      gateway: { name: 'justice-interchange', version },
      policy: policy(),
    };
    const audit = await this.#audit(client, gathered);
    const deliveries = client.operator ? this.#deliveries(gathered) : undefined;
    const named = (all: readonly GatheredEvent[], folder: string) => all.map((event, n) => ({ ...event, file: eventFile(folder, n) }));
    const shown = { events: named(events, 'events'), corrections: named(corrections, 'corrections') };
    const page = evidencePage({ ...shown, manifest, receipt, gone: gathered.gone, content, audit, deliveries });
    return packageOf(
      manifest,
      [
        fileOf('index.html', 'text/html; charset=utf-8', Buffer.from(page)),
        fileOf('message', 'application/octet-stream', content),
        jsonFile('receipt.json', shownReceipt),
        ...[...shown.events, ...shown.corrections].map((event) => this.#eventFile(event)),
        jsonFile('audit.json', audit),
        ...(deliveries === undefined ? [] : [jsonFile('deliveries.json', deliveries)]),
      ],
      sealKey(),
    );
  }

  #eventFile(event: GatheredEvent & { readonly file: string }): PackageFile {
    const { file: name, size, sha256, crc32 } = event;
    return { name, mediaType: 'application/cloudevents+json', size, sha256, crc32, content: () => bytesOf(this.#context, event) };
  }

  /** The audit records of the message: all for an operator, a sender's own for a sender. */
  async #audit(client: Client, { receipt, events, corrections }: Gathered): Promise<AuditFile> {
    const { view } = this.#context;
    // This export is on the log too.
    await view.caughtUpWith([AUDIT]);
    const ids = receipt.events.map(({ id }) => id);
    const given = [...ids, ...events.map(({ id }) => id), ...corrections.map(({ id }) => id)];
    const named = { message: receipt.id, events: new Set(given.map(shortId)) };
    const proofs = new AuditProofs(this.#context);
    const records: ShownAudit[] = [];
    for (const offset of view.trail.of([receipt.id, ...ids], MOST_AUDIT)) {
      const placed = await auditRecordAt(this.#context, offset);
      if (placed === undefined || (!client.operator && placed.record.who !== client.id)) continue;
      const proof = await proofs.of(placed);
      records.push({ ...showRecord(placed.record, named), ...(proof === undefined ? {} : { proof }) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { records, heads: proofs.heads };
  }

  /** The attempts to deliver the events to subscriptions, as far as the delivery log still has them. */
  #deliveries({ receipt, corrections }: Gathered): readonly ShownDelivery[] {
    const { outbox } = this.#context.view;
    const ids = [...receipt.events, ...corrections].map(({ id }) => id);
    return outbox.attemptsOf(ids, MOST_DELIVERIES).map(({ subscription, event, time, attempt, outcome, reason, status }) => ({
      subscription,
      client: outbox.get(subscription)?.client ?? '',
      event,
      time,
      attempt,
      outcome,
      ...(reason === undefined ? {} : { reason }),
      ...(status === undefined ? {} : { status }),
    }));
  }
}
