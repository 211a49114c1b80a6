/** `GET /v1/messages/{id}/evidence`: everything about one message in one signed package. */
import { once } from 'node:events';
import type { Evidence } from '../../evidence/evidence.ts';
import { EvidenceTooLarge } from '../../evidence/gather.ts';
import { callerOf } from './auth.ts';
import { accountOf } from './body.ts';
import type { OperationHandler } from './call.ts';
import { closedSignal } from './closed.ts';
import { HttpProblem } from './problem.ts';

export interface EvidenceHttpContext {
  readonly evidence: Pick<Evidence, 'of'>;
}

export const getEvidence =
  ({ evidence }: EvidenceHttpContext): OperationHandler<'getEvidence'> =>
  async ({ path: { id } }, response) => {
    const { client } = callerOf(response.locals);
    if (client.tasks !== undefined)
      throw new HttpProblem('forbidden', { detail: 'This client reads only for a task, and evidence is for none' });
    const found = await evidence.of(client, id, accountOf(response.locals).take).catch((error: unknown) => {
      throw error instanceof EvidenceTooLarge ? new HttpProblem('evidence-too-large', { detail: error.message }) : error;
    });
    if (found === undefined) throw new HttpProblem('not-found');
    response.status(200).set({
      'Content-Type': 'application/zip',
      'Content-Length': String(found.size),
      'Content-Disposition': `attachment; filename="${found.fileName}"`,
      'Cache-Control': 'no-store',
    });
    const closed = closedSignal(response);
    for await (const part of found.parts()) {
      if (closed.aborted) return;
      // One file at a time is in memory: a slow reader holds the next one back.
      if (!response.write(part)) await once(response, 'drain', { signal: closed }).catch(() => undefined);
    }
    response.end();
  };
