/** A connection to a broker of STOMP 1.1 or 1.2. What stompit would believe of a broker is bounded before it gets it. */
import type { Writable } from 'node:stream';
import stompit from 'stompit';
import type { Broker } from '../broker-settings.ts';
import { NotConnected, openSocket } from '../broker-socket.ts';

/** Parts of stompit 1.0.0 that its types do not have. */
interface Incoming {
  _decode: (text: string) => string;
  _beginBody: () => void;
  setVersion: (version: string) => void;
}

/** The headers that somebody reads. A broker passes on others that a sender made up, in any number: they are not kept. */
const USED = new Set([
  ...['version', 'heart-beat', 'receipt-id', 'subscription', 'message-id', 'ack'],
  ...['content-type', 'content-length', 'reply-to', 'correlation-id'],
]);
/** The longest line of a frame before its body, in bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;
/** How long a broker may take to say goodbye. */
const GOODBYE_MILLISECONDS = 2000;

export type Headers = Record<string, string | number>;

export class StompConnection implements AsyncDisposable {
  readonly client: stompit.Client;
  readonly #ended = Promise.withResolvers<NotConnected>();
  #error: NotConnected | undefined;

  /** Rejects with NotConnected. */
  static async open(broker: Broker): Promise<StompConnection> {
    const { user, password, virtualHost = '/', heartbeatMilliseconds } = broker;
    const connection = new StompConnection(new stompit.Client(await openSocket(broker), optionsOf(heartbeatMilliseconds)));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => connection.end(new NotConnected('timeout', 'The broker does not answer')), broker.timeoutMilliseconds);
    void connection.ended.then(reject);
    const headers: Headers = {
      'accept-version': '1.1,1.2',
      host: virtualHost,
      ...(user === undefined ? {} : { login: user }),
      ...(password === undefined ? {} : { passcode: password }),
    };
    connection.client.once('connect', () => resolve());
    connection.client.connect(headers);
    try {
      await promise;
    } catch (error) {
      // Brokers say no more than that something is wrong, and not always that.
      if (error instanceof NotConnected && error.reason === 'refused')
        throw new NotConnected('refused', 'The broker refuses the user: check user, password and virtual host');
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return connection;
  }

  private constructor(client: stompit.Client) {
    this.client = client;
    boundHeaders((client as unknown as { _incoming: Incoming })._incoming);
    const { setCommandHandlers } = client;
    client.setCommandHandlers = (handlers) =>
      setCommandHandlers.call(client, {
        ...handlers,
        // The handler of stompit ends the process where the broker explains itself.
        ERROR: () =>
          this.end(new NotConnected('refused', 'The broker refuses what it was asked for: check names, and what the user may do')),
      });
    client.on('error', () => this.end(new NotConnected('connection', 'The connection to the broker has ended')));
    client.on('end', () => this.end(new NotConnected('connection', 'The connection to the broker has ended')));
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
    this.client.destroy(error);
    this.#ended.resolve(error);
  }

  /** Sends a frame; `onReceipt` is called when the broker has done what it says. */
  send(command: string, headers: Headers, bytes?: Uint8Array, onReceipt?: () => void): void {
    const frame: Writable = this.client.sendFrame(command, headers, (onReceipt === undefined ? {} : { onReceipt }) as never);
    frame.on('error', () => this.end(new NotConnected('connection', 'The connection to the broker has ended')));
    if (bytes !== undefined && bytes.length > 0) frame.write(bytes);
    frame.end();
  }

  /** Sends a frame without a body, and waits until the broker has done what it says, but not for long. */
  async sendAndWait(command: string, headers: Headers): Promise<void> {
    if (this.#error !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, GOODBYE_MILLISECONDS);
    this.send(command, headers, undefined, resolve);
    await Promise.race([promise, this.ended]);
    clearTimeout(timer);
  }

  /** Sends what is still to be sent, says goodbye and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#error !== undefined) return;
    const timer = setTimeout(() => this.end(new NotConnected('timeout', 'The broker does not answer')), GOODBYE_MILLISECONDS);
    this.client.disconnect();
    await this.ended;
    clearTimeout(timer);
  }
}

const optionsOf = (milliseconds: number) =>
  ({
    heartbeat: [milliseconds, milliseconds],
    heartbeatDelayMargin: milliseconds,
    maxLineLength: LONGEST_LINE,
  }) as object;

/**
 * stompit keeps headers, receipts, subscriptions and commands in plain objects, and fails on the name of what every object has. It decodes
 * the command, and then each name and value, by one function: that function marks such a name, and leaves out what nobody reads.
 */
function boundHeaders(incoming: Incoming): void {
  const { setVersion, _beginBody: beginBody } = incoming;
  let place = 0;
  let isUsed = true;
  const bound = () => {
    const decode = incoming._decode;
    incoming._decode = (text) => {
      const isName = place++ % 2 === 1;
      if (isName) isUsed = USED.has(text);
      if (!isUsed) return '-';
      const decoded = decode(text);
      return decoded in Object.prototype ? `-${decoded}` : decoded;
    };
  };
  incoming._beginBody = () => {
    place = 0;
    isUsed = true;
    beginBody.call(incoming);
  };
  incoming.setVersion = (version) => {
    setVersion.call(incoming, version);
    bound();
  };
  bound();
}
