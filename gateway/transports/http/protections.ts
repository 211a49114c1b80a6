/** `/v1/protections`: the register of who must not be identified, for those who hold the restrictions. */
import { PROTECTION_REASONS } from '../../labels/policy-document.ts';
import type { LiftRecord } from '../../protections/register.ts';
import type { Cursors } from '../../reading/cursor.ts';
import type { EventReader } from '../../reading/event-reader.ts';
import type { ProtectionRegister, RegisterItem } from '../../store/register.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';
import { HttpProblem } from './problem.ts';

export interface ProtectionsHttpContext {
  readonly register: ProtectionRegister;
  readonly eventReader: EventReader;
  readonly cursors: Cursors;
}

const TOPIC = 'protections';

const approvedBy = ({ approvedBy: second }: LiftRecord) => (second === undefined ? {} : { approvedBy: second });

/** A protection without the pseudonyms of the person: they are for the gateway alone. */
export const publicProtection = ({ protection, lifted, status }: RegisterItem) => {
  const { id, case: subject, kind, restrictions, reason, title, law, event, by, since, until } = protection;
  return {
    id,
    subject,
    status,
    ...(kind === undefined ? {} : { kind }),
    // A reason of a later version is not in this contract: the protection holds all the same.
    restrictions,
    reason: reason in PROTECTION_REASONS ? reason : 'register',
    title,
    law,
    ...(event === undefined ? {} : { event }),
    by,
    since,
    ...(until === undefined ? {} : { until }),
    ...(lifted === undefined ? {} : { lifted: { by: lifted.by, ...approvedBy(lifted), because: lifted.because, time: lifted.time } }),
  };
};

export const listProtections =
  ({ register, cursors }: ProtectionsHttpContext): OperationHandler<'listProtections'> =>
  async ({ query: { cursor, limit, status, subject } }, response) => {
    const { client } = callerOf(response.locals);
    const filters = { status, subject };
    const standing = cursor === undefined ? {} : await standingAt(cursors, client, cursor, filters);
    const { items, next, more } = await register.list(client, {
      after: standing[TOPIC]?.[0] ?? 0,
      limit,
      ...(status === undefined ? {} : { status }),
      ...(subject === undefined ? {} : { subject }),
    });
    response.json({
      protections: items.map(publicProtection),
      cursor: await cursors.write(client.id, { [TOPIC]: { 0: next } }, filters),
      more,
    });
  };

export const getProtection =
  ({ register }: ProtectionsHttpContext): OperationHandler<'getProtection'> =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    const found = await register.get(client, path.id);
    if (found === undefined) throw new HttpProblem('not-found');
    response.json(publicProtection(found));
  };

export const imposeProtection =
  ({ register, eventReader }: ProtectionsHttpContext): OperationHandler<'imposeProtection'> =>
  async ({ body }, response) => {
    const { client } = callerOf(response.locals);
    const imposition = body();
    if ((imposition.case === undefined) === (imposition.subject === undefined))
      throw new HttpProblem('invalid-request', {
        reasons: [{ code: 'schema-violation', at: '/body/case', reason: 'Name the case by `case` or by `subject`, one of them' }],
      });
    // Asked first: an answer that fails must not leave an order behind of which nobody is told.
    const events = await eventReader.count(client, register.subjectOf(imposition));
    const imposed = await register.impose(client, imposition);
    if (imposed === 'forbidden')
      throw new HttpProblem('forbidden', { detail: 'A restriction is not of the policy, or the client does not hold it' });
    if (imposed === 'never-ends')
      throw new HttpProblem('invalid-request', {
        reasons: [{ code: 'schema-violation', at: '/body/until', reason: 'A restriction that is for life has no end: leave `until` out' }],
      });
    response
      .status(201)
      .set('Location', `/v1/protections/${imposed.protection.id}`)
      .json({ ...publicProtection(imposed), events });
  };
