/** What operators and their machines ask: is it alive, is it ready, what is it. No identifiers in any answer. */
import type { JWK } from 'jose';
import { type Bus, BusRefused, BusUnavailable } from '../../bus/bus.ts';
import type { Journal } from '../../store/journal.ts';
import type { View } from '../../store/view/view.ts';
import type { Lease } from '../../subscriptions/lease.ts';
import type { WatchedTopics } from '../../topics.ts';
import type { OperationHandler } from './call.ts';
import { RETRY_SECONDS } from './problem.ts';
import { sendDocument } from './public-documents.ts';

export interface OperationsContext {
  readonly bus: Bus;
  readonly view: View;
  /** Where the bus is Kafka. */
  readonly topics: Pick<WatchedTopics, 'health' | 'differences'> | undefined;
  readonly journal: Journal;
  readonly auditSeconds: number;
  /** Whether the issuer of access tokens can be asked for its keys, where it is not built in. */
  readonly issuerHealth?: (() => Check) | undefined;
  /** The state of each transport of the configuration. */
  readonly transportHealth: () => readonly Check[];
  readonly now: () => number;
  /** What runs here, and under which policy now. */
  readonly info: () => object;
  readonly sealKeys: () => readonly JWK[];
  readonly isStopping: () => boolean;
  /** By which several gateways agree on one that delivers to subscribers, where there can be several. */
  readonly lease: () => Pick<Lease, 'health' | 'skew'> | undefined;
}

type Check = 'pass' | 'warn' | 'fail';

function canWrite(view: OperationsContext['view']): boolean {
  try {
    view.check();
    return true;
  } catch {
    return false;
  }
}

export const health =
  ({
    bus,
    topics,
    view,
    journal,
    auditSeconds,
    issuerHealth,
    transportHealth,
    now,
    isStopping,
    lease,
  }: OperationsContext): OperationHandler<'getHealth'> =>
  async (_call, response) => {
    const checks: Record<string, Check> = { bus: 'pass', audit: 'pass', accepting: isStopping() ? 'fail' : 'pass' };
    const reasons: Record<string, string> = {};
    await bus.check().catch((error: Error) => {
      checks.bus = 'fail';
      if (error instanceof BusUnavailable || error instanceof BusRefused) reasons.bus = error.message;
    });
    checks.view = canWrite(view) ? 'pass' : 'fail';
    if (journal.isRefused) checks.audit = 'fail';
    if (journal.failedSince !== undefined && now() - journal.failedSince >= auditSeconds * 1000) checks.audit = 'fail';
    if (journal.witness !== undefined) checks.witness = journal.witness;
    // Without a timestamp the gateway goes on.
    if (journal.timestamps !== undefined) checks.timestamps = journal.timestamps.health;
    if (topics !== undefined) checks.topics = topics.health;
    if (issuerHealth !== undefined) checks.issuer = issuerHealth();
    const others = transportHealth();
    // A gateway whose transport fails still serves all others. The metrics say which transport it is.
    if (others.length > 0) checks.transports = others.every((state) => state === 'pass') ? 'pass' : 'warn';
    const { skew = 0, health: deliveries = 'pass' } = lease() ?? {};
    if (skew !== 0) checks.clock = 'warn';
    if (deliveries !== 'pass') checks.deliveries = deliveries;
    if (checks.audit === 'pass' && journal.gaps.some(({ isLost }) => isLost)) checks.audit = 'warn';
    const status: Check = Object.values(checks).includes('fail') ? 'fail' : 'pass';
    if (status === 'fail') response.set('Retry-After', String(RETRY_SECONDS.unavailable));
    response.status(status === 'pass' ? 200 : 503).json({
      status,
      checks,
      ...(reasons.bus === undefined ? {} : { reasons }),
      ...(topics === undefined ? {} : { differences: topics.differences }),
    });
  };

export const ping: OperationHandler<'getPing'> = (_call, response) => {
  response.json({ status: 'pass' });
};

export const info =
  ({ info: about }: OperationsContext): OperationHandler<'getInfo'> =>
  (_call, response) => {
    response.json(about());
  };

export const jwks =
  ({ sealKeys }: OperationsContext): OperationHandler<'getSealKeys'> =>
  (_call, response) =>
    sendDocument(response, 'application/json', JSON.stringify({ keys: sealKeys() }));

/** RFC 9116. */
export const securityTxt = (expires: string): OperationHandler<'getSecurityTxt'> => {
  const body = `Contact: mailto:security@justice-interchange.example\nExpires: ${expires}\nPreferred-Languages: en, cy\n`;
  return (_call, response) => sendDocument(response, 'text/plain', body);
};
