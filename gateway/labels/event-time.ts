/** When the fact happened that an event is about: its attribute `time`. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';
import type { UnlabelledEvent } from './event.ts';
import { instantOn, londonDayOf } from './instant.ts';
import type { PortionPlan, Slot } from './portions.ts';

/** Why `time` is not what the sender stated: the data says otherwise, or holds it in a portion, which not every reader may read. */
export type TimeNotUsed = 'contradicted' | 'in-a-portion';

export interface EventTime {
  /** UTC, with milliseconds and `Z`. */
  readonly time: string;
  readonly notUsed?: TimeNotUsed;
}

const textAt = (data: JsonObject, pointer: string): string | undefined => {
  const value = at(data, pointer);
  return typeof value === 'string' ? value : undefined;
};

const isIn = (pointer: string, portion: string): boolean => pointer === portion || pointer.startsWith(`${portion}/`);

/**
 * The time of an event by the properties that its standard names, by what its sender states, or else that of the recording. Every reader of
 * an event reads its `time`. So a property that is a portion is not used, whatever its label: a task can leave out any portion, and a
 * protection can raise it later. A time after the recording is not when the fact happened.
 */
export function eventTime(
  { time: places }: Pick<PortionPlan, 'time'>,
  { data, recordedtime, time: stated }: Pick<UnlabelledEvent, 'data' | 'recordedtime' | 'time'>,
  slots: readonly Pick<Slot, 'pointer'>[],
): EventTime {
  const byStatement: EventTime = { time: stated ?? recordedtime };
  const date = places === undefined ? undefined : textAt(data, places.date);
  if (places === undefined || date === undefined) return byStatement;
  const instead = (time: string, notUsed: TimeNotUsed): EventTime =>
    stated === undefined || stated === time ? { time } : { time, notUsed };
  const isPortion = slots.some(({ pointer }) => isIn(places.date, pointer) || isIn(places.timeOfDay, pointer));
  if (isPortion) return instead(recordedtime, 'in-a-portion');
  const known = instantOn(date, textAt(data, places.timeOfDay) ?? '');
  if (known !== undefined && known <= recordedtime) return instead(known, 'contradicted');
  // A date alone is not a time, but it can contradict one.
  return stated === undefined || londonDayOf(stated) === date ? byStatement : instead(recordedtime, 'contradicted');
}
