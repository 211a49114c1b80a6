/** Try it: the server of a sandbox sends operations of the contract to itself, and no other requests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOperations, openGateway, type TestGateway } from '../support/gateway.ts';
import { decoded } from '../support/html.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ config: { sandbox: { cases: 0, seed: 1 } } });
});
afterAll(() => gateway.close());

const form = async (
  id: string,
  values: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = { Origin: gateway.url },
) => {
  const response = await fetch(`${gateway.url}/try/${id}`, {
    method: 'POST',
    headers: { Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(values),
  });
  const text = await response.text();
  const [, status] = /id="answer">Answer: (\d+)/.exec(text) ?? [];
  const [, body = ''] = /aria-label="The body of the answer"><code>([\s\S]*?)<\/code>/.exec(text) ?? [];
  return { status: response.status, text, answered: Number(status), body: decoded(body) };
};

describe('try it', () => {
  it('has a form for each operation of the contract, with its example', async () => {
    for (const { id } of allOperations) {
      const response = await fetch(`${gateway.url}/try/${id}`, { headers: { Accept: 'text/html' } });
      expect([id, response.status]).toEqual([id, 200]);
    }
  });
  it('sends an event as the force and reads it as a supplier, redacted', async () => {
    const page = await (await fetch(`${gateway.url}/try/submitEvent`, { headers: { Accept: 'text/html' } })).text();
    const [, example = ''] = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(page) ?? [];
    const sent = await form('submitEvent', { persona: 'force', mediaType: 'application/cloudevents+json', body: decoded(example) });
    expect(sent.answered).toBe(202);
    const { events } = JSON.parse(sent.body) as { events: { id: string }[] };
    const read = await form('getEvent', { persona: 'supplier', 'path.id': events[0]?.id ?? '' });
    expect([read.answered, read.body.includes('"rendition"'), read.body.includes('dateOfBirth')]).toEqual([200, true, false]);
  });
  it('sends a legacy message, a query and a header', async () => {
    const page = await (await fetch(`${gateway.url}/try/submitMessage`, { headers: { Accept: 'text/html' } })).text();
    const [, example = ''] = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(page) ?? [];
    expect((await form('submitMessage', { persona: 'force', mediaType: 'application/xml', body: decoded(example) })).answered).toBe(202);
    const listed = await form('listEvents', { persona: 'cps', 'query.limit': '1', 'header.Interchange-Scenario': 'duplicate' });
    expect((JSON.parse(listed.body) as { events: unknown[] }).events).toHaveLength(2);
  });
  it('shows the first seconds of a stream', async () => {
    const { answered, text } = await form('streamEvents', { persona: 'cps' });
    expect([answered, text.includes('only the beginning is shown')]).toEqual([200, true]);
  });
  it('shows refusals as the gateway returns them', async () => {
    expect((await form('listQuarantine', { persona: 'supplier' })).answered).toBe(403);
    expect((await form('listEvents', { persona: 'cps', 'query.limit': '5000' })).answered).toBe(400);
  });
  it('reports a missing parameter in the form', async () => {
    const { status, text } = await form('getEvent', { persona: 'cps', 'path.id': '' });
    expect(status).toBe(400);
    expect(text).toContain('There is a problem');
    expect(text).toContain('href="#path.id"');
    expect(text).toContain('Enter id');
  });
  it('shows entered markup as text', async () => {
    const { text } = await form('getEvent', { persona: 'cps', 'path.id': '"><script>alert(1)</script>' });
    expect(text).not.toContain('<script>alert');
  });

  describe('T36 refuses other requests', () => {
    it.each(['..', '.', '../../health', 'a/../../../health', '..%2f..%2fhealth', '//example.com/', 'http://example.com/', '@example.com'])(
      'with a path parameter: %s',
      async (id) => {
        const { status, answered, text } = await form('getEvent', { persona: 'cps', 'path.id': id });
        expect([400, 404]).toContain(status === 200 ? answered : status);
        if (status === 200) expect(text).toContain('/v1/events/');
      },
    );
    it('with steps up in the path of a document', async () => {
      expect((await form('getStandard', { 'path.path': '../v1/events' })).status).toBe(400);
      expect((await form('getStandard', { 'path.path': 'events/hearing.resulted/1.2.0' })).answered).toBe(200);
    });
    it.each(['portal', 'constructor', '../health', 'nothing'])('with an operation that the contract does not have: %s', async (id) => {
      expect((await form(encodeURIComponent(id), { persona: 'cps' })).status).toBe(404);
    });
    it('with a header or a parameter that the operation does not have', async () => {
      const values = { persona: 'supplier', 'header.Authorization': 'Bearer x', 'query.unknown': '1', 'header.Host': 'example.com' };
      expect((await form('listEvents', values)).answered).toBe(200);
    });
    it('with a header with a line break', async () => {
      expect((await form('listEvents', { persona: 'cps', 'header.Interchange-Scenario': 'slow\r\nX-Injected: 1' })).status).toBe(400);
    });
  });

  describe('T64 accepts forms only from its own pages', () => {
    it.each([
      ['another origin', { Origin: 'https://example.com' }],
      ['no origin', {}],
      ['an origin that is hidden', { Origin: 'null' }],
      ['another site, as the browser says', { 'Sec-Fetch-Site': 'cross-site' }],
    ])('%s is refused, and nothing is sent', async (_name, headers) => {
      const before = (await gateway.audit()).length;
      const origin = 'Sec-Fetch-Site' in headers ? { Origin: gateway.url } : {};
      expect((await form('listEvents', { persona: 'cps' }, { ...origin, ...headers })).status).toBe(403);
      expect((await gateway.audit()).length).toBe(before);
    });
  });
  it('T58 refuses forms that are larger than any example', async () => {
    expect((await form('submitEvent', { persona: 'force', body: 'x'.repeat(300_000) })).status).toBe(413);
  });
});
