/** What changed in a configuration. */
import { expect, it } from 'vitest';
import { changesBetween, type ShownConfiguration } from '../../gateway/configuration/shown.ts';

it('names a place by a JSON Pointer, whatever the names in it', () => {
  const none = { clients: [], adapters: [], transports: [] } as unknown as ShownConfiguration;
  const withClient = { ...none, clients: [{ id: 'a/b~c' }] } as unknown as ShownConfiguration;
  expect(changesBetween(none, withClient)).toEqual([{ at: '/clients/a~1b~0c', kind: 'added' }]);
});
