/** Opens webhook delivery and the operations of subscribers. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { makeReadable, type ReadableContext } from '../reading/readable.ts';
import { OperatedSubscriptions, type OperatedSubscriptionsContext } from '../subscriptions/operated-subscriptions.ts';
import { Replays } from '../subscriptions/replays.ts';
import { Subscriptions, type SubscriptionsContext } from '../subscriptions/subscriptions.ts';
import { networksFor } from '../subscriptions/target.ts';
import { SECONDS_BETWEEN, WebhookDelivery, type WebhookDeliveryContext } from '../subscriptions/webhook-delivery.ts';

/** The parts of the gateway that these parts need. */
export type WebhooksContext = Omit<WebhookDeliveryContext, 'networks' | 'secondsBetween' | 'timeoutSeconds' | 'onFault' | 'profiles'> &
  Omit<SubscriptionsContext, 'networks' | 'timeoutSeconds' | 'since' | 'readable'> &
  Omit<ReadableContext, 'profiles'> &
  Pick<OperatedSubscriptionsContext, 'labelling'> & { readonly log: Logger };

/** Makes the parts. Delivery starts with the first call of `refresh`. */
export function openWebhooks(
  config: Config,
  context: WebhooksContext,
): {
  readonly webhooks: WebhookDelivery;
  readonly subscriptions: Subscriptions;
  readonly replays: Replays;
  readonly operated: OperatedSubscriptions;
} {
  const { log, eventReader } = context;
  const { profiles } = context.standards;
  const deliveryContext = { ...context, profiles, networks: networksFor(config), timeoutSeconds: config.webhooks?.timeoutSeconds ?? 10 };
  const webhooks = new WebhookDelivery({
    ...deliveryContext,
    secondsBetween: config.webhooks?.secondsBetween ?? SECONDS_BETWEEN,
    onFault: (kind) => log.warn({ kind }, 'a subscription waits: nothing can be delivered to it now'),
  });
  const since: SubscriptionsContext['since'] = (time) => eventReader.since(time);
  const subscriptions = new Subscriptions({ ...deliveryContext, since, readable: makeReadable(deliveryContext) });
  const replays = new Replays({ view: context.view, subscriptions, since });
  return { webhooks, subscriptions, replays, operated: new OperatedSubscriptions({ ...deliveryContext, subscriptions, replays }) };
}
