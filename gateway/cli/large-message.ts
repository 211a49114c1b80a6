/** Makes the events of a message that is too large to be read at once. It is read twice: first to know that it is complete, and whom to protect. */
import type { Adapter, DecodedPart, Refusal, Warning } from '../../adapters/adapter.ts';
import { refusal } from '../../adapters/refusal.ts';
import { type Labelled, labelEvent } from '../labels/label-event.ts';
import { NO_EVENT } from '../pipeline/decode.ts';
import { NO_ANSWERS } from '../pipeline/ingest.ts';
import { CaseProtections, findProtections, withOthers } from '../pipeline/protect.ts';
import { type PrepareContext, preparePart, type RefusedAlone } from '../pipeline/read.ts';
import type { Prepared, Source, Submission } from '../pipeline/submission.ts';

/** A message that can be read more than once. */
export interface LargeMessage {
  readonly adapter: Adapter;
  /** Opens it at its beginning: every time the same bytes. */
  open(): AsyncIterable<Uint8Array>;
}

/** What the first reading found. */
export interface CheckedMessage {
  readonly messageId: string;
  /** How many events it has. */
  readonly events: number;
  readonly cases: CaseProtections;
}

/** Protections are kept from the first reading to the second. A message with more of them is refused. */
const MOST_PROTECTIONS_KEPT = 20_000;

const FAILED = refusal('adapter-failed');

interface PreparedPart {
  readonly prepared: readonly Prepared[];
  readonly warnings: readonly Warning[];
  readonly alone: readonly RefusedAlone[];
}

/** Reads large messages of one source. */
export class LargeMessageReader {
  readonly #context: PrepareContext;
  readonly #source: Source;
  readonly #stamp: Submission['stamp'];

  constructor(context: PrepareContext, source: Source, stamp: Submission['stamp']) {
    this.#context = context;
    this.#source = source;
    this.#stamp = stamp;
  }

  /** The first reading. Says of each record that cannot pass why, as soon as it is found. The refusals of the message where it is refused. */
  async check(message: LargeMessage, refuse: (alone: RefusedAlone) => void): Promise<CheckedMessage | readonly Refusal[]> {
    const { identities, labelling } = this.#context;
    const id = identities.messageIdOfPieces(this.#source.id);
    const cases = new CaseProtections();
    const parts = this.#parts(message, '', (piece) => id.add(piece));
    let events = 0;
    let next = await parts.next();
    for (; next.done !== true; next = await parts.next()) {
      const { prepared, alone } = next.value;
      events += prepared.length;
      for (const refused of alone) refuse(refused);
      findProtections(labelling(), prepared, this.#source.floor, NO_ANSWERS, identities.pseudonym, cases);
      if (cases.size > MOST_PROTECTIONS_KEPT)
        return [refusal('adapter-limit', 'More people of cases must not be identified than are remembered: send the message in parts')];
    }
    if (next.value.length > 0) return next.value;
    return events === 0 ? [refusal('adapter-failed', 'No record of the message can pass')] : { messageId: id.end(), events, cases };
  }

  /** The second reading: the events, labelled, part by part. Throws where the message is not the one that was checked. */
  async *events(message: LargeMessage, { messageId, cases }: CheckedMessage): AsyncGenerator<LabelledPart> {
    const { identities, labelling } = this.#context;
    const id = identities.messageIdOfPieces(this.#source.id);
    const parts = this.#parts(message, messageId, (piece) => id.add(piece));
    let next = await parts.next();
    for (; next.done !== true; next = await parts.next()) {
      const { prepared, warnings } = next.value;
      // Of the cases everything is known: what is found again is not added again.
      const found = findProtections(labelling(), prepared, this.#source.floor, NO_ANSWERS, identities.pseudonym, new CaseProtections());
      const events = withOthers(labelling(), found, cases).map(({ event, found: protections }) =>
        labelEvent(labelling(), event, this.#source.floor, { found: protections }),
      );
      yield { events, warnings };
    }
    if (next.value.length > 0 || id.end() !== messageId) throw new Error('The message changed while it was read');
  }

  /** The valid events of a message, part by part, and why it is refused. */
  async *#parts(
    { adapter, open }: LargeMessage,
    messageId: string,
    seen: (piece: Uint8Array) => void,
  ): AsyncGenerator<PreparedPart, readonly Refusal[]> {
    const submission: Submission = { source: this.#source, bytes: new Uint8Array(), messageId, stamp: this.#stamp, adapter: adapter.id };
    const unread: unknown[] = [];
    const decoded = adapter.decodeStream?.(seeing(open(), seen, unread));
    if (decoded === undefined) return [refusal('adapter-limit', 'Messages of this format are not read in pieces')];
    let before = 0;
    for (;;) {
      let next: IteratorResult<DecodedPart, readonly Refusal[]>;
      try {
        next = await decoded.next();
      } catch {
        if (unread.length > 0) throw unread[0];
        // Drop the adapter's error: third-party code can quote the message in it.
        return [FAILED];
      }
      if (next.done === true) return next.value;
      const { events, refused = [] } = next.value;
      if (events.some(({ standard }) => !adapter.standards.includes(standard))) return [NO_EVENT];
      const alone: RefusedAlone[] = refused.map((refusedRecord) => ({ ...refusedRecord, isRead: true }));
      const prepared = preparePart(this.#context, submission, adapter.id, events, before, alone);
      if (!prepared.ok) return prepared.refusals;
      before += events.length;
      yield {
        prepared: prepared.value,
        warnings: events.flatMap(({ warnings }) => warnings),
        alone: alone.toSorted((a, b) => a.record.line - b.record.line),
      };
    }
  }
}

export interface LabelledPart {
  readonly events: readonly Labelled[];
  readonly warnings: readonly Warning[];
}

/** The pieces, each of which is seen before it is read. `unread` takes the error of one that cannot be had: it is not the adapter's. */
async function* seeing(
  pieces: AsyncIterable<Uint8Array>,
  seen: (piece: Uint8Array) => void,
  unread: unknown[],
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of pieces) {
      seen(piece);
      yield piece;
    }
  } catch (error) {
    unread.push(error);
    throw error;
  }
}
