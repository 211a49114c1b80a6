/** One connection to an SFTP server. Each request is answered, refused, or ends with the connection in bounded time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import SftpClient from 'ssh2-sftp-client';
import type { Credentials } from './credentials.ts';
import { ConnectionFault, ServerRefusal } from './faults.ts';
import { algorithmsFor, isPinned } from './host-key.ts';
import type { ServerSettings } from './settings.ts';

/** The requests of the protocol, as the library offers them. */
export type Sftp = Awaited<ReturnType<SftpClient['connect']>>;

/** The answer to a request: an error, or a value. */
type Answer<T> = (error: Error | null | undefined, value?: T) => void;

const KEEP_ALIVE_MILLISECONDS = 10_000;
const KEEP_ALIVES = 3;
/** How long the server has to end the connection after it was told. */
const LAST_MILLISECONDS = 1000;

const nothing = (): void => undefined;

const LOST = new ConnectionFault('connection', 'The connection to the server was lost');
const TIMEOUT = new ConnectionFault('timeout', 'The server did not answer in time');

export class Connection {
  readonly #socket: Socket;
  readonly #client: SftpClient;
  readonly #milliseconds: number;
  /** The requests that wait for an answer. */
  readonly #waiting = new Set<(fault: ConnectionFault) => void>();
  #sftp: Sftp | undefined;
  #fault: ConnectionFault | undefined;

  private constructor(socket: Socket, milliseconds: number) {
    this.#socket = socket;
    this.#milliseconds = milliseconds;
    // The default of the library writes to the console.
    this.#client = new SftpClient('', { error: nothing, end: nothing, close: nothing });
    socket.once('close', () => this.#end(LOST));
    socket.on('error', nothing);
  }

  /** Connects, checks the key of the server and shows the credentials. Rejects with {@link ConnectionFault}. */
  static async open(settings: ServerSettings, credentials: Credentials): Promise<Connection> {
    const { host, port = 22, user, hostKeys, timeoutSeconds = 60 } = settings;
    const milliseconds = timeoutSeconds * 1000;
    const connection = new Connection(connect({ host, port, noDelay: true }), milliseconds);
    let shown: 'nothing' | 'another key' | 'the pinned key' = 'nothing';
    const options: Parameters<SftpClient['connect']>[0] = {
      ...credentials,
      sock: connection.#socket,
      username: user,
      readyTimeout: milliseconds,
      keepaliveInterval: KEEP_ALIVE_MILLISECONDS,
      keepaliveCountMax: KEEP_ALIVES,
      algorithms: { serverHostKey: algorithmsFor(hostKeys) },
      hostVerifier: (key: Buffer) => {
        const isRight = isPinned(hostKeys, key);
        shown = isRight ? 'the pinned key' : 'another key';
        return isRight;
      },
    };
    try {
      await connection.within(async () => {
        await once(connection.#socket, 'connect');
        await connection.ask<void>((_, answer) => void connection.#start(options).then(() => answer(undefined), answer));
      });
      return connection;
    } catch (error) {
      connection.#end(LOST);
      throw faultOf(error, shown);
    }
  }

  async #start(options: Parameters<SftpClient['connect']>[0]): Promise<void> {
    const sftp = await this.#client.connect(options);
    // Whatever the server sends must not end the process: an error that nobody listens to would.
    sftp.on('error', () => this.#end(LOST));
    sftp.on('close', () => this.#end(LOST));
    this.#sftp = sftp;
  }

  get isOpen(): boolean {
    return this.#fault === undefined;
  }

  /** Sends a request. Rejects with {@link ServerRefusal} or {@link ConnectionFault}. */
  async ask<T = void>(request: (sftp: Sftp, answer: Answer<T>) => void): Promise<T> {
    if (this.#fault !== undefined) throw this.#fault;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => this.#end(TIMEOUT), this.#milliseconds);
    this.#waiting.add(reject);
    const answer: Answer<T> = (error, value) => {
      if (error == null) resolve(value as T);
      else if (this.#sftp === undefined) reject(error);
      else reject(refusalOf(error) ?? this.#end(LOST));
    };
    try {
      request(this.#sftp as Sftp, answer);
    } catch (error) {
      answer(error as Error);
    }
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(reject);
    });
  }

  /** Does work of several requests. The connection ends where it takes too long: by default as long as a request may take. */
  async within<T>(work: () => Promise<T>, milliseconds = this.#milliseconds): Promise<T> {
    const timer = setTimeout(() => this.#end(TIMEOUT), milliseconds);
    try {
      return await work();
    } catch (error) {
      throw this.#fault ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection, and everything that waits for an answer. Returns why it ended: the first reason counts. */
  #end(fault: ConnectionFault): ConnectionFault {
    if (this.#fault !== undefined) return this.#fault;
    this.#fault = fault;
    this.#socket.destroy(fault);
    for (const reject of this.#waiting) reject(fault);
    return fault;
  }

  /** Ends the connection as the protocol has it, or without the server where that takes too long. */
  async close(): Promise<void> {
    if (this.#fault !== undefined) return;
    const closed = once(this.#socket, 'close');
    void this.#client.end().catch(nothing);
    await Promise.race([closed, delay(LAST_MILLISECONDS, undefined, { ref: false })]);
    this.#end(LOST);
  }
}

/** What the server refused. An error of the library is not a refusal, except that it does not send what the server does not know. */
function refusalOf({ code, message }: Error & { readonly code?: unknown }): ServerRefusal | undefined {
  if (message === 'Server does not support this extended request') return new ServerRefusal('unsupported');
  return typeof code === 'number' ? ServerRefusal.of(code) : undefined;
}

/** Why there is no connection. */
function faultOf(error: unknown, shown: 'nothing' | 'another key' | 'the pinned key'): ConnectionFault {
  if (error instanceof ConnectionFault && error !== LOST) return error;
  if (shown === 'another key') return new ConnectionFault('refused', 'The server showed another host key than those in the settings');
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (message.includes('All configured authentication methods failed'))
    return new ConnectionFault('refused', 'The server does not let the account of the gateway in');
  if (message.includes('Cannot parse privateKey') || message.includes('privateKey value'))
    return new ConnectionFault('refused', 'The file of keyFile holds no private key without a passphrase');
  if (message.includes('no matching')) return new ConnectionFault('refused', 'The server and the gateway have no algorithm in common');
  const reason = typeof code === 'string' && /^E[A-Z]{3,20}$/.test(code) ? `: ${code}` : '';
  return new ConnectionFault('connection', `There is no connection to the server${reason}`);
}
