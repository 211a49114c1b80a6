import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { Raise } from '../../gateway/labels/label-event.ts';
import { compileRaise } from '../../gateway/labels/policy.ts';
import { PROTECTION_REASONS } from '../../gateway/labels/policy-document.ts';
import { type Slot, slotsOf } from '../../gateway/labels/portions.ts';
import { PlainMatcher } from '../../gateway/protections/mentions.ts';
import { type Keys, keysOfPerson, NOBODY } from '../../gateway/protections/people.ts';
import type { Protection } from '../../gateway/protections/protection.ts';
import { joinRaises, Raiser, raisedBy } from '../../gateway/protections/raiser.ts';
import { ADULT_BORN, courtLaw, defendantOf, HEARING_PLAN, hearing, named, raisedPointers, victim, YOUTH_BORN } from './invented-court.ts';

const { policy } = courtLaw();
const raiseWith = (...restrictions: readonly string[]) => compileRaise(policy, { restrictions });
const keysOf = (familyName: string, given = 'Kai'): Keys => keysOfPerson({ person: named(familyName, given) } as unknown as JsonObject);
const protectionOf = (id: string, keys: Keys, more: Partial<Protection> = {}): Protection => ({
  id,
  title: id,
  law: 'Youth Act',
  reason: 'under-18',
  restrictions: ['YOUTH'],
  kind: 'defendant',
  raise: raiseWith('YOUTH'),
  portions: new Set(['name', 'victim']),
  keys,
  relatives: [],
  matcher: new PlainMatcher('defendant', keys),
  ...more,
});
/** A protection of a victim, who is known by the same keys. */
const asVictim = (protection: Protection): Protection => ({
  ...protection,
  kind: 'victim',
  matcher: new PlainMatcher('victim', protection.keys),
});

/** What raises the places of an event, by pointer. */
function raisesIn(defendants: readonly object[], protections: readonly Protection[]): ReadonlyMap<string, Raise | undefined> {
  const { data } = hearing(defendants);
  const raiser = new Raiser(policy, data, protections);
  return new Map(slotsOf(HEARING_PLAN, data, () => true).slots.map((slot) => [slot.pointer, raiser.raiseOf(slot)]));
}
const namesOf = (raise: Raise | undefined): readonly string[] => raise?.by.map(({ id }) => id) ?? [];

describe('the reasons for a raise', () => {
  it('are the law, and the reason where there is one', () => {
    const rule = { id: 'youth', title: 'Youth', law: 'Youth Act' };
    expect(raisedBy(rule)).toStrictEqual(rule);
    expect(raisedBy(rule, 'age-not-known')).toStrictEqual({ ...rule, reason: PROTECTION_REASONS['age-not-known'] });
  });
});

describe('several raises', () => {
  const [youth, life] = ['YOUTH', 'LIFE'].map((id): Raise => ({ label: raiseWith(id), by: [{ id, title: id, law: 'An Act' }] })) as [
    Raise,
    Raise,
  ];
  it('are joined with all their labels and reasons', () => {
    expect(joinRaises(policy, [youth, life])).toEqual({ label: raiseWith('YOUTH', 'LIFE'), by: [...youth.by, ...life.by] });
  });
  it('are undefined for none, and the same raise for one', () => {
    expect(joinRaises(policy, [])).toBeUndefined();
    expect(joinRaises(policy, [youth])).toBe(youth);
  });
});

