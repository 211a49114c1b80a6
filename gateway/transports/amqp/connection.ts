/** A connection to a broker of AMQP 1.0, in one session. What rhea would believe of a broker is checked before it gets it. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import rhea, { type Connection, type EventContext, type Session } from 'rhea';
import type { Broker } from '../broker-settings.ts';
import { NotConnected, openSocket } from '../broker-socket.ts';
import { Malformed } from './encoding.ts';
import { FrameGuard, MOST_FRAME_BYTES } from './frame-guard.ts';

/** Parts of rhea 3.0.5 that its types do not have. */
interface Inner {
  input: (chunk: Buffer) => void;
  on_begin: (frame: { readonly performative: { readonly remote_channel?: number } }) => void;
  eof: () => void;
}
interface InnerSession {
  readonly links: Readonly<Record<string, unknown>>;
  on_attach: (frame: { readonly performative: { readonly name: string } }) => void;
  on_disposition: (frame: { readonly performative: Disposition }) => void;
}
interface Disposition {
  readonly first: number;
  readonly last?: number;
  readonly state?: { readonly descriptor?: { readonly value: number | string } };
}

/** The least frame that a broker must take by the standard, and the most often that one may ask for a sign of life. */
const [LEAST_FRAME_BYTES, LEAST_IDLE_MILLISECONDS] = [512, 100];
/** More deliveries than a session has at once. */
const MOST_DISPOSED = 4096;
/** The states of a delivery, by number: received, accepted, rejected, released, modified. */
const STATES = new Set<number | string | undefined>([0x23, 0x24, 0x25, 0x26, 0x27, undefined]);
/** How long a broker may take to say goodbye. */
const GOODBYE_MILLISECONDS = 2000;

const ENDS = ['connection_close', 'session_close', 'error', 'protocol_error', 'disconnected'];
/** What a broker says where asking again does not help. */
const REFUSALS = new Set<unknown>(['amqp:unauthorized-access', 'amqp:not-found', 'amqp:not-allowed']);

/** SASL by what the settings have, and nothing that the broker would rather have. */
function mechanismsOf({ user, password, tls }: Broker): Record<string, () => object> {
  const name = user === undefined ? (tls?.cert === undefined ? 'ANONYMOUS' : 'EXTERNAL') : 'PLAIN';
  const response = name === 'PLAIN' ? `\0${user}\0${password ?? ''}` : '';
  const start = (callback: (error: undefined, response: Buffer) => void) => callback(undefined, Buffer.from(response));
  return Object.assign(Object.create(null) as object, { [name]: () => ({ start }) });
}

export class AmqpConnection implements AsyncDisposable {
  readonly session: Session;
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #guard = new FrameGuard();
  readonly #opened = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<NotConnected>();
  #isOpen = false;
  #error: NotConnected | undefined;

  /** Rejects with NotConnected. */
  static async open(broker: Broker): Promise<AmqpConnection> {
    const connection = new AmqpConnection(broker, await openSocket(broker));
    const timer = setTimeout(() => connection.end(new NotConnected('timeout', 'The broker does not answer')), broker.timeoutMilliseconds);
    try {
      await connection.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
    return connection;
  }

  private constructor(broker: Broker, socket: Socket) {
    this.#socket = socket;
    const { host, port, virtualHost = host, heartbeatMilliseconds } = broker;
    const connect = (_port: number, _host: string, _options: object, connected: () => void) => {
      setImmediate(connected);
      return socket;
    };
    const options = {
      host,
      hostname: virtualHost,
      container_id: `interchange-${randomUUID()}`,
      reconnect: false,
      idle_time_out: heartbeatMilliseconds,
      max_frame_size: MOST_FRAME_BYTES,
      sasl_mechanisms: mechanismsOf(broker),
      connection_details: () => ({ host, port, connect }),
    };
    this.#connection = rhea.create_container({}).create_connection(options as never);
    this.#bound(this.#connection as unknown as Inner);
    for (const name of ENDS)
      this.#connection.on(name, () => this.end(new NotConnected('connection', 'The connection to the broker has ended')));
    for (const name of ['connection_error', 'session_error'])
      this.#connection.on(name, ({ error, session }: EventContext) => this.end(this.#refusal(error ?? session?.error)));
    this.#connection.on('connection_open', () => this.#greet());
    socket.on('close', () => this.end(new NotConnected('connection', 'The connection to the broker has ended')));
    this.#connection.connect();
    this.session = this.#connection.create_session();
    boundSession(this.session as unknown as InnerSession);
    this.session.begin();
  }

  #bound(inner: Inner): void {
    const { input, on_begin: begin } = inner;
    inner.input = (chunk) => {
      try {
        this.#guard.push(chunk, (frame) => {
          if (this.#error === undefined) input.call(inner, frame);
        });
      } catch {
        this.end(new NotConnected('connection', 'The broker does not keep to AMQP 1.0'));
      }
    };
    inner.on_begin = (frame) => {
      if (typeof frame.performative.remote_channel !== 'number') throw new Malformed();
      begin.call(inner, frame);
    };
  }

  #greet(): void {
    const { max_frame_size: most, idle_time_out: idle } = this.#connection as { max_frame_size?: number; idle_time_out?: number };
    if ((most ?? LEAST_FRAME_BYTES) < LEAST_FRAME_BYTES || (idle ?? LEAST_IDLE_MILLISECONDS) < LEAST_IDLE_MILLISECONDS)
      this.end(new NotConnected('connection', 'The broker asks for what no connection can keep to'));
    this.#isOpen = true;
    this.#opened.resolve();
  }

  #refusal(error: unknown): NotConnected {
    if (!REFUSALS.has((error as { condition?: unknown } | undefined)?.condition))
      return new NotConnected('connection', 'The broker ended the connection');
    return new NotConnected(
      'refused',
      this.#isOpen
        ? 'The broker refuses what it was asked for: check names, and what the user may do'
        : 'The broker refuses the user: check user, password and virtual host',
    );
  }

  get error(): NotConnected | undefined {
    return this.#error;
  }

  /** Resolves when the connection has ended. */
  get ended(): Promise<NotConnected> {
    return this.#ended.promise;
  }

  /** Ends the connection at once. Only the first reason counts. */
  end(error: NotConnected): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#socket.destroy();
    // rhea must stop its clocks, which a socket that is destroyed does not tell it.
    (this.#connection as unknown as Inner).eof();
    this.#opened.promise.catch(() => undefined);
    this.#opened.reject(error);
    this.#ended.resolve(error);
  }

  /** Sends what is still to be sent, says goodbye and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#error !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, GOODBYE_MILLISECONDS);
    this.#connection.on('connection_close', () => resolve());
    this.#connection.close();
    await Promise.race([promise, this.ended]);
    clearTimeout(timer);
    this.end(new NotConnected('connection', 'The connection was closed'));
  }
}

/** A broker opens no links of its own, and does not speak of deliveries that there are not. */
function boundSession(session: InnerSession): void {
  const { on_attach: attach, on_disposition: dispose } = session;
  session.on_attach = (frame) => {
    if (!Object.hasOwn(session.links, frame.performative.name)) throw new Malformed();
    attach.call(session, frame);
  };
  session.on_disposition = (frame) => {
    const { first, last, state } = frame.performative;
    if ((last ?? first) - first > MOST_DISPOSED || !STATES.has(state?.descriptor?.value)) throw new Malformed();
    dispose.call(session, frame);
  };
}
