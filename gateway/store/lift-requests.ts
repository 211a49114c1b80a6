/**
 * Lifts a protection: one person requests it, and a second person approves it. The approval is bound by a digest to the protection and the
 * reason that the second person saw. It holds for one policy, and expires.
 */
import { randomBytes } from 'node:crypto';
import { digestOf } from '../digest.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { ProtectionRecord } from '../protections/register.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import { personOfToken, REQUEST_MILLISECONDS, type Requester } from '../rules/requester.ts';
import { APPROVALS, type LiftRequest, PROTECTIONS, record } from '../wire/streams.ts';
import type { Journal } from './journal.ts';
import type { ProtectionRegister, RegisterItem } from './register.ts';
import type { LiftRequestEntry } from './view/lift-request-table.ts';
import type { View } from './view/view.ts';

export interface LiftRequestsContext {
  readonly view: View;
  readonly journal: Pick<Journal, 'commit'>;
  readonly register: Pick<ProtectionRegister, 'find'>;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly now: () => number;
  readonly policy: () => string;
}

export type LiftRefused = 'not-found' | 'same-person' | 'lapsed';

/** How many requests of a protection are shown. */
const SHOWN = 20;

/** The SHA-256 (hex) of what is approved: the protection as the register has it, and why it is lifted. */
export const digestOfLift = (protection: ProtectionRecord, because: string): string => digestOf({ protection, because });

export class LiftRequests {
  readonly #context: LiftRequestsContext;

  constructor(context: LiftRequestsContext) {
    this.#context = context;
  }

  /** The latest requests for a protection, newest first; undefined where the protection is absent or hidden. */
  async list(client: Client, protection: string): Promise<readonly LiftRequestEntry[] | undefined> {
    await this.#context.view.caughtUp('approvals');
    if ((await this.#context.register.find(client, protection)) === undefined) return undefined;
    return this.#context.view.liftRequests.of(protection, SHOWN);
  }

  /** Requests that a protection be lifted. */
  async ask({ client, subject }: Requester, id: string, because: string): Promise<LiftRequest | 'not-found' | 'not-in-force'> {
    const { register, view, journal, now, policy, identities } = this.#context;
    const found = await register.find(client, id);
    if (found === undefined) return 'not-found';
    if (found.status !== 'in-force') return 'not-in-force';
    const { protection } = found;
    const time = now();
    const person = personOfToken(identities, subject);
    await view.caughtUp('approvals');
    // Asked again, it is one request: many would push the others out of the list.
    const open = view.liftRequests
      .of(id, SHOWN)
      .filter((entry) => entry.approval === undefined && Date.parse(entry.request.expires) > time);
    const same = open.find(({ request }) => request.by === client.id && request.person === person && request.because === because);
    if (same?.request.policy === policy()) return same.request;
    const liftRequest: LiftRequest = {
      id: randomBytes(32).toString('base64url'),
      protection: id,
      case: protection.case,
      sha256: digestOfLift(protection, because),
      policy: policy(),
      because,
      by: client.id,
      person,
      time: new Date(time).toISOString(),
      expires: new Date(time + REQUEST_MILLISECONDS).toISOString(),
    };
    await journal.commit(
      [record(APPROVALS, protection.case, { liftRequest })],
      [this.#entry(client, 'request lift protection', protection)],
    );
    await view.caughtUp('approvals');
    return liftRequest;
  }

  /** Approves a request by another person with another client, and lifts the protection. `sha256`: the digest of what the person saw. */
  async approve({ client, subject }: Requester, id: string, requestId: string, sha256: string): Promise<RegisterItem | LiftRefused> {
    const { register, view, journal, now, policy, identities } = this.#context;
    await view.caughtUp('approvals');
    const entry = view.liftRequests.request(id, requestId);
    const found = await register.find(client, id);
    if (entry === undefined || found === undefined) return 'not-found';
    const { request, approval } = entry;
    const { protection } = found;
    const person = personOfToken(identities, subject);
    if (request.by === client.id) return 'same-person';
    if (request.person === person) return 'same-person';
    const isExpired = Date.parse(request.expires) <= now() || request.policy !== policy();
    const isOther = request.sha256 !== sha256 || request.sha256 !== digestOfLift(protection, request.because);
    if (approval !== undefined || found.status !== 'in-force' || isExpired || isOther) return 'lapsed';
    const time = new Date(now()).toISOString();
    const lift = { id, case: protection.case, by: request.by, approvedBy: client.id, because: request.because, time };
    const liftApproval = { request: requestId, by: client.id, person, time };
    await journal.commit(
      [record(PROTECTIONS, protection.case, { lift }), record(APPROVALS, protection.case, { liftApproval })],
      [this.#entry(client, 'approve lift protection', protection)],
    );
    await view.caughtUp('approvals');
    return (await register.find(client, id)) ?? 'not-found';
  }

  #entry(client: Client, change: string, { id, case: subject }: ProtectionRecord) {
    return {
      action: 'alteration',
      ...actorOf(client),
      decision: 'none',
      policy: this.#context.policy(),
      change,
      protection: id,
      subject,
    } as const;
  }
}
