/** Only pages of configured origins may call the gateway. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { HTTP_CONTRACT } from '../../../gateway/documents.ts';
import { allOperations, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';

const NAMED = 'https://front-end.example';
const OTHERS = [
  'https://other.example',
  'http://front-end.example',
  'https://front-end.example:8443',
  'https://front-end.example.evil',
  'null',
];

/** The headers that the contract names, in lower case. */
const HEADERS = { asked: [] as string[], given: [] as string[] };
function collect(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const { in: place, name, headers } = node as { in?: unknown; name?: string; headers?: object };
  if (place === 'header' && typeof name === 'string') HEADERS.asked.push(name.toLowerCase());
  // A page may always read Cache-Control, and the browser itself those of CORS.
  if (typeof headers === 'object')
    HEADERS.given.push(
      ...Object.keys(headers)
        .map((header) => header.toLowerCase())
        .filter((header) => !/^(cache-control$|access-control-)/.test(header)),
    );
  for (const member of Object.values(node)) collect(member);
}
collect((HTTP_CONTRACT as { paths?: unknown }).paths);
collect((HTTP_CONTRACT as { components?: { parameters?: unknown } }).components?.parameters);
collect((HTTP_CONTRACT as { components?: { responses?: unknown } }).components?.responses);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ config: { cors: { origins: [NAMED, 'http://127.0.0.1:9999'] } } });
});
afterAll(() => gateway.close());

const cors = ({ headers }: Response): readonly string[] => [...headers.keys()].filter((name) => name.startsWith('access-control-'));
const preflight = (path: string, origin: string, method = 'POST'): Promise<Response> =>
  fetch(gateway.url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
    },
  });

describe('a page of a named origin', () => {
  it('may ask without a token whether it may call', async () => {
    const answer = await preflight('/v1/events', NAMED);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(NAMED);
    expect(answer.headers.get('Access-Control-Allow-Methods')?.split(', ')).toContain('POST');
    expect(answer.headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toContain('authorization');
    expect(answer.headers.get('Vary')).toBe('Origin');
  });
  it('may send every header, use every method and read every header of the contract', async () => {
    const { headers } = await preflight('/v1/events', NAMED);
    const listed = (name: string) => headers.get(`Access-Control-${name}`)?.toLowerCase().split(', ');
    expect(listed('Allow-Methods')).toEqual(expect.arrayContaining(allOperations.map(({ method }) => method)));
    expect(listed('Allow-Headers')).toEqual(expect.arrayContaining(HEADERS.asked));
    expect(listed('Expose-Headers')).toEqual(expect.arrayContaining(HEADERS.given));
  });
  it('reads answers, and still needs a token', async () => {
    const bare = await fetch(`${gateway.url}/v1/events`, { headers: { Origin: NAMED } });
    expect([bare.status, bare.headers.get('Access-Control-Allow-Origin')]).toEqual([401, NAMED]);
    const { status, headers } = await gateway.call('/v1/events', { headers: { Origin: NAMED } }, 'cps');
    expect([status, headers.get('Access-Control-Allow-Origin'), headers.get('Vary')]).toEqual([200, NAMED, 'Origin']);
    expect(headers.get('Access-Control-Expose-Headers')).toContain('Retry-After');
  });
  it('never gets credentials, or a *', async () => {
    for (const answer of [await preflight('/v1/events', NAMED), await fetch(`${gateway.url}/v1/events`, { headers: { Origin: NAMED } })]) {
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      expect(answer.headers.get('Access-Control-Allow-Origin')).not.toBe('*');
    }
  });
});

describe('T31 every other origin', () => {
  it.each(OTHERS)('gets no permission: %s', async (origin) => {
    const asked = await preflight('/v1/events', origin);
    expect([asked.status, cors(asked)]).toEqual([405, []]);
    const { status, headers } = await gateway.call('/v1/events', { headers: { Origin: origin } }, 'cps');
    expect([status, [...headers.keys()].filter((name) => name.startsWith('access-control-')), headers.get('Vary')]).toEqual([
      200,
      [],
      'Origin',
    ]);
  });
  it('can still read public documents', async () => {
    expect(
      (await fetch(`${gateway.url}/.well-known/jwks.json`, { headers: { Origin: 'https://other.example' } })).headers.get(
        'Access-Control-Allow-Origin',
      ),
    ).toBe('*');
  });
});

describe('a configuration', () => {
  it.each([
    '*',
    'https://*.example',
    'https://front-end.example/',
    'https://FRONT-END.example',
    'https://front-end.example:443',
    'front-end.example',
  ])('with an origin that no browser sends does not start: %s', (origin) => {
    expect(() => readConfig({}, { dataFolder: temporary(), cors: { origins: [origin] } })).toThrow(/cors\/origins/);
  });
});
