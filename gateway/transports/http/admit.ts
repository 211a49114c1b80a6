/** Limits what one caller may have in progress at once: requests, streams and bytes (T50, T58). */
import type { RequestHandler, Response } from 'express';
import type { ByteBudget } from '../byte-budget.ts';
import type { Caller } from './auth.ts';
import { HttpProblem } from './problem.ts';

/** Callers without a token share one account. */
const ANONYMOUS = '(anonymous)';

const callerId = ({ locals }: Response): string => (locals.caller as Caller | undefined)?.client.id ?? ANONYMOUS;

/** Counts a request until it is answered. Throws HttpProblem when the caller has reached the limit. */
export function admit(budget: ByteBudget, most: number, what: 'requests' | 'streams' | 'forms'): RequestHandler {
  const underWay = new Map<string, number>();
  return (_request, response, next) => {
    const caller = callerId(response);
    const count = underWay.get(caller) ?? 0;
    if (count >= most)
      throw new HttpProblem('too-many-requests', { detail: `This client already has ${most} ${what} in progress, which is its limit` });
    underWay.set(caller, count + 1);
    const account = budget.open(caller);
    response.locals.account = account;
    response.once('close', () => {
      account.close();
      const left = (underWay.get(caller) ?? 1) - 1;
      if (left > 0) underWay.set(caller, left);
      else underWay.delete(caller);
    });
    next();
  };
}
