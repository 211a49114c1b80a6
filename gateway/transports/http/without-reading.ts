/**
 * What asks about an answer without reading it (T72): HEAD, and conditional requests. To know what a client would be given, the gateway must
 * decide and record it as given. So only what is public answers them.
 */
import type { RequestHandler } from 'express';
import type { Operation } from './contract.ts';
import { sendProblem } from './problem.ts';

/** The methods that an operation answers. HEAD of what needs a token is refused: Express would run the GET. */
export const methodsOf = ({ method }: Pick<Operation, 'method'>, isPublic: boolean): readonly string[] =>
  method === 'get' && isPublic ? ['GET', 'HEAD'] : [method.toUpperCase()];

/** Refuses a method, and names those that the path knows. */
export const methodNotAllowed =
  (allowed: () => readonly string[]): RequestHandler =>
  (_request, response) => {
    response.set('Allow', allowed().join(', '));
    sendProblem(response, 'method-not-allowed');
  };

const PRECONDITIONS = ['if-none-match', 'if-modified-since'] as const;

/**
 * Takes preconditions off a request. Answers that are made for one client have no validator, and Express would answer `If-None-Match: *`
 * with 304 after the event was recorded as given.
 */
export const ignorePreconditions: RequestHandler = (request, _response, next) => {
  for (const name of PRECONDITIONS) delete request.headers[name];
  next();
};
