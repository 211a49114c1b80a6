import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf, instantOn, londonDayOf } from '../../gateway/labels/instant.ts';

const anyInstant = fc.date({ min: new Date('1972-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true });

describe('a date and time with a time zone', () => {
  it.each([
    ['2026-11-16T10:00:00Z', '2026-11-16T10:00:00.000Z'],
    ['2026-11-16t10:00:00.123+01:00', '2026-11-16T09:00:00.123Z'],
    ['2026-11-16T10:00:00.1239999Z', '2026-11-16T10:00:00.123Z'],
    ['2026-11-16T00:30:00.5+05:30', '2026-11-15T19:00:00.500Z'],
    ['2026-11-16T10:00:00-00:00', '2026-11-16T10:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2024-02-29T23:59:59z', '2024-02-29T23:59:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => expect(instantOf(text)).toBe(instant));

  it.each([
    '5',
    'garbage',
    '',
    '2026-11-16',
    '2026-11-16T10:00:00',
    '2026-11-16 10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-11-16T24:00:00Z',
    '2026-11-16T10:60:00Z',
    '2026-11-16T10:00:60Z',
    '2026-11-16T10:00:00+24:00',
    '2026-11-16T10:00:00+0100',
    '2026-11-16T10:00:00Z\n',
    '+002026-11-16T10:00:00Z',
    // Python cannot read the year 0, and JavaScript writes years before it and after 9999 in another way.
    '0000-06-01T10:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    `2026-11-16T10:00:00.${'1'.repeat(40)}Z`,
  ])('%j is refused', (text) => expect(instantOf(text)).toBeUndefined());

  it('is written in the form that JavaScript uses, in any time zone', () => {
    const zone = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(anyInstant, zone, (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'));
        expect(instantOf(`${local}${minutes < 0 ? '-' : '+'}${hours}:${rest}`)).toBe(date.toISOString());
      }),
    );
  });
});

describe('a date and a time in London', () => {
  it.each([
    ['in winter', '2026-11-16', '10:00:00', '2026-11-16T10:00:00.000Z'],
    ['in summer', '2026-07-01', '10:00:00', '2026-07-01T09:00:00.000Z'],
    ['just after midnight in summer', '2026-07-01', '00:30:00', '2026-06-30T23:30:00.000Z'],
    ['with a fraction', '2026-07-01', '10:00:00.250', '2026-07-01T09:00:00.250Z'],
    ['before summer time begins', '2026-03-29', '00:59:59', '2026-03-29T00:59:59.000Z'],
    ['after it begins', '2026-03-29', '02:00:00', '2026-03-29T01:00:00.000Z'],
    ['before the hour that comes twice', '2026-10-25', '00:59:59', '2026-10-24T23:59:59.000Z'],
    ['after it', '2026-10-25', '02:00:00', '2026-10-25T02:00:00.000Z'],
    ['when London kept summer time all winter', '1970-01-15', '10:00:00', '1970-01-15T09:00:00.000Z'],
    ['in double summer time', '1943-07-01', '10:00:00', '1943-07-01T08:00:00.000Z'],
    ['that states its zone', '2026-07-01', '10:00:00Z', '2026-07-01T10:00:00.000Z'],
    ['that states another zone', '2026-07-01', '10:00:00+02:00', '2026-07-01T08:00:00.000Z'],
  ])('%s is converted with London’s clock changes', (_, date, timeOfDay, instant) => expect(instantOn(date, timeOfDay)).toBe(instant));

  it.each([
    ['never shown', '2026-03-29', '01:30:00'],
    ['shown twice', '2026-10-25', '01:30:00'],
    ['no time of day', '2026-07-01', '25:00:00'],
    ['no day', '2026-02-30', '10:00:00'],
    ['no time', '2026-07-01', ''],
  ])('that is %s is not known', (_, date, timeOfDay) => expect(instantOn(date, timeOfDay)).toBeUndefined());

  it('is the instant that clocks in London show, according to a stock formatter', () => {
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/London',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    let unknown = 0;
    fc.assert(
      fc.property(anyInstant, (date) => {
        const rounded = new Date(Math.floor(date.getTime() / 1000) * 1000);
        const { year, month, day, hour, minute, second } = Object.fromEntries(
          clock.formatToParts(rounded).map(({ type, value }) => [type, value]),
        );
        expect(londonDayOf(rounded.toISOString())).toBe(`${year}-${month}-${day}`);
        const found = instantOn(`${year}-${month}-${day}`, `${hour}:${minute}:${second}`);
        if (found === undefined) unknown++;
        else expect(found).toBe(rounded.toISOString());
      }),
      { numRuns: 2000 },
    );
    expect(unknown).toBeLessThan(20);
  });
});
