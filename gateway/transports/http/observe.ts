/** What operators see: metrics without identifiers (T19), and one log line for each request without content (T18). */
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { TimestampState } from '../../store/audit/timestamper.ts';
import type { TransportHealth } from '../transport.ts';
import { SILENT, type Tracer } from './trace.ts';

export interface WebhookState {
  /** Records that the subscription that is furthest behind has still to pass. */
  readonly backlog: () => number;
  /** Whether this gateway is the one that delivers. */
  readonly isHeld?: () => boolean;
  /** How many milliseconds ago any of them claimed that. */
  readonly age?: () => number;
}

export interface Observe {
  taken(outcome: 'accepted' | 'quarantined' | 'repeated'): void;
  delivered(verdict: 'permit' | 'redact', count: number): void;
  broken(): void;
  /** A record of one of the gateway's streams was put aside. */
  putAside(stream: string, code: string): void;
  /** A message that a transport of the configuration brought. */
  arrived(transport: string, outcome: 'accepted' | 'quarantined' | 'repeated' | 'refused'): void;
  /** Shows whether a transport works, and how much waits on its other side. */
  transport(name: string, health: () => TransportHealth): void;
  /** An attempt to deliver to a subscriber. */
  attempted(outcome: 'delivered' | 'failed' | 'withheld' | 'unwritable'): void;
  /** Times a request of an operation, and logs it. */
  request(operation: string): RequestHandler;
  readonly registry: Registry;
  /** What the bus tells of itself. */
  readonly bus: {
    readonly onAlarm: (reason: string) => void;
    readonly onProduced: (milliseconds: number, records: number) => void;
    readonly onReplaced: (reason: string) => void;
  };
  /** Shows how full the spool is. */
  spool(state: () => { readonly records: number; readonly bytes: number; readonly limit: number; readonly age: number }): void;
  /** Shows whether the audit log gets timestamps. */
  timestamps(state: () => Pick<TimestampState, 'taken' | 'failed' | 'last'> | undefined): void;
  /** Shows in what the topics on the brokers are not as specified. */
  topics(differences: () => readonly { readonly kind: string; readonly topic: string }[]): void;
  /** Shows how far deliveries to subscribers are behind and, where there are several gateways, which of them delivers. */
  webhooks(state: WebhookState): void;
  /** Shows how many messages the ledger misses. */
  missing(missing: () => number): void;
  /** Shows how many records a reader of the bus has still to take. */
  lag(reader: string, lag: () => Promise<number>): void;
}

/** Metrics do not wait for a bus that is away: that is when they are looked at. */
const LAG_MILLISECONDS = 1000;

function unknown(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  setTimeout(() => resolve(Number.NaN), LAG_MILLISECONDS).unref();
  return promise;
}

type Registers = readonly [Registry];

/** What messages and events came to. */
function makeCounts(registers: Registers): Pick<Observe, 'taken' | 'delivered' | 'broken' | 'putAside' | 'attempted' | 'arrived'> {
  const counter = (name: string, help: string, ...labelNames: readonly string[]) =>
    new Counter({ name: `interchange_${name}_total`, help, labelNames, registers: [...registers] });
  const messages = counter('messages', 'Messages taken in, by outcome', 'outcome');
  const deliveries = counter('deliveries', 'Events delivered, by decision', 'decision');
  const brokenSeals = counter('broken_seals', 'Records on the bus that did not verify');
  const aside = 'Records on the streams of the gateway that were put aside, by stream and reason';
  const badRecords = counter('bad_stream_records', aside, 'stream', 'code');
  const attempts = counter('webhook_attempts', 'Attempts to deliver to subscribers, by outcome', 'outcome');
  const arrivals = counter('transport_messages', 'Messages that a transport brought, by outcome', 'transport', 'outcome');
  return {
    arrived: (transport, outcome) => arrivals.inc({ transport, outcome }),
    taken: (outcome) => messages.inc({ outcome }),
    delivered: (decision, count) => deliveries.inc({ decision }, count),
    broken: () => brokenSeals.inc(),
    putAside: (stream, code) => badRecords.inc({ stream, code }),
    attempted: (outcome) => attempts.inc({ outcome }),
  };
}

function makeBusMetrics([register]: Registers, log: Logger): Observe['bus'] {
  const registers = [register];
  const produced = new Histogram({
    name: 'interchange_bus_produce_seconds',
    help: 'Time until the brokers acknowledged a request',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60],
    registers,
  });
  const producedRecords = new Counter({
    name: 'interchange_bus_produced_records_total',
    help: 'Records that were acknowledged',
    registers,
  });
  const alarms = new Counter({
    name: 'interchange_bus_alarms_total',
    help: 'Acknowledgements that cannot be right, and producers given up',
    registers,
  });
  return {
    onAlarm: (reason) => {
      alarms.inc();
      log.error({ reason }, 'unexpected acknowledgement, or producer replaced: records are sent again');
    },
    onProduced: (milliseconds, records) => {
      produced.observe(milliseconds / 1000);
      producedRecords.inc(records);
    },
    onReplaced: (reason) => log.error({ reason }, 'the bus is not the one of this gateway: nothing is accepted until somebody looks'),
  };
}

