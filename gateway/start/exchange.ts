/** Opens the parts that handle messages and events, whatever the transport: intake, reading, delivery and quarantine. */
import type { Ledger } from '../intake/ledger.ts';
import { MessageIntake } from '../intake/message-intake.ts';
import { placesBefore } from '../intake/missing-places.ts';
import { LabelRequests } from '../quarantine/label-requests.ts';
import { Quarantine } from '../quarantine/quarantine.ts';
import type { EventReader } from '../reading/event-reader.ts';
import type { ProtectionRegister } from '../store/register.ts';
import { type Background, openBackground } from './background.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { openReading } from './reading.ts';
import { openSharedParts } from './shared-parts.ts';
import { openWorkers, type Workers } from './workers.ts';

export interface Exchange extends Pick<Workers, 'reload'>, Background {
  readonly intake: MessageIntake;
  readonly eventReader: EventReader;
  readonly quarantine: Quarantine;
  readonly requests: LabelRequests;
  readonly register: ProtectionRegister;
  readonly ledger: Ledger;
  /** Starts the workers and the background work: deliveries, corrections, places in the order. */
  readonly begin: Background['begin'];
}

export function openExchange(stack: AsyncDisposableStack, context: ExchangeContext): Exchange {
  const shared = openSharedParts(stack, context);
  const { pool, reload } = openWorkers(stack, context, shared);
  const intake = new MessageIntake({ ...shared, pool, before: (event) => placesBefore(shared, event) });
  const reading = openReading(context, shared, pool);
  const requests = new LabelRequests(shared);
  const quarantine = new Quarantine({ ...shared, intake, requests });
  const background = openBackground(stack, context, shared, reading);
  const begin: Background['begin'] = (isStopping) => {
    pool.start();
    return background.begin(isStopping);
  };
  const { register, ledger } = shared;
  return { ...background, intake, eventReader: reading.eventReader, quarantine, requests, register, ledger, reload, begin };
}
