/** Opens what gives events their place in the one order, and each level its own order on a bus that others read. */
import type { Logger } from 'pino';
import { LevelOrders } from './reading/level-orders.ts';
import { RestoreOrder } from './reading/restore-order.ts';

type RestoreContext = ConstructorParameters<typeof RestoreOrder>[0];
type LevelContext = ConstructorParameters<typeof LevelOrders>[0];

export type OrdersContext = Omit<RestoreContext & LevelContext, 'onFault'> & { readonly log: Logger; readonly isShared: boolean };

/** The parts. On a bus of one gateway no level has an order of its own. */
export function openOrders(context: OrdersContext): { readonly order: RestoreOrder; readonly levelOrders: LevelOrders | undefined } {
  const { log, isShared } = context;
  const order = new RestoreOrder({ ...context, onFault: (kind) => log.warn({ kind }, 'events wait for their place in the order') });
  if (!isShared) return { order, levelOrders: undefined };
  const onFault = (kind: string) => log.warn({ kind }, 'the orders of the levels wait: they cannot be written now');
  return { order, levelOrders: new LevelOrders({ ...context, onFault }) };
}
