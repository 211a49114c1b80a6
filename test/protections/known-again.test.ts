/**
 * A person who is protected in one event is recognised there and in the next event of the case, in all usual forms of names and details.
 */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { knownOf } from '../../gateway/protections/register.ts';
import { clearanceFor, context, eventOf, labelling, must, NOW, policy, take, verifier } from '../support/rules-in-force.ts';

const WIDE = clearanceFor({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION'] });
const sealVerifier = verifier();
const event = (defendants: readonly JsonObject[]): string =>
  JSON.stringify({
    specversion: '1.0',
    type: 'uk.justice.hearing.resulted.v1',
    data: { case: { urn: '52WX1000555' }, hearing: { date: '2026-11-16', courtHouse: { ouCode: 'B01EF01' } }, defendants },
  });
const youth = (more: JsonObject = {}, name: JsonObject = { givenNames: ['Rhodri'], familyName: 'Maddox' }): JsonObject => ({
  person: { name, dateOfBirth: '2012-11-23', contact: { phones: { mobile: '07700 900123' } } },
  address: { paon: '14', street: 'Quay Street', town: 'Aberllyn', postcode: 'ZZ1 4QT' },
  ...more,
});
const adult = ({ address, ...more }: JsonObject): JsonObject => ({
  person: { name: { givenNames: ['Gethin'], familyName: 'Oakes' }, dateOfBirth: '1985-02-03', ...more },
  ...(address === undefined ? {} : { address }),
});

/** What a reader without the restriction gets about the adult together with the youth, and about the adult alone in the next event. */
async function given(details: JsonObject, protectedOne: JsonObject): Promise<readonly [together: string, alone: string]> {
  const first = take(event([protectedOne]), { canonical: true });
  if (first.kind !== 'accepted') throw new Error(JSON.stringify(first));
  const texts: string[] = [];
  for (const defendants of [[adult(details), protectedOne], [adult(details)]]) {
    const { event: sealed, topic } = await eventOf(event(defendants), { canonical: true });
    const { subject = '' } = sealed;
    const entries = first.register.map((protection) => ({ protection }));
    const known = knownOf(policy, subject, defendants.length === 1 ? entries : [], context.identities.pseudonym, NOW);
    const decision = decide(labelling, must(await sealVerifier.verify(sealed, topic)), WIDE, NOW, { known });
    texts.push(decision.verdict === 'deny' ? '' : JSON.stringify((decision.event.data as JsonObject).defendants));
  }
  return texts as [string, string];
}

const named = (familyName: string, givenNames: readonly string[] = ['Gethin']): JsonObject => ({ name: { givenNames, familyName } });
const address = (...lines: readonly string[]): JsonObject => ({ address: { lines } });
const MADDOX = youth();

describe('a protected person in another event', () => {
  const cases: readonly (readonly [what: string, hidden: string, details: JsonObject, protectedOne?: JsonObject])[] = [
    ['a family name in the possessive', 'mother', named('Maddox’s mother')],
    ['a given name in the possessive', 'house', named("c/o Rhodri's house")],
    ['both names as one word', 'RhodriMaddox', named('RhodriMaddox')],
    ['a name in the plural', 'Maddoxes', named('The Maddoxes')],
    ['a name that was spelled out', 'M A D D O X', named('M A D D O X')],
    ['a name with hyphens in it', 'Ma-dd-ox', named('Ma-dd-ox')],
    ['a letter of another alphabet', 'Mаddox', named('Mаddox')],
    ['a filler that nobody sees', 'Mad', named('Mad\u3164dox')],
    ['an e-mail address', 'rmaddox', { contact: { emails: ['rmaddox@example.org'] } }],
    ['an e-mail address with digits', 'rhodrimaddox12', { contact: { emails: ['rhodrimaddox12@example.org'] } }],
    ['an umlaut written out', 'Mueller', named('Mueller'), youth({}, { givenNames: ['Kai'], familyName: 'Müller' })],
    ['an umlaut', 'Müller', named('Müller'), youth({}, { givenNames: ['Kai'], familyName: 'Mueller' })],
    ['Mac for Mc', 'MacDonald', named('MacDonald'), youth({}, { givenNames: ['Kai'], familyName: 'McDonald' })],
    ['the second part of a name', 'Neill', named('Neill'), youth({}, { givenNames: ['Kai'], familyName: 'O’Neill' })],
    ['a letter that Unicode does not take apart', 'Haddad', named('Haddad'), youth({}, { givenNames: ['Kai'], familyName: 'Ħaddad' })],
    ['the same telephone number', '900123', { contact: { phones: { mobile: '07700 900123' } } }],
    ['a telephone number with +44', '900123', { contact: { phones: { mobile: '+44 7700 900123' } } }],
    ['house and street in one line', 'Quay', address('14 Quay Street, Aberllyn')],
    ['a postcode in a line', '4QT', address('Flat 3', 'Aberllyn ZZ1 4QT')],
    ['a street without the house', 'Tern', { address: { street: 'Tern Lane', paon: '9' } }, youth({ address: { lines: ['6 Tern Lane'] } })],
    [
      'a detail with text after it',
      'Quay',
      address('14 Quay Street'),
      youth({ address: { street: 'Quay Street and not to contact the family at all' } }),
    ],
  ];
  it.each(cases.map(([what, hidden, details, protectedOne]) => ({ what, hidden, details, protectedOne })))(
    'is recognised by $what',
    async ({ hidden, details, protectedOne }) => {
      const [together, alone] = await given(details, protectedOne ?? MADDOX);
      expect(together).not.toContain(hidden);
      expect(alone).not.toContain(hidden);
      expect([together, alone].every((text) => text !== '')).toBe(true);
    },
  );

  it('is not confused with a person who shares nothing', async () => {
    for (const text of await given({ ...named('Oakes'), ...address('3 Tern Lane', 'Saltmouth', 'ZZ1 9XW') }, MADDOX)) {
      expect(text).toContain('Oakes');
      expect(text).not.toContain('Rhodri');
    }
  });
});

describe('the register', () => {
  const open = async (text: string, { lifted, until }: { readonly lifted?: boolean; readonly until?: string } = {}) => {
    const accepted = take(text, { canonical: true });
    if (accepted.kind !== 'accepted') throw new Error(JSON.stringify(accepted));
    const { event: sealed, topic } = await eventOf(text, { canonical: true });
    const entries = accepted.register.map((protection) => ({
      protection: { ...protection, ...(until === undefined ? {} : { until }) },
      ...(lifted === true
        ? { lifted: { id: protection.id, case: protection.case, by: 'owner', because: 'Ordered.', time: '2026-11-23T12:00:00Z' } }
        : {}),
    }));
    const known = knownOf(policy, sealed.subject ?? '', entries, context.identities.pseudonym, NOW);
    const decision = decide(labelling, must(await sealVerifier.verify(sealed, topic)), WIDE, NOW, { known });
    return decision.verdict === 'deny' ? '' : JSON.stringify(decision.event.data);
  };
  it('reveals the details of a person whose protection was lifted', async () => {
    expect(await open(event([MADDOX]))).not.toContain('Maddox');
    expect(await open(event([MADDOX]), { lifted: true })).toContain('Maddox');
  });
  it('does not confuse two persons without names', async () => {
    const text = event([youth({}, {})]);
    expect(await open(text)).not.toContain('Quay');
    expect(await open(text, { lifted: true })).not.toContain('Quay');
  });
});
