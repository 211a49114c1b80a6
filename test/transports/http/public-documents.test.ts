/** Public documents: pages of any origin may read them, and clients can revalidate them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let paths: readonly string[];
beforeAll(async () => {
  gateway = await openGateway();
  const { body } = await gateway.call('/standards');
  const listed = [...body.documents, ...body.events].map(({ path }: { path: string }) => path);
  paths = ['/standards', ...listed, '/.well-known/jwks.json', '/.well-known/security.txt'];
});
afterAll(() => gateway.close());

const SCHEMA = '/standards/events/case.registered/1.2.0';

describe('a public document', () => {
  it('has a validator, and returns 304 to a client that has it', async () => {
    for (const path of paths) {
      const first = await gateway.call(path);
      const etag = first.headers.get('ETag') ?? '';
      expect([path, first.status, first.headers.get('Cache-Control')]).toEqual([path, 200, 'public, max-age=300']);
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      const again = await gateway.call(path, { headers: { 'If-None-Match': etag } });
      expect([path, again.status, again.text, again.headers.get('ETag')]).toEqual([path, 304, '', etag]);
      // As curl asks, which does not add `Cache-Control: no-cache` as `fetch` does.
      const plain = await gateway.call(path, { headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' } });
      expect([path, plain.status, plain.text]).toEqual([path, 304, '']);
    }
  });
  it.each([
    ['"another"', 200],
    ['"another", W/%, "third"', 304],
    ['*', 304],
  ])('with If-None-Match: %s gives %d', async (header, status) => {
    const etag = (await gateway.call(SCHEMA)).headers.get('ETag') ?? '';
    const answer = await gateway.call(SCHEMA, { headers: { 'If-None-Match': header.replace('%', etag) } });
    expect(answer.status).toBe(status);
  });
  it('has another validator than its page, so that a browser with the document gets the page', async () => {
    const etag = (await gateway.call(SCHEMA)).headers.get('ETag') ?? '';
    const page = await gateway.call(SCHEMA, { headers: { 'If-None-Match': etag, Accept: 'text/html' } });
    expect([page.status, page.mediaType, page.headers.get('Vary')]).toEqual([200, 'text/html', 'Accept']);
  });
  it('can be read by pages of every origin, even where it is not found', async () => {
    for (const path of [...paths, '/standards/nothing', '/.well-known/nothing'])
      expect([path, (await gateway.call(path)).headers.get('Access-Control-Allow-Origin')]).toEqual([path, '*']);
  });
  it('can be requested conditionally by pages of every origin', async () => {
    const asked = {
      Origin: 'https://viewer.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'if-none-match',
    };
    const answer = await fetch(gateway.url + SCHEMA, { method: 'OPTIONS', headers: asked });
    const header = (name: string) => answer.headers.get(`Access-Control-${name}`);
    expect([answer.status, header('Allow-Origin'), header('Allow-Methods'), header('Allow-Headers')]).toEqual([
      204,
      '*',
      'GET, HEAD',
      'If-None-Match',
    ]);
    expect(header('Allow-Credentials')).toBeNull();
  });
});

it('a document that requires a token has no validator, is not cached, and cannot be read by pages of other origins', async () => {
  for (const path of ['/v1/events', '/v1/quarantine', '/v1/subscriptions']) {
    const { headers } = await gateway.call(path, { headers: { Origin: 'https://viewer.example' } }, 'cps');
    expect([path, headers.get('ETag'), headers.get('Cache-Control'), headers.get('Access-Control-Allow-Origin')]).toEqual([
      path,
      null,
      'no-store',
      null,
    ]);
  }
});
