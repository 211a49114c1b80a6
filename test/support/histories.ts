/** Generates histories of invented cases: messages, their order, their senders and their gateways. */
import fc from 'fast-check';

/** The classification that a sender asserts: the events of one case are on topics of several levels. */
export type Level = 'plain' | 'sensitive';

export interface Step {
  readonly kind: 'registered' | 'resulted' | 'rectified' | 'erased';
  /** The number of the earlier event that a correction corrects, modulo the number of earlier events. */
  readonly of: number;
  readonly level: Level;
  /** Whether it is sent together with the step before it: then either can come first. */
  readonly isTogether: boolean;
  /** The gateway that it is sent to. */
  readonly gateway: number;
}

export interface History {
  readonly urn: string;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('registered', 'resulted', 'resulted', 'rectified', 'erased'),
  of: fc.nat(9),
  level: fc.constantFrom('plain', 'plain', 'sensitive'),
  isTogether: fc.boolean(),
  gateway: fc.nat(1),
});

/** This many histories, each of a different case, numbered from `number`. The first step of each can be corrected. */
export function histories(count: number, seed: number, number: number): readonly History[] {
  const steps = fc
    .tuple(step, fc.array(step, { minLength: 1, maxLength: 6 }))
    .map(([first, rest]): readonly Step[] => [{ ...first, kind: 'registered', isTogether: false }, ...rest]);
  return fc.sample(steps, { numRuns: count, seed }).map((drawn, n) => ({ urn: `52WX${3_000_000 + number + n}`, steps: drawn }));
}

/** Steps in the rounds in which they are sent: those of one round at once, the next when all of them were accepted. */
export function roundsOf({ steps }: History): readonly (readonly Step[])[] {
  const rounds: Step[][] = [];
  for (const drawn of steps) {
    const isCorrection = drawn.kind === 'rectified' || drawn.kind === 'erased';
    // A correction names an event that it knows: it is sent when all before it were accepted.
    if (drawn.isTogether && !isCorrection && rounds.length > 0) rounds.at(-1)?.push(drawn);
    else rounds.push([drawn]);
  }
  return rounds;
}
