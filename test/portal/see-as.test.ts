/** See it as…: the page shows of an example exactly what the gateway would deliver of the same event. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { openGateway, type TestGateway } from '../support/gateway.ts';
import { decoded } from '../support/html.ts';
import { standards } from '../support/rules-in-force.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ config: { sandbox: { cases: 0, seed: 1 } } });
});
afterAll(() => gateway.close());

const seen = async (query: string) => {
  const response = await fetch(`${gateway.url}/see-as?${query}`, { headers: { Accept: 'text/html' } });
  const text = decoded(await response.text());
  const [, given = ''] = /aria-label="What \w+ receives"><code>([\s\S]*?)<\/code>/.exec(text) ?? [];
  const [, wholeEvent = ''] = /aria-label="The whole event"><code>([\s\S]*?)<\/code>/.exec(text) ?? [];
  return { status: response.status, text, given, wholeEvent };
};

/** The data of an example, as they are sent. */
const stated = (name: string): JsonObject => {
  const schema = standards.files.get(standards.byName.get(name)?.schemaId ?? '');
  const [example = {}] = (schema?.examples ?? []) as readonly JsonObject[];
  const { label: _l, portions: _p, quality: _q, protections: _r, ...data } = example;
  return data;
};

describe('see it as', () => {
  it.each(['cps', 'supplier', 'court'])('shows what the gateway delivers of a new case to %s', async (persona) => {
    const event = { specversion: '1.0', type: 'uk.justice.case.registered.v1', data: stated('case.registered') };
    const { body } = await gateway.post('/v1/events', JSON.stringify(event), 'force', { 'Content-Type': 'application/cloudevents+json' });
    const [sent] = (body as { events: { id: string }[] }).events;
    const answer = await gateway.call(`/v1/events/${sent?.id}`, {}, persona);
    const { given } = await seen(`event=case.registered&as=${persona}`);
    if (answer.status === 404) return expect(given).toBe('');
    const { portions: _portions, ...data } = (answer.body as { data: JsonObject }).data;
    expect((JSON.parse(given) as { data: unknown }).data).toEqual(data);
  });
  it('marks withheld parts, with the reason and the law of each', async () => {
    const { text, wholeEvent, given } = await seen('event=case.registered&as=supplier');
    const marked = [...wholeEvent.matchAll(/<mark class="app-withheld">([^<]*)<\/mark>/g)].map(([, line = '']) => line.trim());
    expect(marked.some((line) => line.includes('"dateOfBirth"'))).toBe(true);
    expect(given).not.toContain('dateOfBirth');
    const [, row = ''] = /\/defendants\/0\/person\/dateOfBirth<\/code>([\s\S]*?)<\/tr>/.exec(text) ?? [];
    expect(row).toMatch(/The clearance (holds none|does not hold)/);
    expect(row).toContain('OFFICIAL');
  });
  it('shows every persona that reads events, with a summary of what it receives', async () => {
    const { text } = await seen('event=hearing.resulted&as=cps');
    for (const persona of ['force', 'court', 'officer', 'cps', 'supplier'])
      expect([persona, text.includes(`<dt class="govuk-summary-list__key">${persona}</dt>`)]).toEqual([persona, true]);
  });
  it('shows every example of every standard to every persona', async () => {
    for (const { name, hasTopic } of standards.byName.values())
      if (hasTopic)
        for (const persona of ['officer', 'supplier'])
          expect([name, persona, (await seen(`event=${name}&as=${persona}`)).status]).toEqual([name, persona, 200]);
  });
  it('is not found for an unknown example, and shows a seal that no gateway trusts', async () => {
    expect((await seen('event=nothing')).status).toBe(404);
    expect((await seen('event=case.registered&example=99')).status).toBe(404);
    expect((await seen('event=case.registered&as=cps')).given).not.toContain('"seal"');
  });
  it('does not exist where the gateway is not a sandbox', async () => {
    const live = await openGateway();
    expect((await fetch(`${live.url}/see-as`, { headers: { Accept: 'text/html' } })).status).toBe(404);
    expect((await fetch(`${live.url}/try/listEvents`, { headers: { Accept: 'text/html' } })).status).toBe(404);
    expect((await fetch(`${live.url}/try/listEvents`, { method: 'POST', headers: { Origin: live.url } })).status).toBe(404);
    await live.close();
  });
});
