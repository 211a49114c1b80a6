/** The pseudonym of a case or a person: what messages, disclosures and protections are found by. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, caseOf, openGateway, problem, type TestGateway } from '../../support/gateway.ts';

const URN = '52WX1000426';
const NAME = { familyName: 'Tremayne', givenName: 'Jory', dateOfBirth: '1991-04-17' };

describe('the pseudonym of a case or a person', () => {
  let gateway: TestGateway;
  const ask = (request: object, persona = 'operator'): Promise<Answer> =>
    gateway.post('/v1/pseudonyms', JSON.stringify(request), persona, { 'Content-Type': 'application/json' });
  const pseudonym = async (request: object): Promise<string> => (await ask(request)).body.pseudonym;

  beforeAll(async () => {
    gateway = await openGateway();
  }, 60_000);
  afterAll(() => gateway.close());

  it('of a case is the subject of its events, in every spelling', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(7), 'force');
    const event = await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force');
    const { urn } = (event.body as { data: { case: { urn: string } } }).data.case;
    for (const spelling of [urn, urn.toLowerCase(), `${urn.slice(0, 2)} ${urn.slice(2, 4)}/${urn.slice(4)}`])
      expect(await pseudonym({ urn: spelling })).toBe(event.body.subject);
  });
  it('of a person is the same in every spelling, and of no other person', async () => {
    const known = await pseudonym({ person: NAME });
    expect(await pseudonym({ person: { ...NAME, familyName: ' TREMAYNE ' } })).toBe(known);
    expect(await pseudonym({ person: { ...NAME, dateOfBirth: '1991-04-18' } })).not.toBe(known);
    expect(await pseudonym({ asn: '11/01ZD/01/448754K' })).toBe(await pseudonym({ asn: '1101ZD0100000448754K' }));
  });
  it('is among the persons of a collection in the audit log', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(8), 'force');
    const event = (await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force')).body;
    const [{ name, dateOfBirth }] = event.data.case.defendants;
    const person = { familyName: name.familyName, givenName: name.givenNames[0], dateOfBirth };
    const collected = (await gateway.audit()).flatMap(({ events = [] }) => events).find(({ id }) => id === event.id);
    expect(collected?.persons).toContain(await pseudonym({ person }));
  });
  it('is given to those with the scope only', async () => {
    expect((await ask({ urn: URN }, 'force')).body.type).toBe(problem('forbidden'));
    expect((await gateway.call('/v1/pseudonyms', { method: 'POST' })).status).toBe(401);
  });
  it.each([
    [{}, '/body'],
    [{ urn: URN, asn: '1' }, '/body'],
    [{ urn: ' // ' }, '/body/urn'],
    [{ person: { ...NAME, familyName: '--' } }, '/body/person/familyName'],
    [{ person: { ...NAME, dateOfBirth: '17 April 1991' } }, '/body/person/dateOfBirth'],
  ])('of %j is refused at its place', async (request, at) => {
    const refused = await ask(request);
    expect(refused.status).toBe(400);
    expect(refused.body.reasons[0].at).toBe(at);
  });
  it('leaves the reference in no log; the audit log has who asked, and the pseudonym', async () => {
    const { text } = await ask({ urn: URN });
    expect(text).not.toContain(URN);
    const asked = (await gateway.audit()).filter(({ change }) => change === 'pseudonym').at(-1);
    expect(asked).toMatchObject({ action: 'consultation', who: 'wessex.interchange.operator', subject: await pseudonym({ urn: URN }) });
    for (const said of [gateway.log(), JSON.stringify(await gateway.audit())]) expect(said).not.toMatch(/52WX1000426|tremayne|jory/i);
  });
});
