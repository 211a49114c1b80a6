/** The register of protections: who must not be identified in which case, kept on the bus and found in the local view. */

import type { JsonObject } from '../../adapters/adapter.ts';
import type { components } from '../../contracts/generated/openapi.d.ts';
import { BusUnavailable } from '../bus/bus.ts';
import { dayOf, isOver } from '../labels/day.ts';
import { dominates } from '../labels/decision.ts';
import { join } from '../labels/join.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import type { Identities } from '../pipeline/ids.ts';
import { pseudonymsOf } from '../protections/mentions.ts';
import { keysOfPerson } from '../protections/people.ts';
import type { KnownProtections } from '../protections/protect.ts';
import { knownOf, NOTHING_KNOWN, type ProtectionRecord, protectionId, pseudonymsFor, type RegisterEntry } from '../protections/register.ts';
import { restrictionRaise } from '../protections/restriction-raise.ts';
import { sourceLabel } from '../protections/source-label.ts';
import { canonicalUrn } from '../quality/canonical-form.ts';
import { actorOf } from '../rules/clients.ts';
import { PROTECTIONS, record } from '../wire/streams.ts';
import type { Journal } from './journal.ts';
import type { Barrier } from './view/barrier.ts';
import { type Audience, audienceOf } from './view/register-table.ts';
import type { View } from './view/view.ts';

export interface RegisterContext {
  readonly view: View;
  readonly journal: Journal;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly labelling: () => Labelling;
  readonly now: () => number;
  /** Passes when the view holds all protections that are on the bus now. */
  readonly barrier: Barrier;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
}

/** The client that asks, and its clearance. */
export interface RegisterReader {
  readonly id: string;
  readonly clearance: CompiledClearance;
  /** A pseudonym of the person that it acts for. */
  readonly onBehalfOf?: string;
}

/** A protection that a person imposes: a court order that no message contains, or one that was made earlier. */
export type Imposition = components['schemas']['ProtectionRequest'];

/** A protection, and whether it is in force. */
export interface RegisterItem extends RegisterEntry {
  readonly status: 'in-force' | 'ended' | 'lifted';
}

export interface RegisterQuery {
  readonly subject?: string;
  readonly status?: RegisterItem['status'];
  /** After this place. */
  readonly after: number;
  readonly limit: number;
}

export class ProtectionRegister {
  readonly #context: RegisterContext;

  constructor(context: RegisterContext) {
    this.#context = context;
  }

  /** The protections of a case in this gateway's view. Pass the barrier first: another gateway may know more. */
  known(subject: string | undefined): KnownProtections {
    if (subject === undefined) return NOTHING_KNOWN;
    const { view, labelling, identities, now } = this.#context;
    const entries = view.linked.of(subject);
    return entries.length === 0 ? NOTHING_KNOWN : knownOf(labelling().policy, subject, entries, identities.pseudonym, now());
  }

  #statusOf({ protection: { until }, lifted }: RegisterEntry): RegisterItem['status'] {
    if (lifted !== undefined) return 'lifted';
    return isOver(until, dayOf(this.#context.now())) ? 'ended' : 'in-force';
  }

  /**
   * Whether a reader may know of a protection: its clearance must hold the restriction, and allow the event that the protection came with,
   * apart from portions.
   */
  #maySee({ clearance }: RegisterReader, { restrictions, label, isImposed }: Audience): boolean {
    const { policy } = this.#context.labelling();
    const raise = restrictionRaise(policy, restrictions);
    if (isImposed) {
      const lowest = policy.document.classifications.findIndex((_, place) => (clearance.classifications & (1 << place)) !== 0);
      return lowest >= 0 && dominates(policy, clearance, { ...raise, classification: lowest });
    }
    const from = sourceLabel(policy, label);
    return from !== undefined && dominates(policy, clearance, join(policy, from, raise));
  }

  #item(entry: RegisterEntry): RegisterItem {
    return { ...entry, status: this.#statusOf(entry) };
  }

