/** What a local file belongs to: the deployment whose keys made it, and the bus whose records it holds or speaks of. */
import type { BusIdentity } from './bus.ts';

export interface Binding {
  /** The name of the deployment's secret. */
  readonly deployment: string;
  /** Not known yet where a file was made while the bus was away. */
  readonly bus?: BusIdentity;
}

/** Under this name a file keeps its binding. */
export const BINDING = 'binding';

export const readBinding = (text: string | undefined): Binding | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Binding);

/** Says what a file belongs to that does not belong here, or undefined. What one of them does not say is not compared. */
export function belongsElsewhere(bound: Binding, here: Binding): string | undefined {
  if (bound.deployment !== here.deployment) return 'another deployment, with other keys';
  if (bound.bus === undefined || here.bus === undefined) return undefined;
  if (bound.bus.bus !== here.bus.bus) return 'another bus';
  const found = here.bus.topics;
  const replaced = Object.entries(bound.bus.topics).find(([topic, id]) => found[topic] !== id);
  return replaced === undefined ? undefined : `a topic ${replaced[0]} that was deleted or made again`;
}
