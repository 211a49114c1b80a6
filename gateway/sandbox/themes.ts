/** The themes of synthetic cases, and how often each occurs. */
import type { Theme } from './offence.ts';
import type { Random } from './random.ts';
import { DAMAGE, SEXUAL, SHOP_THEFT, THEFT, VIOLENCE } from './with-victim.ts';
import { BLADE, BUSINESS, DRINK_DRIVING, DRIVING, DRUGS } from './without-victim.ts';

export const THEMES: readonly Theme[] = [SHOP_THEFT, THEFT, VIOLENCE, SEXUAL, DAMAGE, DRUGS, BLADE, DRIVING, DRINK_DRIVING, BUSINESS];

/** A random theme. Themes with a higher weight are more likely. */
export function theme(random: Random): Theme {
  let left = random.int(
    1,
    THEMES.reduce((sum, { weight }) => sum + weight, 0),
  );
  return THEMES.find(({ weight }) => (left -= weight) <= 0) as Theme;
}