  /** The protections that a reader may know of, oldest first; `next` is the place of the last one. */
  async list(
    reader: RegisterReader,
    { subject, status, after, limit }: RegisterQuery,
  ): Promise<{ readonly items: readonly RegisterItem[]; readonly next: number; readonly more: boolean }> {
    await this.#context.barrier.pass();
    const { view, now } = this.#context;
    // Read one row more than the page, to know whether there are more.
    const rows = view.register.page({
      ...(subject === undefined ? {} : { subject }),
      ...(status === undefined ? {} : { status }),
      day: dayOf(now()),
      after,
      limit: limit + 1,
      maySee: (audience) => this.#maySee(reader, audience),
    });
    const page = rows.slice(0, limit);
    await this.#note('consultation', reader, 'list', subject === undefined ? {} : { subject });
    return { items: page.map(({ entry }) => this.#item(entry)), next: page.at(-1)?.seq ?? after, more: rows.length > limit };
  }

  /** Reads one protection. Returns undefined where it is absent or hidden: both look the same. */
  async get(reader: RegisterReader, id: string): Promise<RegisterItem | undefined> {
    const found = await this.find(reader, id);
    if (found !== undefined) await this.#note('consultation', reader, 'show', { protection: id });
    return found;
  }

  /** Finds one protection for a decision that is audited itself. Returns undefined where it is absent or hidden. */
  async find(reader: RegisterReader, id: string): Promise<RegisterItem | undefined> {
    await this.#context.barrier.pass();
    const entry = this.#context.view.register.get(id);
    return entry !== undefined && this.#maySee(reader, audienceOf(entry.protection)) ? this.#item(entry) : undefined;
  }

  /** The pseudonym of the case that an imposition names. */
  subjectOf({ case: reference, subject }: Imposition): string {
    return subject ?? this.#context.identities.pseudonym('case', canonicalUrn(reference ?? ''));
  }

  /** Imposes a protection, or returns the reason why not. */
  async impose(reader: RegisterReader, imposition: Imposition): Promise<RegisterItem | 'forbidden' | 'never-ends'> {
    const { labelling, identities, now, journal } = this.#context;
    const { restrictions, person, until, law, title } = imposition;
    const known = labelling().policy.document.categories.flatMap(({ property, values }) => (property === 'restrictions' ? values : []));
    const named = known.filter(({ id }) => restrictions.includes(id));
    const isNamed = restrictions.every((restriction) => named.some(({ id }) => id === restriction));
    if (!isNamed || !this.#maySee(reader, { restrictions, isImposed: true })) return 'forbidden';
    if (until !== undefined && named.some(({ ends }) => ends === 'never')) return 'never-ends';
    const subject = this.subjectOf(imposition);
    const since = new Date(now()).toISOString();
    const keys = pseudonymsOf(keysOfPerson(personObject(person)), pseudonymsFor(identities.pseudonym, subject));
    const stored = {
      case: subject,
      keys,
      restrictions,
      ...(person?.kind === undefined ? {} : { kind: person.kind }),
      ...(until === undefined ? {} : { until }),
    };
    // An order that was lifted can be made again: it is a new protection.
    const id = protectionId(identities.pseudonym, { ...stored, rule: `imposed ${since} ${law}` });
    const protection: ProtectionRecord = { id, ...stored, reason: 'order', title, law, by: reader.id, since };
    await journal.commit(
      [record(PROTECTIONS, subject, { protection })],
      [this.#entry('alteration', reader, 'impose', { protection: id, subject })],
    );
    return this.#mustFind(id);
  }

  async #mustFind(id: string): Promise<RegisterItem> {
    await this.#context.barrier.pass();
    const entry = this.#context.view.register.get(id);
    if (entry === undefined) throw new BusUnavailable('The protection is not on the bus yet');
    return this.#item(entry);
  }

  #entry(
    action: 'alteration' | 'consultation',
    reader: RegisterReader,
    change: string,
    about: { readonly protection?: string; readonly subject?: string },
  ) {
    return {
      action,
      ...actorOf(reader),
      decision: 'none',
      policy: this.#context.policy(),
      change: `${change} protection`,
      ...about,
    } as const;
  }

  async #note(
    action: 'consultation',
    reader: RegisterReader,
    change: string,
    about: { readonly protection?: string; readonly subject?: string },
  ) {
    await this.#context.journal.commit([], [this.#entry(action, reader, change, about)]);
  }
}

/** A person in the form of an event, so that both have the same keys. */
const personObject = ({ givenNames = [], familyName = '', asn, pncId, croNumber }: NonNullable<Imposition['person']> = {}): JsonObject => ({
  person: { name: { givenNames, familyName } },
  ...(asn === undefined ? {} : { asn }),
  ...(pncId === undefined ? {} : { pncId }),
  ...(croNumber === undefined ? {} : { croNumber }),
});
