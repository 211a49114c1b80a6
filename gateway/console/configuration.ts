/** The configuration in force, and what differs from the one before. Read only: changes stay in files and in review. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords, sinceWhen } from './times.ts';

const STATES: Readonly<Record<string, readonly [text: string, colour: string]>> = {
  current: ['Seals now', 'green'],
  retired: ['Only verifies', 'grey'],
  revoked: ['Revoked', 'red'],
};

/** The values of a clearance or a label, one line for each kind. */
const linesOf = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(values).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : JSON.stringify(value)}`);

const shownClient = (client: Schemas['ConfigurationInForce']['clients'][number]) => ({
  ...client,
  clearanceLines: linesOf(client.clearance),
  ...(client.submits === undefined ? {} : { submitsText: (client.submits.standards as readonly string[]).join(', ') }),
});

export async function configurationPage({ api }: Person, now: number): Promise<Page> {
  const inForce = dataOf<Schemas['ConfigurationInForce']>(await api.GET('/v1/configuration'));
  const { clients, keys, before } = inForce;
  const shown = clients.map(shownClient);
  return {
    template: 'configuration',
    title: 'Configuration',
    section: 'configuration',
    inForce,
    systems: shown.filter(({ isPerson }) => !isPerson),
    people: shown.filter(({ isPerson }) => isPerson),
    keys: keys.map((key) => ({
      ...key,
      state: STATES[key.status],
      ...(key.since === undefined ? {} : { sinceText: inWords(key.since), age: sinceWhen(key.since, now) }),
    })),
    ...(before === undefined ? {} : { before: { ...before, timeText: inWords(before.time) } }),
  };
}
