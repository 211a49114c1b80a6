/** Takes messages from an inbox again and again, whatever its files are on. */
import type { Inbox } from './inbox.ts';
import { Repeat } from './repeat.ts';
import type { Receive, TransportContext, TransportHealth } from './transport.ts';

export interface PolledInbox {
  /** `fail` while the inbox cannot be read, `warn` where files are left alone. */
  readonly health: () => TransportHealth;
  /** Ends after the files that are being taken. */
  readonly close: () => Promise<void>;
}

/** Begins at once. `seconds`: how long to rest after a look that found nothing. */
export function pollInbox(inbox: Inbox, receive: Receive, seconds: number, log: TransportContext['log']): PolledInbox {
  const repeat = new Repeat({
    work: (signal) => inbox.takeAll(receive, signal),
    milliseconds: seconds * 1000,
    onFault: (reason) => log.warn({ reason }, 'the inbox cannot be read, or nothing can be taken from it'),
    onRecovered: () => log.info('the inbox is read again'),
  });
  const health = (): TransportHealth => {
    const waiting = { waiting: inbox.waiting };
    if (repeat.health.status !== 'pass' || inbox.leftAlone === 0) return { ...repeat.health, ...waiting };
    return { status: 'warn', reason: 'Files in the inbox are left alone: see the reports beside them', ...waiting };
  };
  return { health, close: () => repeat.close() };
}
