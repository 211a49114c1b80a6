/**
 * Which protections this gateway labelled its last events with. An event that was labelled with every protection of its case needs no
 * restriction afterwards, and is then not read and verified again.
 */

/** How many events are remembered. Of an event that is forgotten, nothing is assumed. */
const MOST_EVENTS = 10_000;
/** An event with more protections is not remembered. */
const MOST_PROTECTIONS = 100;

interface Labelled {
  readonly policy: string;
  readonly protections: ReadonlySet<string>;
}

export class LabelledHere {
  readonly #events = new Map<string, Labelled>();

  /** Remembers an event that is about to be published, the ids of the protections that it was labelled with, and the policy. */
  add(event: string, protections: readonly string[], policy: string): void {
    if (protections.length > MOST_PROTECTIONS) return;
    if (this.#events.size >= MOST_EVENTS) this.#events.delete(this.#events.keys().next().value as string);
    this.#events.set(event, { policy, protections: new Set(protections) });
  }

  /** Whether an event was labelled with all of some protections, under the policy that is in force. */
  covers(event: string, protections: readonly { readonly id: string }[], policy: string): boolean {
    const labelled = this.#events.get(event);
    return labelled !== undefined && labelled.policy === policy && protections.every(({ id }) => labelled.protections.has(id));
  }
}