describe('a place', () => {
  const letters = [...'BCDFGKLMNPRS'];
  it('names the protected persons in the order in which they were found, for any number', () => {
    const protections = letters.map((letter, n) => protectionOf(String(n), keysOf(`${letter}ARROW`, `${letter}AI`)));
    const people = letters.toReversed().map((letter) => `${letter}arrow`);
    const raises = raisesIn([defendantOf('Oakes', 'Gethin', ADULT_BORN, { aliases: [{ familyName: people.join(' ') }] })], protections);
    expect(namesOf(raises.get('/defendants/0/aliases'))).toEqual(protections.map(({ id }) => id));
  });
  it('shares its raise with other places of the same people', () => {
    const protections = ['Yarrow', 'Quill', 'Tern'].map((family) => protectionOf(family, keysOf(family)));
    const both = { aliases: [{ familyName: 'Yarrow Quill' }], address: { lines: ['Quill House', 'Yarrow'] } };
    const raises = raisesIn([defendantOf('Oakes', 'Gethin', ADULT_BORN, both)], protections);
    expect(namesOf(raises.get('/defendants/0/aliases'))).toEqual(['Yarrow', 'Quill']);
    expect(raises.get('/defendants/0/address')).toBe(raises.get('/defendants/0/aliases'));
  });
  it('of one protected person is raised for nobody else', () => {
    const raises = raisesIn(
      [defendantOf('Yarrow', 'Kai', ADULT_BORN), defendantOf('Quill', 'Wren', ADULT_BORN), defendantOf('Oakes', 'Gethin', ADULT_BORN)],
      [protectionOf('first', keysOf('Yarrow')), protectionOf('second', keysOf('Quill', 'Wren'))],
    );
    expect([0, 1, 2].map((n) => namesOf(raises.get(`/defendants/${n}/person/dateOfBirth`)))).toEqual([['first'], ['second'], []]);
  });
  it('of a portion that a protection does not raise stays unchanged next to one that another raises', () => {
    const home = protectionOf('home', keysOf('Yarrow'), { portions: new Set(['home']) });
    const raises = raisesIn(
      [defendantOf('Yarrow', 'Kai', ADULT_BORN, { address: { lines: ['1 Mole Row'] } })],
      [home, protectionOf('name', keysOf('Yarrow'))],
    );
    expect(namesOf(raises.get('/defendants/0/address'))).toEqual(['home']);
    expect(namesOf(raises.get('/defendants/0/person/dateOfBirth'))).toEqual(['name']);
  });
  it('of a company describes nobody', () => {
    const company = { organisation: { name: 'Mole Boats' }, aliases: [{ familyName: 'Mole Ferries' }] };
    expect(raisesIn([company], [protectionOf('anybody', NOBODY, { kind: undefined })]).get('/defendants/0/aliases')).toBeUndefined();
  });
});

describe('a place of another person', () => {
  const protectedPerson = defendantOf('Yarrow', 'Kai', YOUTH_BORN, { address: { lines: ['14 Larkspur Way'] } });
  it.each([
    ['the name', { address: { lines: ['c/o Yarrow'] } }, ['/defendants/1/address']],
    ['the address in another spelling', { address: { lines: ['14, Larkspur-Way'] } }, ['/defendants/1/address']],
    ['the house next door, in the same street', { address: { lines: ['15 Larkspur Way'] } }, ['/defendants/1/address']],
    ['another address', { address: { lines: ['15 Quay Street'] } }, []],
    ['the given name', { aliases: [{ familyName: 'Kai' }] }, ['/defendants/1/aliases']],
  ])('is raised where it mentions the protected person: %s', (_, more, expected) => {
    const raised = raisedPointers(hearing([protectedPerson, defendantOf('Marrable', 'Maris', ADULT_BORN, more)]));
    expect(raised.filter((pointer) => pointer.startsWith('/defendants/1'))).toEqual(expected);
  });
});

