/** The binding of a local file: the deployment whose keys made it, and the bus that its records belong to. */
import type { BusIdentity } from './bus.ts';

export interface Binding {
  /** The name of the deployment's secret. */
  readonly deployment: string;
  /** Unknown where a file was made while the bus was unavailable. */
  readonly bus?: BusIdentity;
}

/** The name of the entry with the binding of a file. */
export const BINDING = 'binding';

export const readBinding = (text: string | undefined): Binding | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Binding);

/** Describes the other bus or deployment that a file belongs to; undefined where it belongs here. Unknown members are not compared. */
export function belongsElsewhere(bound: Binding, here: Binding): string | undefined {
  if (bound.deployment !== here.deployment) return 'another deployment, with other keys';
  if (bound.bus === undefined || here.bus === undefined) return undefined;
  if (bound.bus.bus !== here.bus.bus) return 'another bus';
  const found = here.bus.topics;
  const replaced = Object.entries(bound.bus.topics).find(([topic, id]) => found[topic] !== id);
  return replaced === undefined ? undefined : `a topic ${replaced[0]} that was deleted or made again`;
}
