/** The codes of recorded crime: Home Office classifications from the standing data, and the categories that data.police.uk publishes. */
import { type CodeList, type OffenceSource, type Row, sound } from './codelist-file.ts';
import { sexualOffences } from './sexual-offences.ts';

/** No classification: the source writes it where it has none. */
const NONE = '000/00';

/** Categories of data.police.uk, and whether a crime in one can be a sexual offence. */
const CATEGORIES: readonly (readonly [code: string, title: string, canBeSexual: boolean])[] = [
  ['anti-social-behaviour', 'Anti-social behaviour', false],
  ['bicycle-theft', 'Bicycle theft', false],
  ['burglary', 'Burglary', true],
  ['criminal-damage-arson', 'Criminal damage and arson', false],
  ['drugs', 'Drugs', false],
  ['other-crime', 'Other crime', true],
  ['other-theft', 'Other theft', false],
  ['possession-of-weapons', 'Possession of weapons', false],
  ['public-order', 'Public order', true],
  ['robbery', 'Robbery', false],
  ['shoplifting', 'Shoplifting', false],
  ['theft-from-the-person', 'Theft from the person', false],
  ['vehicle-crime', 'Vehicle crime', false],
  ['violent-crime', 'Violence and sexual offences', true],
];

const from = 'offence-code.json';

const notifiable = (source: readonly OffenceSource[]): readonly OffenceSource[] =>
  source.filter(({ notifiableToHo, homeOfficeClassification }) => notifiableToHo && homeOfficeClassification !== NONE);

/** Every classification of a notifiable offence, with the title of the first offence in it. */
export function crimeCodes(source: readonly OffenceSource[]): CodeList {
  const rows = new Map<string, Row>();
  for (const { cjsCode, homeOfficeClassification, offenceTitle } of notifiable(source))
    if (!rows.has(homeOfficeClassification))
      rows.set(homeOfficeClassification, [homeOfficeClassification, 'classification', sound('crime-codes', cjsCode, offenceTitle)]);
  return {
    id: 'crime-codes',
    title: 'Codes of recorded crime',
    description:
      'Home Office classifications of notifiable offences, as the Home Office Counting Rules count them, and the categories that data.police.uk publishes. `kind` is classification or category. The title of a classification is that of the first offence in it; others can be in it.',
    from,
    columns: ['code', 'kind', 'title'],
    rows: [...rows.values(), ...CATEGORIES.map(([code, title]): Row => [code, 'category', title])],
  };
}

/** The codes of crimes whose complainants are anonymous for life: every classification in which there is a sexual offence. */
export function sexualCrimes(source: readonly OffenceSource[]): CodeList {
  const sexual = new Set(sexualOffences(source).rows.map(([code]) => code));
  const rows = new Map<string, Row>();
  for (const { cjsCode, homeOfficeClassification, offenceTitle } of notifiable(source))
    if (sexual.has(cjsCode) && !rows.has(homeOfficeClassification))
      rows.set(homeOfficeClassification, [homeOfficeClassification, 'classification', sound('sexual-crimes', cjsCode, offenceTitle)]);
  return {
    id: 'sexual-crimes',
    title: 'Codes of recorded crime whose complainants are anonymous for life',
    description:
      'Codes of the list crime-codes in which there is an offence of the list sexual-offences, or can be one. Derived by machine, not an official list. When in doubt a code is in: that only raises a label.',
    from,
    columns: ['code', 'kind', 'title'],
    rows: [
      ...rows.values(),
      ...CATEGORIES.filter(([, , canBeSexual]) => canBeSexual).map(([code, title]): Row => [code, 'category', title]),
    ],
  };
}
