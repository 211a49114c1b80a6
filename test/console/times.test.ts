/** Days that people enter. */
import { expect, it } from 'vitest';
import { isDay } from '../../gateway/console/times.ts';

it('accepts a real date, and nothing else', () => {
  expect(['2026-11-16', '2028-02-29'].map(isDay)).toEqual([true, true]);
  expect(['2026-02-30', '2026-02-29', '2026-13-01', '16/11/2026', ''].map(isDay)).toEqual([false, false, false, false, false]);
});
