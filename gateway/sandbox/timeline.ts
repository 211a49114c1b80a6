/** Makes the dates of a synthetic case. They are counted back from the first hearing, so that they are always in order. */
import { earlier, later, plusDays, weekdayFrom, weekdayUpTo } from './days.ts';
import type { Random } from './random.ts';

export interface Timeline {
  /** The day of the offence, or the first possible day. */
  readonly offence: string;
  /** The last possible day, where the day of the offence is not known. */
  readonly offenceEnd?: string;
  /** The day of the charge, or of the summons. */
  readonly charged: string;
  /** Absent where nobody was arrested. */
  readonly arrested?: string;
  readonly firstHearing: string;
  /** The first or a later hearing, where it has a result. Never after today. */
  readonly resulted?: string;
  /** The hearing that a case is adjourned to. */
  readonly next: string;
}

export interface Course {
  readonly isSummoned: boolean;
  /** Whether the defendant was caught in the act: offence and arrest are on the same day. */
  readonly isStopped: boolean;
  /** Whether the offence was reported long after it happened. */
  readonly isReportedLate: boolean;
}

/** Days from the offence to the arrest. */
function delay(random: Random, { isStopped, isReportedLate }: Course): number {
  if (isStopped) return 0;
  return isReportedLate ? random.int(3, 240) : random.pick([0, 0, 0, 1, 2, random.int(3, 60)]);
}

/** Most cases have their result at the first hearing. */
const resultedHearing = (random: Random, firstHearing: string, laterHearing: string): string =>
  random.chance(0.3) ? later(firstHearing, laterHearing) : firstHearing;

export function timeline(random: Random, today: string, course: Course): Timeline {
  const { isSummoned, isStopped } = course;
  const isHeard = random.chance(0.7);
  const firstHearing = isHeard ? weekdayUpTo(plusDays(today, -random.int(0, 60))) : weekdayFrom(plusDays(today, random.int(1, 35)));
  const charged = earlier(today, plusDays(firstHearing, isSummoned ? -random.int(21, 56) : -random.int(1, 28)));
  const arrested = plusDays(charged, isSummoned ? -random.int(10, 90) : -random.int(0, isStopped ? 1 : 3));
  const last = plusDays(arrested, -delay(random, course));
  const isVague = !isStopped && last < arrested && random.chance(0.3);
  const laterHearing = weekdayUpTo(earlier(today, plusDays(firstHearing, random.int(7, 28))));
  const resulted = isHeard ? resultedHearing(random, firstHearing, laterHearing) : undefined;
  return {
    offence: isVague ? plusDays(last, -random.int(1, 9)) : last,
    ...(isVague ? { offenceEnd: last } : {}),
    charged,
    ...(isSummoned ? {} : { arrested }),
    firstHearing,
    ...(resulted === undefined ? {} : { resulted }),
    next: weekdayFrom(plusDays(resulted ?? firstHearing, random.int(14, 42))),
  };
}
