import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../gateway/governance/bundle.ts';
import { PUBLISHED, readPublication } from '../../gateway/governance/publication.ts';
import { publish } from '../../gateway/transports/http/standards.ts';
import { eventOf, sampleCase, sampleResult, standards } from '../support/rules-in-force.ts';

const published = publish(standards, {}, readPublication(PUBLISHED));
const bundles = [...published].filter(([path]) => path.startsWith('bundled/'));

describe('a standard in one file', () => {
  it('exists for every version of every standard of events', () => {
    const ids = [...standards.byType.values()].map(({ schemaId }) => schemaId.replace(/^.*\/standards\//, 'bundled/'));
    expect(bundles.map(([path]) => path)).toEqual(expect.arrayContaining([...ids, 'bundled/events/case.registered/1.0.0']));
  });

  it.each(bundles)('%s compiles in a stock validator without other files', (_path, { body }) => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    expect(() => ajv.compile(JSON.parse(body))).not.toThrow();
  });

  it.each([
    ['case.registered', sampleCase],
    ['hearing.resulted', sampleResult],
  ])('%s accepts an event of the gateway, and rejects what the gateway would refuse', async (name, message) => {
    const { schemaId = '' } = standards.byName.get(name) ?? {};
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const isValid = ajv.compile(JSON.parse(published.get(schemaId.replace(/^.*\/standards\//, 'bundled/'))?.body ?? ''));
    const { data } = (await eventOf(message)).event;
    expect(isValid(data), JSON.stringify(isValid.errors)).toBe(true);
    const [defendant] = data.defendants as readonly object[];
    expect(isValid({ ...data, defendants: [{ ...defendant, person: { dateOfBirth: 7 } }] })).toBe(false);
  });

  it('does not exist for a standard with an unknown reference', () => {
    expect(() => bundle({ $id: 'https://a.example/one', $ref: 'https://a.example/two' }, () => undefined)).toThrow(
      'https://a.example/one refers to https://a.example/two, which is not published',
    );
  });

  it('contains each schema once, also where schemas refer to each other', () => {
    const second = { $id: 'https://a.example/two', properties: { one: { $ref: 'https://a.example/one' }, two: { $ref: '#' } } };
    const first = { $id: 'https://a.example/one', items: { $ref: 'https://a.example/two#/properties' } };
    expect(bundle(first, (id) => (id === second.$id ? second : undefined))).toEqual({ ...first, $defs: { [second.$id]: second } });
  });
});
