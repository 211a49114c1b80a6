/**
 * What the task granted about people, in memory only: read from the gateway up to now before each check, verified, and corrected.
 * It keeps what an officer is shown, and nothing else of an event.
 */
import { type DeliveredEvent, GatewayProblem, type Interchange } from '../../contracts/client/client.ts';
import { isNear, isSame } from './names.ts';

type Registered = DeliveredEvent<'uk.justice.case.registered.v1'>;
type Resulted = DeliveredEvent<'uk.justice.hearing.resulted.v1'>;
type Correction = DeliveredEvent<'uk.justice.correction.issued.v1'>['data'];
type Defendant = NonNullable<Registered['data']['defendants']>[number];

/** What one event says of one person. */
export interface GrantedRecord extends Pick<Defendant, 'address' | 'driver' | 'bailConditions' | 'languages' | 'needs'> {
  /** Names the record, and says nothing of the person. */
  readonly reference: string;
  readonly about: 'New case' | 'Court result';
  readonly recorded: string;
  readonly givenNames: readonly string[];
  readonly familyName: string;
  readonly dateOfBirth?: string | undefined;
  readonly gender?: string | undefined;
  readonly registrations: readonly string[];
  readonly marking: string;
  readonly restrictions: readonly string[];
  /** By restriction: why this person must not be identified, where it is this person. */
  readonly protectedBy: Readonly<Record<string, string>>;
  /** It was corrected, and what is right has not come. */
  readonly isCorrected: boolean;
}

export interface Wanted {
  readonly familyName?: string;
  readonly dateOfBirth?: string;
  readonly registration?: string;
}

/** The source of what the gateway itself issues: only corrections, for people who must not be identified since an event was published. */
const GATEWAY = 'justice-interchange';

const MOST_EVENTS = 50_000;
const PATIENCE = 10_000;

const recordOf = (event: Registered | Resulted, defendant: Defendant, n: number): GrantedRecord => {
  const { person, address, driver, bailConditions, languages, needs, offences = [] } = defendant;
  return {
    reference: `${event.id}.${n}`,
    about: event.type === 'uk.justice.case.registered.v1' ? 'New case' : 'Court result',
    recorded: event.recordedtime,
    givenNames: person?.name?.givenNames ?? [],
    familyName: person?.name?.familyName ?? '',
    dateOfBirth: person?.dateOfBirth,
    gender: person?.gender,
    registrations: offences.flatMap(({ vehicle }) => vehicle?.registration ?? []),
    marking: event.classification,
    restrictions: event.data.label.restrictions ?? [],
    protectedBy: Object.fromEntries(
      (event.data.protections ?? [])
        .filter(({ at }) => at === `/defendants/${n}`)
        .flatMap(({ restrictions, reason }) => restrictions.map((restriction) => [restriction, reason])),
    ),
    isCorrected: false,
    address,
    driver,
    bailConditions,
    languages,
    needs,
  } as GrantedRecord;
};

export class Granted {
  readonly #client: Pick<Interchange, 'api' | 'events' | 'verify'>;
  readonly #task: string;
  /** By the id of the event. */
  readonly #records = new Map<string, readonly GrantedRecord[]>();
  /** Of what was rectified, by the id of the event that was wrong. */
  readonly #corrections = new Map<string, Correction & { readonly recorded: string }>();
  /** The ids of events that were erased, or must not be used any more. */
  readonly #withdrawn = new Set<string>();
  /** Who sent an event: only the same source corrects it. */
  readonly #sources = new Map<string, string>();
  /** The ids of events that somebody in them is protected in since they were read. */
  readonly #restricted = new Set<string>();
  #cursor: string | undefined;
  #reading: Promise<boolean> | undefined;

  constructor(client: Pick<Interchange, 'api' | 'events' | 'verify'>, task: string) {
    this.#client = client;
    this.#task = task;
  }

