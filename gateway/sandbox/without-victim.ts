/** Offences against nobody in particular: real codes, invented wording. */
import type { Theme } from './offence.ts';

export const DRUGS: Theme = {
  weight: 5,
  against: 'nobody',
  accused: 'anybody',
  summoned: 0,
  stop: {
    power: 'MDA1971_s23',
    kind: 'person-search',
    object: 'controlled-drugs',
    grounds: 'A strong smell of cannabis, and something passed from hand to hand.',
  },
  kinds: [
    {
      code: 'MD71530',
      mode: '03',
      facts: 'Found in a coat pocket.',
      says: (random) => `had ${random.int(2, 9)} grams of cannabis, a controlled drug of class B.`,
    },
  ],
};

export const BLADE: Theme = {
  weight: 3,
  against: 'nobody',
  accused: 'anybody',
  summoned: 0,
  stop: {
    power: 'PACE1984_s1',
    kind: 'person-search',
    object: 'offensive-weapons',
    grounds: 'A caller described somebody of this appearance who had shown a knife.',
  },
  kinds: [
    { code: 'CJ88144', mode: '03', facts: 'Found in a waistband.', says: () => 'had a lock knife in a public place without good reason.' },
  ],
};

export const DRIVING: Theme = {
  weight: 14,
  against: 'nobody',
  accused: 'adult',
  summoned: 0.8,
  stop: { power: 'RTA1988_s163', kind: 'vehicle-stop', grounds: 'The camera of the patrol car showed no insurance for the vehicle.' },
  kinds: [
    {
      code: 'RT88191',
      mode: '01',
      hasVehicle: true,
      facts: 'No insurer had a policy for the vehicle.',
      says: () => 'used a motor vehicle on a road without insurance.',
    },
    {
      code: 'RT88575',
      mode: '01',
      hasVehicle: true,
      facts: 'The vehicle crossed the white line twice.',
      says: () => 'drove on a road without due care and attention.',
    },
  ],
};

export const DRINK_DRIVING: Theme = {
  ...DRIVING,
  weight: 6,
  summoned: 0,
  stop: { power: 'RTA1988_s163', kind: 'vehicle-stop', grounds: 'The vehicle swerved and had no lights on.' },
  kinds: [
    {
      code: 'RT88007',
      mode: '01',
      hasVehicle: true,
      hasAlcohol: true,
      facts: 'The lower of two readings of the station device.',
      says: () => 'drove on a road with more alcohol in the breath than the law allows.',
    },
  ],
};

export const BUSINESS: Theme = {
  weight: 6,
  against: 'nobody',
  accused: 'organisation',
  summoned: 1,
  kinds: [
    {
      code: 'HS74002',
      mode: '03',
      facts: 'A passer-by was hurt by a falling board.',
      says: () => 'as an employer failed in its duty for the safety of people other than employees.',
    },
    {
      code: 'GV95005',
      mode: '01',
      hasVehicle: true,
      facts: 'The vehicle was weighed at a roadside check.',
      says: () => "used a goods vehicle above the weight that the operator's licence allows.",
    },
  ],
};
