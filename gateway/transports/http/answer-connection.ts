/** The problem report for what never became a request. */
import type { ConnectionAnswer, ConnectionFault } from '../server.ts';
import { PROBLEMS, problemOf } from './problem.ts';

export const answerConnection = (fault: ConnectionFault): ConnectionAnswer => ({
  status: PROBLEMS[fault][0],
  mediaType: 'application/problem+json',
  body: JSON.stringify(problemOf(fault)),
});
