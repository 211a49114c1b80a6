/** The pause that a receiver asks for with Retry-After, within a limit. */
import { expect, it } from 'vitest';
import { MOST_SECONDS, secondsAsked } from '../../gateway/subscriptions/retry-after.ts';

const NOW = Date.parse('2026-11-16T09:30:00.500Z');

it.each([
  ['60', 60],
  [' 0 ', 0],
  ['Mon, 16 Nov 2026 09:31:01 GMT', 61],
  ['Mon, 16 Nov 2026 09:00:00 GMT', 0],
  ['Mon, 16 Nov 2099 09:00:00 GMT', MOST_SECONDS],
  ['Mon, 99 Foo 2026 09:31:01 GMT', 0],
  ['999999999999999999999999', MOST_SECONDS],
  ['9'.repeat(400), MOST_SECONDS],
  ['-5', 0],
  ['1.5', 0],
  ['soon', 0],
  ['60, 120', 0],
  ['', 0],
  [undefined, 0],
])('%s asks for a pause of %d seconds', (header, seconds) => expect(secondsAsked(header, NOW)).toBe(seconds));
