/** Offences against a person or a shop: real codes, invented wording. */
import type { Theme } from './offence.ts';
import type { Random } from './random.ts';

const pounds = (random: Random, least: number, most: number): string => `£${random.int(least, most)}.${random.int(10, 99)}`;

export const SHOP_THEFT: Theme = {
  weight: 15,
  against: 'shop',
  accused: 'anybody',
  summoned: 0.1,
  stop: {
    power: 'PACE1984_s1',
    kind: 'person-search',
    object: 'stolen-goods',
    grounds: 'Seen by staff to leave with goods that were not paid for.',
  },
  kinds: [
    {
      code: 'TH68010',
      mode: '03',
      facts: 'The shop has the theft on camera. The goods were found and given back.',
      says: (random, shop) =>
        `stole ${random.pick(['groceries', 'cosmetics', 'clothing', 'wine'])} worth ${pounds(random, 8, 180)} from ${shop}.`,
    },
  ],
};

export const THEFT: Theme = {
  weight: 13,
  against: 'person',
  accused: 'anybody',
  summoned: 0.05,
  kinds: [
    {
      code: 'TH68006',
      mode: '03',
      facts: 'The bicycle was locked. The lock was found cut.',
      says: (random, victim) => `stole a bicycle worth ${pounds(random, 90, 900)} belonging to ${victim}.`,
    },
    {
      code: 'TH68036',
      mode: '03',
      facts: 'A rear window was open. Nobody was at home.',
      says: (random, victim) =>
        `entered the home of ${victim} as a trespasser and stole ${random.pick(['a laptop', 'jewellery', 'cash', 'two telephones'])}.`,
    },
  ],
};

export const VIOLENCE: Theme = {
  weight: 23,
  against: 'person',
  accused: 'anybody',
  summoned: 0.05,
  kinds: [
    {
      code: 'CJ88116',
      mode: '01',
      facts: 'A neighbour heard shouting and called 999.',
      says: (_, victim) => `assaulted ${victim} by beating.`,
    },
    { code: 'CJ88001', mode: '01', facts: 'They had argued about a parking space.', says: (_, victim) => `assaulted ${victim}.` },
    {
      code: 'OF61102',
      mode: '03',
      facts: 'The injuries were a cut lip and bruises. There are photographs.',
      says: (_, victim) => `assaulted ${victim} and so caused actual bodily harm.`,
    },
  ],
};

export const SEXUAL: Theme = {
  weight: 8,
  against: 'person',
  accused: 'anybody',
  summoned: 0,
  isSexual: true,
  kinds: [
    {
      code: 'SX03007',
      mode: '03',
      victim: '2',
      facts: 'The complainant told a friend the same day.',
      says: (_, victim) => `sexually assaulted ${victim}.`,
    },
    {
      code: 'SX03008',
      mode: '03',
      victim: '1',
      facts: 'The complainant told a teacher the same day.',
      says: (_, victim) => `sexually assaulted ${victim}.`,
    },
    {
      code: 'SX03005',
      mode: '02',
      victim: '2',
      facts: 'The complainant gave a recorded interview.',
      says: (_, victim) => `sexually assaulted ${victim} by penetration.`,
    },
    {
      code: 'SX03128',
      mode: '03',
      facts: 'There is another witness.',
      says: (_, victim) => `committed an act of exposure towards ${victim}.`,
    },
  ],
};

export const DAMAGE: Theme = {
  weight: 7,
  against: 'person',
  accused: 'anybody',
  summoned: 0.1,
  kinds: [
    {
      code: 'CD71039',
      mode: '01',
      facts: 'A doorbell camera shows it.',
      says: (random, victim) =>
        `damaged ${random.pick(['a window', 'a garden wall', 'a car door'])} belonging to ${victim}, value ${pounds(random, 60, 900)}.`,
    },
  ],
};
