/** How every transport passes messages to intake, shown with a transport that is not HTTP. */
import { describe, expect, it } from 'vitest';
import type { Intake, IntakeResult } from '../../gateway/intake/message-intake.ts';
import { makeReceive } from '../../gateway/transports/receive.ts';
import type { Arrival } from '../../gateway/transports/transport.ts';
import { sampleCase } from '../support/rules-in-force.ts';

const REFUSED: IntakeResult = { kind: 'idempotency-in-flight' };

describe('a message from a transport', () => {
  const source = { id: 'wessex.folder', floor: { classification: 0, bits: [] } as never, submits: new Set(['case.registered']) };
  const arrival: Arrival = {
    bytes: Buffer.from(sampleCase),
    sender: { who: 'wessex.operator', onBehalfOf: 'a-pseudonym', source },
    mediaType: 'application/xml',
    charset: 'utf-8',
    adapter: 'spi',
    idempotencyKey: 'a-key',
  };

  it('is accepted with all its details, for the client that sent it', async () => {
    const taken: Intake[] = [];
    const receive = makeReceive(
      {
        take: async (intake) => {
          taken.push(intake);
          return REFUSED;
        },
      },
      'folder',
    );
    await receive(arrival, () => undefined);
    const { bytes, mediaType, charset, adapter } = arrival;
    expect(taken).toEqual([
      {
        submission: { bytes, mediaType, charset, adapter, source },
        who: 'wessex.operator',
        onBehalfOf: 'a-pseudonym',
        idempotencyKey: 'a-key',
        transport: 'folder',
      },
    ]);
  });
  it('gets one reply, after intake has a result', async () => {
    const order: string[] = [];
    const receive = makeReceive(
      {
        take: async () => {
          order.push('taken');
          return REFUSED;
        },
      },
      'folder',
    );
    await receive(arrival, async (result) => void order.push(result.kind));
    expect(order).toEqual(['taken', 'idempotency-in-flight']);
  });
  it('gets no reply where nothing of it was stored, and the transport gets an error', async () => {
    const receive = makeReceive({ take: () => Promise.reject(new Error('no bus')) }, 'folder');
    let replied = false;
    await expect(receive(arrival, () => void (replied = true))).rejects.toThrow('no bus');
    expect(replied).toBe(false);
  });
});
