/** Sends the record of a stop, and says what happened to it in words that an officer can act on. */
import { type DeliveredEvent, GatewayProblem, type Interchange } from '../../contracts/client/client.ts';
import { errorsOf, type Form, type FormError } from '../../contracts/client/forms/forms.ts';

type Stop = Omit<DeliveredEvent<'uk.justice.person.stopped.v1'>['data'], 'portions' | 'protections' | 'quality'>;

export type Sent =
  | { readonly isSent: true; readonly receipt: string }
  /** `isSettled` when the gateway has given its answer to this key for good: what is sent next needs another. */
  | { readonly isSent: false; readonly status: number; readonly errors: readonly FormError[]; readonly isSettled: boolean };

const TYPE = 'uk.justice.person.stopped.v1';
const PATIENCE = 10_000;
const KEPT = 'Nothing that you typed is lost.';

const codeOf = ({ problem }: GatewayProblem): string => problem.type.slice(problem.type.lastIndexOf('/') + 1);

const notSent = (status: number, text: string, isSettled = false): Sent => ({ isSent: false, status, errors: [{ text }], isSettled });

function refused(form: Form, error: GatewayProblem): Sent {
  const { status } = error.problem;
  if (status === 429 || status === 503)
    return notSent(503, `The record was not sent: the gateway cannot take it now. ${KEPT} Send it again in a minute.`);
  if (status === 401 || status === 403) return notSent(503, `The record was not sent: the gateway does not let this app send it. ${KEPT}`);
  if (codeOf(error) === 'idempotency-in-flight')
    return notSent(503, `The record is still being sent. ${KEPT} Send it again in a minute: it is recorded once.`);
  if (codeOf(error) === 'idempotency-mismatch')
    return notSent(409, 'This record was already sent with other details. If you send it again, it is recorded as another stop.', true);
  return { isSent: false, status: 422, errors: errorsOf(form, error.problem), isSettled: true };
}

const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Without an answer nobody can know whether it arrived, unless there was no connection at all. */
const unanswered = (error: unknown): Sent => {
  const { code } = ((error as Error).cause ?? {}) as { readonly code?: string };
  const what = NO_CONNECTION.has(code ?? '')
    ? 'The record was not sent: there is no connection.'
    : 'The record was not confirmed: there was no answer.';
  return notSent(503, `${what} ${KEPT} Send it again when you have a connection: it is recorded once.`);
};

const late = (milliseconds: number): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Error('No answer')), milliseconds).unref());

/** The same key sends the same record once, however often it is tried. */
export async function send(client: Pick<Interchange, 'submit'>, form: Form, data: unknown, key: string, pause = 250): Promise<Sent> {
  for (let tries = 1; ; tries++) {
    try {
      const { id } = await Promise.race([client.submit(TYPE, data as Stop, { idempotencyKey: key }), late(PATIENCE)]);
      return { isSent: true, receipt: id };
    } catch (error) {
      if (!(error instanceof GatewayProblem)) return unanswered(error);
      // A double tap: the first one is under way, and its answer is this one's too.
      if (codeOf(error) !== 'idempotency-in-flight' || tries === 8) return refused(form, error);
      await new Promise((resolve) => setTimeout(resolve, pause * tries));
    }
  }
}
