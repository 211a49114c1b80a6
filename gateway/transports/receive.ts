/** What all transports hand messages to. */
import type { Intake, MessageIntake } from '../intake/message-intake.ts';
import type { Receive } from './transport.ts';

export const makeReceive =
  (intake: Pick<MessageIntake, 'take'>, transport: string): Receive =>
  async ({ sender: { source, ...actor }, idempotencyKey, ...about }, reply) => {
    const submission: Intake['submission'] = { ...about, source };
    await reply(await intake.take({ submission, ...actor, transport, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }));
  };
