/** For which person a client acts: a header, or a token that says so (RFC 8693). Only a keyed pseudonym of the person goes on from here. */
import type { RequestHandler } from 'express';
import { refusal } from '../../../adapters/refusal.ts';
import type { Identities } from '../../pipeline/ids.ts';
import { type Caller, callerOf } from './auth.ts';
import { HttpProblem } from './problem.ts';

export const ON_BEHALF_OF = 'X-On-Behalf-Of';

const refused = (code: 'on-behalf-of-missing' | 'on-behalf-of-differs'): HttpProblem =>
  new HttpProblem('invalid-request', { reasons: [refusal(code, undefined, `/header/${ON_BEHALF_OF}`)] });

/** Gives the client of a request the pseudonym of its person. Throws HttpProblem where the client must name one and does not, or names two. */
export function onBehalfOf({ pseudonym }: Pick<Identities, 'pseudonym'>): RequestHandler {
  return (request, response, next) => {
    const caller: Caller = callerOf(response.locals);
    const named = request.get(ON_BEHALF_OF);
    if (named !== undefined && caller.actsFor !== undefined && named !== caller.actsFor) throw refused('on-behalf-of-differs');
    const person = named ?? caller.actsFor;
    if (person === undefined) {
      if (caller.client.requireOnBehalfOf) throw refused('on-behalf-of-missing');
    } else response.locals.caller = { ...caller, client: { ...caller.client, onBehalfOf: pseudonym('person-of-token', person) } };
    next();
  };
}
