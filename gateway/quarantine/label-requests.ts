/**
 * Lowers the label of a message in quarantine: one person requests it, and a second person who may read the message approves it. An
 * approval holds for certain bytes and one policy, and expires (design, "Labels"; T52).
 */
import { randomBytes } from 'node:crypto';
import { type Refusal, refusal } from '../../adapters/refusal.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import type { Label } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { compileLabel } from '../labels/policy.ts';
import { invalidities } from '../labels/validity.ts';
import type { Identities } from '../pipeline/ids.ts';
import { actorOf } from '../rules/clients.ts';
import { personOfToken, REQUEST_MILLISECONDS, type Requester } from '../rules/requester.ts';
import type { Journal } from '../store/journal.ts';
import type { LabelRequestEntry } from '../store/view/approvals-table.ts';
import type { View } from '../store/view/view.ts';
import { APPROVALS, type LabelApproval, type LabelRequest, record } from '../wire/streams.ts';

/** The most requests for one message. Each is read whenever one is approved or used. */
const MOST_REQUESTS = 200;

/** A refusal of a label, at its place in the request. */
const inBody = (refusal: Refusal): Refusal => ({ ...refusal, at: `/body/label${refusal.at ?? ''}` });

export interface LabelRequestsContext {
  readonly view: View;
  readonly journal: Journal;
  readonly labelling: () => Labelling;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly now: () => number;
  readonly policy: () => string;
}

/** The label that a person requests. */
export interface RequestedLabel {
  readonly label: Label;
  readonly sha256: string;
  readonly because: string;
}

export type Approved = LabelRequestEntry | 'not-found' | 'same-person' | 'lapsed';

export class LabelRequests {
  readonly #context: LabelRequestsContext;

  constructor(context: LabelRequestsContext) {
    this.#context = context;
  }

  /** The requests for a message, oldest first. The caller checks that the client may see the message. */
  async list(message: string): Promise<readonly LabelRequestEntry[]> {
    await this.#context.view.caughtUp('approvals');
    return this.#context.view.approvals.of(message);
  }

  /** Requests that a message be sent again under another label than its original. */
  async ask({ client, subject }: Requester, message: string, { label, sha256, because }: RequestedLabel): Promise<Result<LabelRequest>> {
    const { labelling, now, journal, policy, identities } = this.#context;
    const compiled = compileLabel(labelling().policy, label);
    const [first, ...others] = compiled.ok ? invalidities(labelling().policy, compiled.value) : compiled.refusals;
    if (first !== undefined) return failure(inBody(first), ...others.map(inBody));
    if ((await this.list(message)).length >= MOST_REQUESTS) return failure(refusal('too-many-requests-for-message'));
    const time = now();
    const request: LabelRequest = {
      id: randomBytes(32).toString('base64url'),
      message,
      label,
      sha256,
      policy: policy(),
      because,
      by: client.id,
      person: personOfToken(identities, subject),
      time: new Date(time).toISOString(),
      expires: new Date(time + REQUEST_MILLISECONDS).toISOString(),
    };
    await journal.commit(
      [record(APPROVALS, message, { request })],
      [
        {
          action: 'alteration',
          ...actorOf(client),
          decision: 'none',
          policy: policy(),
          messageId: message,
          change: 'request a lower label',
        },
      ],
    );
    await this.#context.view.caughtUp('approvals');
    return success(request);
  }

  /** Approves a request by another person with another client. */
  async approve({ client, subject }: Requester, message: string, id: string): Promise<Approved> {
    const { now, journal, policy, identities } = this.#context;
    const found = (await this.list(message)).find(({ request }) => request.id === id);
    if (found === undefined) return 'not-found';
    const { request } = found;
    const person = personOfToken(identities, subject);
    if (request.by === client.id) return 'same-person';
    if (request.person === person) return 'same-person';
    if (request.person === undefined) return 'lapsed';
    if (Date.parse(request.expires) <= now() || request.policy !== policy()) return 'lapsed';
    const approval = { request: id, by: client.id, person, time: new Date(now()).toISOString() };
    await journal.commit(
      [record(APPROVALS, message, { approval })],
      [
        {
          action: 'alteration',
          ...actorOf(client),
          decision: 'none',
          policy: policy(),
          messageId: message,
          change: 'approve a lower label',
        },
      ],
    );
    return (await this.list(message)).find((entry) => entry.request.id === id) ?? 'not-found';
  }

  /** The approved label for the bytes of a resubmission; undefined where no valid approval exists. */
  async approved(message: string, sha256: string): Promise<Label | undefined> {
    const { now, policy } = this.#context;
    const valid = (await this.list(message)).filter(
      ({ request, approval }) =>
        approval !== undefined &&
        isByTwoPeople(request, approval) &&
        request.sha256 === sha256 &&
        request.policy === policy() &&
        Date.parse(request.expires) > now(),
    );
    return valid.at(-1)?.request.label;
  }
}

const isByTwoPeople = (request: LabelRequest, approval: LabelApproval): boolean =>
  approval.by !== request.by && request.person !== undefined && approval.person !== undefined && approval.person !== request.person;
