/** Every verb of the command line, in the order of its help. */
import type { VerbDescription } from './description.ts';
import { GOVERNING } from './governing.ts';
import { MESSAGES } from './messages.ts';
import { OPERATING } from './operating.ts';

export const VERBS = { ...OPERATING, ...MESSAGES, ...GOVERNING };

export type VerbName = keyof typeof VERBS;

export const isVerb = (name: string): name is VerbName => Object.hasOwn(VERBS, name);

/** The same, where only what all have in common counts. */
export const ALL_VERBS: readonly VerbDescription[] = Object.values(VERBS);
