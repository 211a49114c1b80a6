/** `POST /v1/pseudonyms`: the pseudonym of a case or a person. A body, because an address is kept in logs and in browsers. */
import type { components } from '../../../contracts/generated/openapi.d.ts';
import type { Named, Pseudonyms } from '../../store/pseudonyms.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { HttpProblem } from './problem.ts';

export interface PseudonymsHttpContext {
  readonly pseudonyms: Pseudonyms;
}

const KINDS = { urn: 'urn', asn: 'asn', pncId: 'pnc', croNumber: 'cro' } as const satisfies Readonly<Record<string, Named['kind']>>;

/** What a request names, and the place of it in the request. */
function namedIn(request: components['schemas']['PseudonymRequest']): { readonly named: Named; readonly at: string } | undefined {
  const { person } = request;
  if (person !== undefined) {
    const { familyName, givenName = '', dateOfBirth } = person;
    // A name that is nothing but marks would be the name of everybody who has none.
    const family = /[\p{L}\p{N}]/u.test(familyName);
    return { named: { kind: 'name', value: family ? `${familyName}/${givenName}/${dateOfBirth}` : '' }, at: '/body/person/familyName' };
  }
  for (const name of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const value = request[name];
    if (value !== undefined) return { named: { kind: KINDS[name], value }, at: `/body/${name}` };
  }
  return undefined;
}

export const makePseudonym =
  ({ pseudonyms }: PseudonymsHttpContext): OperationHandler<'makePseudonym'> =>
  async ({ body }, response) => {
    const { client } = callerOf(response.locals);
    const asked = namedIn(body());
    const found = asked && (await pseudonyms.of(client, asked.named));
    if (found === undefined)
      throw new HttpProblem('invalid-request', {
        reasons: [{ code: 'schema-violation', at: asked?.at ?? '/body', reason: 'Must have a letter or a digit' }],
      });
    response.set('Cache-Control', 'no-store').json(found);
  };
