/** What the gateway answered to a page, or why there is no page. */
import type { components } from '../../contracts/generated/openapi.d.ts';

export type Schemas = components['schemas'];

/** The gateway answered a problem. */
export class ProblemAnswered extends Error {
  override readonly name = 'ProblemAnswered';
  readonly status: number;
  readonly problem: Partial<Schemas['Problem']>;

  constructor(status: number, problem: Partial<Schemas['Problem']>) {
    super(problem.title ?? String(status));
    this.status = status;
    this.problem = problem;
  }
}

interface Answer {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/** The problem of an answer that has one. */
export const problemOf = ({ error, response }: Answer): ProblemAnswered =>
  new ProblemAnswered(response.status, (error ?? {}) as Partial<Schemas['Problem']>);

/** The data of an answer. Throws {@link ProblemAnswered}. */
export function dataOf<Data>(answer: Answer): Data {
  if (!answer.response.ok || answer.data === undefined) throw problemOf(answer);
  return answer.data as Data;
}
