/** Makes the decision of a synthetic court on one offence. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { plusDays, plusMonths } from './days.ts';
import type { Defendant } from './defendants.ts';
import type { OffenceKind } from './offence.ts';
import type { Random } from './random.ts';

/** How a hearing ends for one defendant. */
export type Ending = 'sentenced' | 'adjourned-for-reports' | 'adjourned-for-trial' | 'sent-to-crown-court' | 'withdrawn' | 'dismissed';

export function ending(random: Random, kinds: readonly OffenceKind[]): Ending {
  if (kinds.some(({ mode }) => mode === '02')) return 'sent-to-crown-court';
  return random.pick([
    ...Array<Ending>(11).fill('sentenced'),
    ...Array<Ending>(3).fill('adjourned-for-reports'),
    ...Array<Ending>(4).fill('adjourned-for-trial'),
    'withdrawn',
    'dismissed',
  ]);
}

export const isFinal = (end: Ending): boolean => end === 'sentenced' || end === 'withdrawn' || end === 'dismissed';

export interface Ruling {
  readonly end: Ending;
  readonly kind: OffenceKind;
  readonly defendant: Defendant;
  /** Whether this is the first offence, which has the orders that a court makes once. */
  readonly isFirst: boolean;
  readonly hasVictim: boolean;
  readonly isRestricted: boolean;
  readonly on: string;
  readonly psaCode: string;
  readonly next: JsonObject;
  readonly nextAtCrownCourt: JsonObject;
}

const money = (pounds: number): string => `${pounds}.00`;
const paid = (code: string, text: (sum: string) => string, pounds: number, qualifiers: readonly string[] = []): JsonObject => ({
  code,
  text: text(`£${pounds}`),
  ...(qualifiers.length === 0 ? {} : { qualifiers }),
  amounts: [money(pounds)],
});

const fine = (random: Random, least: number, most: number): JsonObject =>
  paid('1015', (sum) => `Fined ${sum}.`, random.int(least, most) * 10);

/** An order for a number of months from the hearing. */
const order = (code: string, name: string, months: number, { on }: Ruling, qualifiers: readonly string[] = []): JsonObject => ({
  code,
  text: `${name} for ${months} months.`,
  ...(qualifiers.length === 0 ? {} : { qualifiers }),
  durations: [{ value: `${months}`, unit: 'M' }],
  periods: [{ start: on, end: plusDays(plusMonths(on, months), -1) }],
});

function motoring(random: Random, ruling: Ruling): readonly JsonObject[] {
  if (ruling.kind.hasAlcohol) return [fine(random, 15, 90), order('3070', 'Disqualified from driving', random.int(12, 24), ruling, ['OA'])];
  const points = `${random.int(3, 8)}`;
  return [
    fine(random, 10, 60),
    { code: '3008', text: `Licence endorsed with ${points} points.`, qualifiers: ['YR'], penaltyPoints: points },
  ];
}

const unpaidWork = (random: Random): JsonObject => {
  const hours = `${random.int(4, 30) * 10}`;
  return { code: '3101', text: `Unpaid work for ${hours} hours.`, durations: [{ value: hours, unit: 'H' }] };
};

const suspended = (random: Random): JsonObject => {
  const weeks = `${random.int(6, 26)}`;
  const durations = [
    { value: weeks, unit: 'W' },
    { value: '12', unit: 'M' },
  ];
  return { code: '1115', text: `Imprisonment for ${weeks} weeks, suspended for 12 months.`, durations };
};

function sentence(random: Random, ruling: Ruling): readonly JsonObject[] {
  const { kind, defendant } = ruling;
  if (defendant.organisation !== undefined) return [fine(random, 200, 4000)];
  if (kind.hasVehicle) return motoring(random, ruling);
  const discharge = order('1018', 'Discharged conditionally', 12, ruling);
  if (defendant.isYouth)
    return random.pick([
      [order('1097', 'Referral order', random.int(3, 12), ruling)],
      [order('1141', 'Youth rehabilitation order', 12, ruling, ['BB'])],
      [discharge],
    ]);
  const community = [order('1116', 'Community order', random.pick([12, 18, 24]), ruling), unpaidWork(random)];
  const plain = [fine(random, 8, 60)];
  return random.pick([plain, plain, community, community, [discharge], kind.mode === '03' ? [suspended(random)] : plain]);
}

/** The orders that a court makes once, in addition to a sentence. */
function additionalOrders(random: Random, { isFirst, hasVictim }: Ruling): readonly JsonObject[] {
  if (!isFirst) return [];
  return [
    ...(hasVictim && random.chance(0.4) ? [paid('3012', (sum) => `To pay compensation of ${sum}.`, random.int(5, 50) * 10)] : []),
    paid('3117', (sum) => `To pay a surcharge of ${sum}.`, random.int(20, 200)),
    ...(random.chance(0.6)
      ? [paid('3011', (sum) => `To pay costs of ${sum} to the prosecutor.`, random.pick([85, 135, 310]), ['IA'])]
      : []),
  ];
}

function putOff({ end, defendant: { bail }, next, nextAtCrownCourt }: Ruling): readonly JsonObject[] {
  if (end === 'sent-to-crown-court') {
    const code = bail === 'B' ? '4559' : '4558';
    return [
      {
        code,
        text: 'Sent to the Crown Court for trial.',
        qualifiers: ['XA'],
        nextHearing: { ...nextAtCrownCourt, reason: 'Plea and trial preparation' },
        bailStatus: bail,
      },
    ];
  }
  const [qualifier, reason] = end === 'adjourned-for-reports' ? ['DA', 'For a pre-sentence report'] : ['GC', 'For trial'];
  return [
    {
      code: '4506',
      text: `Adjourned. ${reason}.`,
      qualifiers: [qualifier as string],
      nextHearing: { ...next, reason: reason as string },
      bailStatus: bail,
    },
    ...(bail === 'B' ? [{ code: '4530', text: 'Bail with conditions until then.', qualifiers: ['JC', 'RB'] }] : []),
  ];
}

function resultsOf(random: Random, ruling: Ruling): readonly JsonObject[] {
  if (ruling.end === 'withdrawn') return [{ code: '2063', text: 'Withdrawn by the prosecutor.' }];
  if (ruling.end === 'dismissed') return [{ code: '2006', text: 'Dismissed. No evidence was offered.' }];
  if (ruling.end === 'sentenced') return [...sentence(random, ruling), ...additionalOrders(random, ruling)];
  return putOff(ruling);
}

const PLEAS: Readonly<Record<Ending, string | undefined>> = {
  sentenced: '1',
  'adjourned-for-reports': '1',
  'adjourned-for-trial': '2',
  'sent-to-crown-court': '3',
  withdrawn: undefined,
  dismissed: '2',
};

/** The members that the court adds to an offence: plea, finding, results. */
export function outcome(random: Random, ruling: Ruling): JsonObject {
  const { end, kind, on, psaCode, isRestricted } = ruling;
  const plea = PLEAS[end];
  const results = resultsOf(random, ruling);
  return {
    ...(plea === undefined ? {} : { plea }),
    modeOfTrial: kind.mode,
    finalDisposal: isFinal(end) ? 'Y' : 'N',
    ...(plea === '1' ? { convictionDate: on, convictingCourt: psaCode, finding: 'G' } : {}),
    ...(end === 'dismissed' ? { finding: 'N' } : {}),
    results: isRestricted ? [...results, { code: '4510', text: 'Reporting is restricted.' }] : results,
  };
}