describe('a list of victims', () => {
  const victims = (...people: readonly object[]) => [defendantOf('Oakes', 'Gethin', ADULT_BORN, { offences: [{ victims: people }] })];
  const AT = '/defendants/0/offences/0/victims';
  /** A victim of whom only the date of birth is said. */
  const nameless = { dateOfBirth: ADULT_BORN };
  const raised = (people: readonly object[], ...protections: readonly Protection[]) =>
    namesOf(raisesIn(victims(...people), protections).get(AT));
  it('is raised for a victim who may be the protected victim, in any position', () => {
    const complainant = asVictim(protectionOf('complainant', keysOf('Prosser', 'Ffion')));
    expect(raised([victim('Oakes', 'Maris'), nameless], complainant)).toEqual(['complainant']);
    expect(raised([victim('Oakes', 'Maris')], complainant)).toEqual([]);
  });
  it('is not raised for a victim without a name, where a defendant is protected', () => {
    expect(raised([nameless], protectionOf('youth', keysOf('Yarrow')))).toEqual([]);
  });
  it('is raised for victims by protections that raise victims, and by no others', () => {
    const complainant = asVictim(protectionOf('complainant', keysOf('Prosser', 'Ffion')));
    expect(raised([nameless], { ...complainant, portions: new Set(['name']) })).toEqual([]);
  });
  it('is raised by a mention, where the person is not one of the victims', () => {
    const youth = protectionOf('youth', keysOf('Yarrow'), { portions: new Set(['name']) });
    expect(raised([{ ...nameless, address: { lines: ['c/o Yarrow'] } }], youth)).toEqual(['youth']);
  });
});

describe('a defendant', () => {
  const raised = (person: object, protection: Protection) =>
    namesOf(raisesIn([{ person }], [protection]).get('/defendants/0/person/dateOfBirth'));
  const nameless = { dateOfBirth: ADULT_BORN };
  it('without a name may be the protected defendant, and is not confused with a protected victim', () => {
    const youth = protectionOf('youth', keysOf('Yarrow'));
    expect(raised(nameless, youth)).toEqual(['youth']);
    expect(raised(nameless, asVictim(youth))).toEqual([]);
  });
  it('may be the protected victim by name', () => {
    expect(raised({ ...named('Proser', 'Ffion'), ...nameless }, asVictim(protectionOf('complainant', keysOf('Prosser', 'Ffion'))))).toEqual(
      ['complainant'],
    );
  });
});

describe('a place with unexpected text', () => {
  /** Whether a value of somebody else is raised, where a youth is protected whom it does not mention. */
  const isRaised = (property: string, value: unknown): boolean => {
    const raiser = new Raiser(policy, {}, [protectionOf('youth', keysOf('Yarrow'))]);
    const place = { holder: { [property]: value } as JsonObject, property, pointer: `/${property}`, portion: 'name', within: [] };
    return raiser.raiseOf({ ...place, isText: false, isUnlisted: false } as Slot) !== undefined;
  };
  it('has more than 2,000 characters', () => {
    expect([2000, 2001].map((length) => isRaised('name', 'x'.repeat(length)))).toEqual([false, true]);
  });
  it('has a word in two alphabets, at any depth', () => {
    expect(isRaised('name', { familyName: 'Oаkes' })).toBe(true);
    expect(isRaised('aliases', [{ familyName: 'Oakes' }, { givenNames: ['Gethin', 'Oаkes'] }])).toBe(true);
    expect(isRaised('name', { familyName: 'Окс' })).toBe(false);
  });
  it('is searched below a name as in the name, and by the nearest property that defines what belongs there', () => {
    expect(isRaised('name', { parts: { first: 'see 999' } })).toBe(true);
    expect(isRaised('contact', { address: { lines: ['at@home'] }, emails: ['at@home.example'] })).toBe(true);
    expect(isRaised('address', { lines: ['Quay Street'], emails: ['a@b.example'] })).toBe(false);
    expect(isRaised('person', { name: { familyName: 'Oakes 7' } })).toBe(true);
    expect(isRaised('person', { note: 'Oakes 7' })).toBe(false);
  });
  it.each([
    ['a telephone number with a short word', { phones: ['07700 900 318 ext 2'] }, false],
    ['a telephone number with a word of four letters', { phones: ['07700 900318 home'] }, true],
    ['an address without an at sign', { address: '9 Quay Street' }, false],
    ['an e-mail address with a tab', { emails: ['a@b\texample'] }, true],
    ['a number', { name: 7 }, false],
    ['yes', { name: true }, false],
    ['nothing', { name: null }, false],
  ])('is recognised by what does not belong there: %s', (_, contact, expected) => {
    expect(isRaised('contact', contact)).toBe(expected);
  });
});
