/** Lifting a protection, as two people do. */
import type { Answer, TestGateway } from './gateway.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** The owner requests it, and the approver approves it. The answer is that of the approval, or of a request that was refused. */
export async function liftByTwo(gateway: Pick<TestGateway, 'post'>, id: string, because = 'The court lifted it.'): Promise<Answer> {
  const path = `/v1/protections/${id}`;
  const asked = await gateway.post(`${path}/lift`, JSON.stringify({ because }), 'owner', JSON_TYPE);
  if (asked.status !== 202) return asked;
  const body = JSON.stringify({ sha256: asked.body.sha256 });
  return gateway.post(`${path}/lift-requests/${asked.body.id}/approval`, body, 'approver', JSON_TYPE);
}
