/** The example of a third party’s transport. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOME } from '../../gateway/config.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let port: number;

/** What comes back on a connection after some bytes, until there are this many answers or the other side closes. */
async function talk(text: string, answers: number): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let got = '';
  // `once` of node:events would reject at a reset connection, which is one way to close it.
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk) => {
    got += chunk;
    if (got.split('\u001c\r').length > answers) socket.end();
  });
  socket.on('error', () => undefined);
  await closed;
  return got.split('\u001c\r').filter(Boolean);
}
const framed = (text: string) => `\u000b${text}\u001c\r`;

beforeAll(async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  ({ port } = free.address() as AddressInfo);
  free.close();
  await once(free, 'close');
  gateway = await openGateway({
    limits: { bodyBytes: 100_000 },
    config: {
      transports: [
        {
          name: 'socket',
          kind: join(HOME, 'examples/transports/framed-socket.ts'),
          client: 'wessex.police.records',
          settings: { port, mediaType: 'application/xml' },
        },
      ],
    },
  });
}, 60_000);
afterAll(() => gateway.close());

describe('a third party’s transport', () => {
  it('takes messages in order, and answers each when it is durable', async () => {
    const answers = await talk(framed(caseOf(1)) + framed('<broken'), 2);
    expect(answers.map((answer) => JSON.parse(answer.slice(1)).status)).toEqual(['accepted', 'quarantined']);
    expect((await gateway.events('force')).length).toBe(1);
  });
  it('closes a connection with invalid or too long frames', async () => {
    expect(await talk(`hello${framed('')}`, 1)).toEqual([]);
    expect(await talk(`\u000b${'x'.repeat(200_000)}`, 1)).toEqual([]);
  });
  it('counts its messages, and reports its health', async () => {
    const { text } = await gateway.call('/metrics', {}, 'monitoring');
    expect(text).toContain('interchange_transport_messages_total{transport="socket",outcome="accepted"} 1');
    expect(text).toContain('interchange_transport_up{transport="socket"} 1');
    expect((await gateway.call('/health')).body.checks.transports).toBe('pass');
  });
});

describe('a configuration is refused', () => {
  const start = (transport: object) =>
    openGateway({ config: { transports: [{ name: 'one', kind: 'folder', client: 'wessex.police.records', settings: {}, ...transport }] } });
  it.each([
    [
      'with settings that the kind does not have',
      { settings: { inbox: '/tmp', port: 1 } },
      /The settings of the transport one are not valid/,
    ],
    ['without the settings that it needs', {}, /The settings of the transport one are not valid/],
    ['of an unknown kind', { kind: 'pigeon' }, /unknown kind. Known kinds: folder/],
    ['of a module that is missing', { kind: './none.ts' }, /cannot be loaded/],
    ['of a module that is not a transport', { kind: join(HOME, 'gateway/version.ts') }, /has no transport as its default export/],
    ['of a client that is not configured', { client: 'nobody', settings: { inbox: '/tmp' } }, /names a client that is not configured/],
    ['of a folder that is missing', { settings: { inbox: '/nowhere/inbox' } }, /is not a folder/],
  ])('%s', async (_, transport, reason) => {
    await expect(start(transport)).rejects.toThrow(reason);
  });
});
