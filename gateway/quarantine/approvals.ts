/** Everything that waits for a second person, as far as the person who asks may know of it. */
import type { Identities } from '../pipeline/ids.ts';
import { personOfToken, type Requester } from '../rules/requester.ts';
import type { ProtectionRegister, RegisterItem } from '../store/register.ts';
import type { LabelRequestEntry } from '../store/view/approvals-table.ts';
import type { LiftRequestEntry } from '../store/view/lift-request-table.ts';
import type { View } from '../store/view/view.ts';
import type { Quarantine } from './quarantine.ts';

export interface ApprovalsContext {
  readonly view: View;
  readonly quarantine: Pick<Quarantine, 'find'>;
  readonly register: Pick<ProtectionRegister, 'find'>;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly now: () => number;
  /** The policy in force: an approval holds for one. */
  readonly policy: () => string;
}

/** A request that waits. `isYours`: the person who asks for the list made it, and cannot approve it. */
export type WaitingApproval = { readonly isYours: boolean } & (
  | { readonly kind: 'label'; readonly request: LabelRequestEntry['request'] }
  | { readonly kind: 'lift'; readonly request: LiftRequestEntry['request']; readonly protection: RegisterItem }
);

/** Which requests a reader may see at all, by its scopes. */
export interface ApprovalScopes {
  readonly labels: boolean;
  readonly lifts: boolean;
}

export interface ApprovalPage {
  readonly waiting: readonly WaitingApproval[];
  /** The place of the last request that was read. */
  readonly next: number;
  readonly more: boolean;
}

/** How many rows are read from the view at once. */
const BATCH = 200;

type Row = { readonly seq: number } & ({ readonly label: LabelRequestEntry } | { readonly lift: LiftRequestEntry });

export class Approvals {
  readonly #context: ApprovalsContext;

  constructor(context: ApprovalsContext) {
    this.#context = context;
  }

  /** Requests after a place, oldest first. Requests that have expired, or that the reader may not see, are not there. */
  async list(
    requester: Requester,
    scopes: ApprovalScopes,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<ApprovalPage> {
    await this.#context.view.caughtUp('approvals');
    const waiting: WaitingApproval[] = [];
    let next = after;
    for (;;) {
      const rows = this.#rows(scopes, next);
      for (const row of rows) {
        const found = await this.#waiting(requester, row);
        if (found !== undefined) {
          if (waiting.length === limit) return { waiting, next, more: true };
          waiting.push(found);
        }
        next = row.seq;
      }
      if (rows.length === 0) return { waiting, next, more: false };
    }
  }

  /** The next rows of both kinds, in their order on the stream. */
  #rows({ labels, lifts }: ApprovalScopes, after: number): readonly Row[] {
    const { view, now } = this.#context;
    const time = new Date(now()).toISOString();
    const ofLabels = labels ? view.approvals.open(after, time, BATCH).map(({ seq, ...label }) => ({ seq, label })) : [];
    const ofLifts = lifts ? view.liftRequests.open(after, time, BATCH).map((lift) => ({ seq: lift.seq, lift })) : [];
    return [...ofLabels, ...ofLifts].toSorted((a, b) => a.seq - b.seq).slice(0, BATCH);
  }

  async #waiting({ client, subject }: Requester, row: Row): Promise<WaitingApproval | undefined> {
    const { quarantine, register, identities, policy } = this.#context;
    const { request } = 'label' in row ? row.label : row.lift;
    if (request.policy !== policy()) return undefined;
    const isYours = request.by === client.id || request.person === personOfToken(identities, subject);
    if ('label' in row) {
      const item = await quarantine.find(client, row.label.request.message);
      return item?.status === 'open' ? { isYours, kind: 'label', request: row.label.request } : undefined;
    }
    const protection = await register.find(client, row.lift.request.protection);
    return protection?.status === 'in-force' ? { isYours, kind: 'lift', request: row.lift.request, protection } : undefined;
  }
}