/** How far each group is behind, asked for when somebody looks. */
function makeLag([register]: Registers): Observe['lag'] {
  const lags = new Map<string, () => Promise<number>>();
  new Gauge({
    name: 'interchange_bus_lag_records',
    help: 'Records that a reader of the bus has still to take',
    labelNames: ['group'],
    registers: [register],
    async collect() {
      for (const [reader, lag] of lags) this.set({ group: reader }, await Promise.race([lag().catch(() => Number.NaN), unknown()]));
    },
  });
  return (group, lag) => void lags.set(group, lag);
}

type Figure = readonly [name: string, help: string, value: () => number | undefined];

/** Figures of the parts of a gateway, asked for when somebody looks. */
function makeFigures([register]: Registers, now: () => number): Pick<Observe, 'spool' | 'timestamps' | 'topics' | 'webhooks' | 'missing'> {
  const registers = [register];
  const show = (part: string, ...figures: readonly Figure[]): void => {
    for (const [name, help, value] of figures)
      new Gauge({
        name: `interchange_${part}_${name}`,
        help,
        registers,
        collect() {
          this.set(value() ?? 0);
        },
      });
  };
  const missing =
    'Messages that were received in the completed hours of the last 48, and of which nothing is known: the alarm of the ledger';
  return {
    spool: (state) =>
      show(
        'spool',
        ['records', 'Records in the spool', () => state().records],
        ['bytes', 'Bytes in the spool', () => state().bytes],
        ['limit_bytes', 'Bytes that the spool takes at most', () => state().limit],
        ['age_seconds', 'How long the oldest record has been in the spool', () => state().age],
      ),
    timestamps: (state) => {
      const age = (last: number | undefined) => (last === undefined ? Number.NaN : Math.max(0, now() - last) / 1000);
      show(
        'timestamps',
        ['taken', 'Timestamps of heads of the audit log, since the start', () => state()?.taken],
        ['failed', 'Requests for a timestamp that gave none, since the start', () => state()?.failed],
        ['age_seconds', 'How old the last timestamp in the audit log is', () => age(state()?.last)],
      );
    },
    topics: (differences) => showTopics(registers, differences),
    webhooks: ({ backlog, isHeld, age }) => {
      const behind = 'Records that the subscription furthest behind has still to pass, where this gateway delivers';
      show('webhook', ['backlog_records', behind, backlog]);
      if (isHeld === undefined || age === undefined) return;
      show(
        'lease',
        ['held', 'Whether this gateway is the one that delivers to subscribers', () => Number(isHeld())],
        ['age_seconds', 'How long ago a gateway last claimed to be the one that delivers', () => age() / 1000],
      );
    },
    missing: (count) => show('ledger', ['missing_messages', missing, count]),
  };
}

/** The state of each transport, asked for when somebody looks. */
function makeTransports([register]: Registers): Observe['transport'] {
  const transports = new Map<string, () => TransportHealth>();
  const gauge = (name: string, help: string, value: (health: TransportHealth) => number | undefined): void => {
    new Gauge({
      name: `interchange_transport_${name}`,
      help,
      labelNames: ['transport'],
      registers: [register],
      collect() {
        for (const [transport, health] of transports) {
          const current = value(health());
          if (current !== undefined) this.set({ transport }, current);
        }
      },
    });
  };
  gauge('up', 'Whether a transport works: 1, or 0 where it fails', ({ status }) => Number(status !== 'fail'));
  gauge('waiting_messages', 'Messages that wait on the other side of a transport', ({ waiting }) => waiting);
  return (name, health) => void transports.set(name, health);
}

function showTopics(registers: Registry[], differences: Parameters<Observe['topics']>[0]): void {
  new Gauge({
    name: 'interchange_topic_differences',
    help: 'What is not as specified on the brokers, by its kind and the topic that it is about',
    labelNames: ['kind', 'topic'],
    registers,
    collect() {
      this.reset();
      for (const { kind, topic } of differences()) this.set({ kind, topic }, 1);
    },
  });
}

function makeRequests([register]: Registers, log: Logger, now: () => number, tracer: Tracer): Observe['request'] {
  const durations = new Histogram({
    name: 'interchange_request_seconds',
    help: 'Time to answer a request, by operation and status',
    labelNames: ['operation', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [register],
  });
  return (operation) => (request, response, next) => {
    const started = now();
    const trace = tracer.request(operation, request.get('traceparent'));
    response.locals.trace = trace;
    if (trace.isReplaced) response.set('Interchange-Warning', 'traceparent-replaced');
    response.once('close', () => {
      const milliseconds = now() - started;
      const { statusCode: status } = response;
      trace.end(status);
      durations.observe({ operation, status: String(status) }, milliseconds / 1000);
      const client = (response.locals.caller as { client: { id: string } } | undefined)?.client.id;
      const messageId = response.locals.messageId as string | undefined;
      const traceparent = trace.isReplaced ? 'replaced' : undefined;
      log.info({ operation, status, milliseconds, client, messageId, traceparent }, 'request');
    });
    next();
  };
}

export function makeObserve(log: Logger, now: () => number, tracer: Tracer = SILENT): Observe {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'interchange_' });
  const registers: Registers = [registry];
  return {
    registry,
    ...makeCounts(registers),
    ...makeFigures(registers, now),
    bus: makeBusMetrics(registers, log),
    lag: makeLag(registers),
    transport: makeTransports(registers),
    request: makeRequests(registers, log, now, tracer),
  };
}
