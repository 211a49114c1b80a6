/**
 * Invented towns and streets, and the courts that hear their cases. The courts are real, because the code list has only real courts. `ZZ` is
 * not a postcode area, and `ZZ99` is avoided because it has a meaning in the NHS.
 */
import type { Random } from './random.ts';

export type Address = {
  readonly saon?: string;
  readonly paon: string;
  readonly street: string;
  readonly locality?: string;
  readonly town: string;
  readonly administrativeArea: string;
  readonly postcode: string;
};

export interface Area {
  readonly county: string;
  readonly towns: readonly string[];
  readonly streets: readonly string[];
  /** The magistrates' court, by its code and the code of its petty sessional area. */
  readonly court: { readonly ouCode: string; readonly psaCode: string };
  /** The Crown Court that cases are sent to. */
  readonly crown: string;
}

const WELSH = ['Heol y Fedwen', 'Stryd y Wennol', 'Ffordd yr Ysgawen', 'Lôn Tŷ Coch', 'Maes y Dryw'];
const ENGLISH = ['Kittiwake Row', 'Larkspur Terrace', 'Tannery Row', "Quarryman's Way", 'Upper Cooper Lane', 'Whin Close', 'Tarrow Road'];

const AREAS: readonly Area[] = [
  {
    county: 'Glan Ysgaw',
    towns: ['Aberllyn', 'Pontyfedwen', 'Llanwennol-ar-Fôr'],
    streets: [...WELSH, 'Tannery Row'],
    court: { ouCode: 'B62DC00', psaCode: '3190' },
    crown: 'C62CR00',
  },
  {
    county: 'Dyffryn Tarw',
    towns: ["Castell'r Eos", 'Cwm Grugog', 'Trewylan'],
    streets: [...WELSH, 'Larkspur Terrace'],
    court: { ouCode: 'B60JE00', psaCode: '3063' },
    crown: 'C07MO00',
  },
  {
    county: 'Wessex',
    towns: ['Saltmouth', 'Market Tarrow', 'Marlstead St. Mary'],
    streets: ENGLISH,
    court: { ouCode: 'B54MW00', psaCode: '3021' },
    crown: 'C54SD00',
  },
  {
    county: 'Northmarch',
    towns: ['Skelderdale', 'Dunnockshaw-le-Marsh', 'Emberstow'],
    streets: ENGLISH,
    court: { ouCode: 'B10FR00', psaCode: '2365' },
    crown: 'C10NE00',
  },
  {
    county: 'Eastmarsh',
    towns: ['Netherclift-on-Sea', 'Yarrowby', 'Otterspool Green'],
    streets: [...ENGLISH, 'Drove Bank'],
    court: { ouCode: 'B32HX00', psaCode: '2105' },
    crown: 'C32LI00',
  },
];

export const area = (random: Random): Area => random.pick(AREAS);

const LETTERS = 'ABDEFGHJLNPQRSTUWXYZ';

function postcode(random: Random): string {
  const letter = (): string => LETTERS.charAt(random.int(0, LETTERS.length - 1));
  return `ZZ${random.int(1, 9)} ${random.int(1, 9)}${letter()}${letter()}`;
}

export function address(random: Random, { county, towns, streets }: Area): Address {
  return {
    ...(random.chance(0.15) ? { saon: `Flat ${random.int(1, 40)}` } : {}),
    paon: random.chance(0.1) ? random.pick(['Tŷ Gwyn', 'The Old Forge', 'Swn y Gwynt']) : `${random.int(1, 180)}`,
    street: random.pick(streets),
    ...(random.chance(0.1) ? { locality: random.pick(['Cwr y Coed', 'Upper Green', 'Quayside']) } : {}),
    town: random.pick(towns),
    administrativeArea: county,
    postcode: postcode(random),
  };
}

/** An address in the form that courts use: at most five lines. */
export function linesOf({ saon, paon, street, locality, town, postcode }: Address): readonly string[] {
  return [saon, `${paon} ${street}`, locality, town, postcode].filter((line) => line !== undefined);
}
