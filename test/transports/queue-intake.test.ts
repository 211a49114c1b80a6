/** The outcome of each message of a queue, in any protocol. */
import { describe, expect, it } from 'vitest';
import { BusUnavailable } from '../../gateway/bus/bus.ts';
import type { IntakeResult } from '../../gateway/intake/message-intake.ts';
import type { Publication, QueuedMessage } from '../../gateway/transports/queue.ts';
import { QueueIntake } from '../../gateway/transports/queue-intake.ts';
import { NotDelivered } from '../../gateway/transports/transport.ts';
import { receiptOf } from '../support/opened-transport.ts';

interface Message {
  readonly content: string | Extract<QueuedMessage['content'], string>;
  readonly isUnread?: boolean;
  readonly replyTo?: string;
}

/** A queue in memory, an intake of it, and all that happens, in its order. */
function queueOf(messages: readonly Message[], { replies, refuses = [] }: { replies?: string; refuses?: readonly string[] } = {}) {
  const happened: string[] = [];
  const waiting = messages.map(({ content, isUnread = false, replyTo }): QueuedMessage => {
    const name = content === '' ? 'nothing' : content;
    return {
      content: isUnread ? (content as Extract<QueuedMessage['content'], string>) : Buffer.from(content),
      ...(replyTo === undefined ? {} : { replyTo }),
      accept: () => void happened.push(`${name} accepted`),
      reject: () => void happened.push(`${name} rejected`),
    };
  });
  const publish = async (address: string, { bytes }: Publication) => {
    if (refuses.includes(address)) throw new NotDelivered('refused');
    happened.push(`${address}: ${JSON.parse(Buffer.from(bytes).toString()).status}`);
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined } as never;
  const intake = new QueueIntake({
    context: { sender: () => ({ who: 'a client', source: {} as never }), log },
    from: 'in',
    publish,
    open: async () => ({ next: async () => waiting.shift(), [Symbol.asyncDispose]: async () => undefined }),
    ...(replies === undefined ? {} : { replies }),
  });
  const take = (status: 'accepted' | 'quarantined' | Error = 'accepted') =>
    intake.takeNext(async ({ bytes }, reply) => {
      happened.push(`${Buffer.from(bytes)} handed over`);
      if (status instanceof Error) throw status;
      await reply({ kind: 'receipt', receipt: { ...receiptOf('id'), status }, repeated: false, isSpooled: false } as IntakeResult);
      happened.push('durable');
    }, new AbortController().signal);
  return { take, happened, intake };
}

describe('T39 a message', () => {
  it('is accepted when it is durable and its report was sent, and not before', async () => {
    const { take, happened } = queueOf([{ content: 'one' }], { replies: 'replies' });
    await take();
    expect(happened).toEqual(['one handed over', 'durable', 'replies: accepted', 'one accepted']);
  });
  it('waits while the bus is unavailable, and later messages wait with it', async () => {
    const { take, happened } = queueOf([{ content: 'one' }, { content: 'two' }]);
    for (let n = 0; n < 2; n++) await expect(take(new BusUnavailable('away'))).rejects.toThrow('away');
    expect(happened).toEqual(['one handed over', 'one handed over']);
    await take();
    await take();
    expect(happened.filter((text) => text.endsWith('accepted'))).toEqual(['one accepted', 'two accepted']);
  });
  it('waits while a report cannot be sent, if the settings say so', async () => {
    const refuses = ['replies'];
    const { take, happened } = queueOf([{ content: 'one', replyTo: 'sender' }], { replies: 'replies', refuses });
    await expect(take()).rejects.toBeInstanceOf(NotDelivered);
    expect(happened).not.toContain('one accepted');
    refuses.pop();
    await take();
    expect(happened.slice(-2)).toEqual(['replies: accepted', 'one accepted']);
  });
});

describe('T43 a message', () => {
  it('in quarantine is accepted, and does not come again', async () => {
    const { take, happened } = queueOf([{ content: 'poison', replyTo: 'sender' }]);
    await take('quarantined');
    expect(happened).toEqual(['poison handed over', 'durable', 'sender: quarantined', 'poison accepted']);
  });
  it.each([
    { content: 'too-large', isUnread: true },
    { content: 'not-bytes', isUnread: true },
    { content: 'malformed', isUnread: true },
    { content: '' },
  ])('that cannot be accepted ($content) is reported and rejected, and the next is accepted', async (message) => {
    const { take, happened, intake } = queueOf([message, { content: 'next' }], { replies: 'replies' });
    await take();
    await take();
    const name = message.content === '' ? 'nothing' : message.content;
    expect(happened).toEqual(['replies: refused', `${name} rejected`, 'next handed over', 'durable', 'replies: accepted', 'next accepted']);
    expect(intake.rejected).toBe(1);
  });
  it('whose report has nowhere to go is still accepted', async () => {
    const { take, happened } = queueOf([{ content: 'one', replyTo: 'nowhere' }], { refuses: ['nowhere'] });
    await take();
    expect(happened.at(-1)).toBe('one accepted');
  });
  it('whose report would go to the queue it came from gets none, because the gateway would read it as a message', async () => {
    const { take, happened } = queueOf([{ content: 'one', replyTo: 'in' }]);
    await take();
    expect(happened).toEqual(['one handed over', 'durable', 'one accepted']);
  });
});
