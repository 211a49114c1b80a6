/** Gives the pseudonym of a case or a person that somebody names. Every answer is in the audit log: who can ask can guess. */
import type { Identities } from '../pipeline/ids.ts';
import { formerReferencesOf, type Reference, referenceOf } from '../pipeline/persons.ts';
import { canonicalUrn } from '../quality/canonical-form.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from './journal.ts';

/** How a case or a person is named: by a URN or another reference, or `FAMILY/GIVEN/YYYY-MM-DD` for a name. */
export interface Named {
  readonly kind: 'urn' | Reference;
  readonly value: string;
}

export interface Pseudonym {
  readonly of: 'case' | 'person';
  readonly pseudonym: string;
  /** Those that records from before decision 13 have for this spelling. */
  readonly former: readonly string[];
}

/** The pseudonym of a case or a person; undefined where the value has no letter and no digit. */
export function pseudonymOf({ kind, value }: Named, identities: Pick<Identities, 'pseudonym'>): Pseudonym | undefined {
  if (!/[\p{L}\p{N}]/u.test(value)) return undefined;
  const of = kind === 'urn' ? 'case' : 'person';
  const today = kind === 'urn' ? canonicalUrn(value) : referenceOf(kind, value);
  const before = kind === 'urn' ? [value] : formerReferencesOf(kind, value);
  const pseudonym = identities.pseudonym(of, today);
  const former = before.filter((form) => form !== today).map((form) => identities.pseudonym(of, form));
  return { of, pseudonym, former };
}

export interface PseudonymsContext {
  readonly journal: Pick<Journal, 'commit'>;
  readonly identities: Pick<Identities, 'pseudonym'>;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
}

export class Pseudonyms {
  readonly #context: PseudonymsContext;

  constructor(context: PseudonymsContext) {
    this.#context = context;
  }

  /** The pseudonym of what a client names; undefined where it names nothing. The audit log records who asked, and the pseudonym. */
  async of(client: Client, named: Named): Promise<Pseudonym | undefined> {
    const { journal, identities, policy } = this.#context;
    const found = pseudonymOf(named, identities);
    if (found === undefined) return undefined;
    const about = { subject: found.pseudonym, change: 'pseudonym', policy: policy() };
    await journal.commit([], [{ action: 'consultation', ...actorOf(client), decision: 'permit', ...about }]);
    return found;
  }
}