  /** Reads what is new. False when the gateway did not answer, or something in it could not be verified: what is shown may then be out of date. */
  async catchUp(): Promise<boolean> {
    this.#reading ??= this.#read()
      .catch((error: unknown) => this.#beginAgain(error))
      .finally(() => {
        this.#reading = undefined;
      });
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, PATIENCE, false).unref());
    return Promise.race([this.#reading.catch(() => false), late]);
  }

  /** Records with the family name, or one that is near it, and the date of birth; or with the vehicle. The newest first. */
  find({ familyName, dateOfBirth, registration }: Wanted): readonly GrantedRecord[] {
    const isWanted = (record: GrantedRecord): boolean =>
      ((isSame(record.familyName, familyName) || isNear(record.familyName, familyName)) &&
        dateOfBirth !== undefined &&
        record.dateOfBirth === dateOfBirth) ||
      record.registrations.some((registered) => isSame(registered, registration));
    return [...this.#records.keys()]
      .flatMap((id) => this.#now(id))
      .filter(isWanted)
      .toSorted((one, other) => other.recorded.localeCompare(one.recorded));
  }

  get(reference: string): GrantedRecord | undefined {
    return this.#now(reference.slice(0, reference.lastIndexOf('.'))).find((record) => record.reference === reference);
  }

  /** The records of an event as they are to be used now. */
  #now(id: string): readonly GrantedRecord[] {
    const records = this.#records.get(id) ?? [];
    const correction = this.#corrections.get(id);
    if (correction === undefined) return records;
    const { replacedBy = '' } = correction;
    return this.#records.has(replacedBy) || this.#withdrawn.has(replacedBy)
      ? []
      : records.map((record) => ({ ...record, isCorrected: true }));
  }

  /** A gateway that does not know the cursor any more is not the one that granted what is here. */
  #beginAgain(error: unknown): Promise<boolean> {
    if (this.#cursor === undefined || !(error instanceof GatewayProblem) || error.problem.status !== 400) throw error;
    this.#cursor = undefined;
    for (const known of [this.#records, this.#corrections, this.#withdrawn, this.#sources, this.#restricted]) known.clear();
    return this.#read();
  }

  async #read(): Promise<boolean> {
    const events = this.#client.events({ task: this.#task, ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }) });
    let isWhole = true;
    for (;;) {
      const { done, value } = await events.next();
      if (done === true) {
        isWhole = (await this.#readRestricted()) && isWhole;
        // What could not be verified is read again the next time: its key may be there by then.
        if (isWhole) this.#cursor = value;
        return isWhole;
      }
      if (await this.#client.verify(value)) this.#take(value);
      else isWhole = false;
    }
  }

  /** Reads again, as it may be read now, what the gateway restricted. */
  async #readRestricted(): Promise<boolean> {
    let isWhole = true;
    for (const id of this.#restricted) {
      this.#records.delete(id);
      const { data, response } = await this.#client.api.GET('/v1/events/{id}', { params: { path: { id }, query: { task: this.#task } } });
      if (data === undefined && response.status !== 404) isWhole = false;
      else {
        this.#restricted.delete(id);
        const event = data as DeliveredEvent | undefined;
        if (event !== undefined && (await this.#client.verify(event))) this.#take(event);
      }
    }
    return isWhole;
  }

  /** Of several corrections of one event the last that was issued holds, in whatever order they come. */
  #rectify(id: string, { data, recordedtime: recorded }: DeliveredEvent<'uk.justice.correction.issued.v1'>): void {
    const known = this.#corrections.get(id);
    if (known === undefined || known.recorded <= recorded) this.#corrections.set(id, { ...data, recorded });
  }

  #take(event: DeliveredEvent): void {
    if (event.type === 'uk.justice.correction.issued.v1') {
      const { corrects, kind } = event.data;
      const isNotice = event.source === GATEWAY;
      if (isNotice && kind === 'restricted') {
        this.#restricted.add(corrects);
        return;
      }
      if (!isNotice && (this.#sources.get(corrects) ?? event.source) !== event.source) return;
      if (kind === 'rectified') this.#rectify(corrects, event);
      else {
        this.#withdrawn.add(corrects);
        this.#records.delete(corrects);
      }
    }
    if (event.type !== 'uk.justice.case.registered.v1' && event.type !== 'uk.justice.hearing.resulted.v1') return;
    if (this.#withdrawn.has(event.id)) return;
    this.#sources.set(event.id, event.source);
    const people = (event.data.defendants ?? []).map((defendant, n) => recordOf(event, defendant as Defendant, n));
    this.#records.set(
      event.id,
      people.filter(({ familyName }) => familyName !== ''),
    );
    const oldest = this.#records.keys().next().value;
    if (this.#records.size > MOST_EVENTS && oldest !== undefined) this.#records.delete(oldest);
  }
}
