/** The id of a message depends on its bytes and its metadata, so that no message is confused with another. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import { openEmbeddedBus } from '../../../gateway/bus/embedded/embedded-bus.ts';
import { makeIdentities } from '../../../gateway/pipeline/ids.ts';
import { RECEIPTS, record } from '../../../gateway/wire/streams.ts';
import { ASSERTED, caseOf, ON_KAFKA, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const open: TestGateway[] = [];
const start = async (dataFolder = temporary()): Promise<TestGateway> => {
  const gateway = await openGateway({ dataFolder });
  open.push(gateway);
  return gateway;
};
afterEach(() => Promise.all(open.splice(0).map((gateway) => gateway.close())));

const label = { policy: POLICY, classification: 'OFFICIAL' };
const asserted = ASSERTED({});

describe('a message', () => {
  it('with a label is different from the message whose bytes end with that label', async () => {
    const gateway = await start();
    const first = await gateway.post('/v1/messages', caseOf(1), 'force', asserted);
    expect(first.status).toBe(202);
    const other = await gateway.post(
      '/v1/messages',
      Buffer.concat([Buffer.from(caseOf(1)), Buffer.from(`\0${canonicalJson(label)}`)]),
      'force',
    );
    expect([other.status, other.headers.get('Interchange-Repeated')]).toEqual([422, null]);
    expect(other.body.receipt).not.toBe(first.body.id);
  });

  it('that is sent again with the same label is repeated, and with another label is another message', async () => {
    const gateway = await start();
    const send = (headers: Record<string, string>) => gateway.post('/v1/messages', caseOf(2), 'force', headers);
    const [first, again, another] = [await send(asserted), await send(asserted), await send(ASSERTED({ sensitive: true }))];
    expect([again.headers.get('Interchange-Repeated'), again.body.id]).toEqual(['true', first.body.id]);
    expect(another.body.id).not.toBe(first.body.id);
  });

  it('in quarantine stays there when its bytes are sent again as an event', async () => {
    const gateway = await start();
    const text = JSON.stringify({
      specversion: '1.0',
      type: 'uk.justice.case.registered.v1',
      data: { case: { urn: '52WX2000003' }, defendants: [{}] },
    });
    const refused = await gateway.post('/v1/messages', text, 'force');
    expect(refused.status).toBe(422);
    expect((await gateway.post('/v1/events', text, 'force')).status).toBe(202);
    expect((await gateway.call(`/v1/messages/${refused.body.receipt}`, {}, 'force')).body.status).toBe('quarantined');
  });

  it.skipIf(ON_KAFKA)('that an earlier version accepted under its own id is repeated', async () => {
    const folder = temporary();
    const before = await start(folder);
    await before.close();
    open.pop();
    const identities = makeIdentities(Buffer.from(readFileSync(join(folder, 'keys/secret'), 'utf8').trim(), 'base64url'));
    const source = before.config.clients.find(({ persona }) => persona === 'force')?.id ?? '';
    const text = caseOf(4);
    const id = identities.messageId(source, Buffer.from(`${text}\0${canonicalJson(label)}`));
    const receipt = {
      id,
      status: 'accepted',
      source,
      adapter: 'spi-new-case',
      received: '2026-01-01T00:00:00.000Z',
      assertion: label,
      sha256: createHash('sha256').update(text).digest('hex'),
      events: [],
      warnings: [],
      reasons: [],
      label,
      origin: label,
    };
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    await bus.publish([record(RECEIPTS, id, receipt)]);
    await bus.close();
    const gateway = await start(folder);
    const again = await gateway.post('/v1/messages', text, 'force', asserted);
    expect([again.status, again.headers.get('Interchange-Repeated'), again.body.id]).toEqual([202, 'true', id]);
    const other = await gateway.post('/v1/messages', caseOf(5), 'force', asserted);
    expect(other.headers.get('Interchange-Repeated')).toBeNull();
  });
});
