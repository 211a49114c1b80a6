/** Checks a bus that answers for the first time since the start. It does the checks of a start before the spool is published to the bus. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BusUnavailable } from './bus/bus.ts';
import type { AwayBus } from './buses.ts';
import type { Journal } from './store/journal.ts';
import type { View } from './store/view/view.ts';

const AGAIN_MILLISECONDS = 1000;

export interface WhenBackContext {
  readonly journal: Pick<Journal, 'verify' | 'refuse'>;
  readonly view: Pick<View, 'followLate'>;
  readonly log: Pick<Logger, 'warn' | 'error' | 'info'>;
  readonly isStopping: () => boolean;
  /** Starts the other work that needs the bus. */
  readonly resume: () => Promise<void>;
}

/** Never rejects. Where the bus is not the expected one, the gateway accepts nothing more, and the spool stays. */
export async function whenBack(away: AwayBus, { journal, view, log, isStopping, resume }: WhenBackContext): Promise<void> {
  log.warn('Kafka does not answer: messages go into the spool');
  await away.back;
  while (!isStopping())
    try {
      await view.followLate();
      await journal.verify();
      away.clear();
      await resume();
      log.info('Kafka answers, and its audit log verifies: what is in the spool goes on');
      return;
    } catch (error) {
      const { message: reason } = error as Error;
      log.error({ reason }, 'what is in the spool cannot go on');
      if (!(error instanceof BusUnavailable)) {
        journal.refuse(reason);
        return;
      }
      await delay(AGAIN_MILLISECONDS, undefined, { ref: false });
    }
}
