/** The session of a person: an encrypted cookie that only this deployment can read. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';

/** A person who has signed in. */
export interface Session {
  /** Another one for each time that somebody signs in. */
  readonly id: string;
  readonly accessToken: string;
  /** What every form of the session sends back (CSRF). */
  readonly formToken: string;
  /** The messages that the person opened last, each with the code of the reason: it is asked for once. */
  readonly opened?: readonly OpenedMessage[];
}

export interface OpenedMessage {
  /** The first characters of the id of the message. */
  readonly id: string;
  readonly reason: string;
}

/** What the console must remember while a person signs in. */
export interface SignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The page of the console that the person asked for. */
  readonly page: string;
}

export const SESSION_COOKIE = 'interchange-session';
export const SIGN_IN_COOKIE = 'interchange-sign-in';
export const SIGN_IN_SECONDS = 600;
/** How many sessions that somebody ended are remembered. */
const MOST_ENDED = 10_000;
const ALGORITHMS = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };

export const randomText = (): string => randomBytes(32).toString('base64url');

export interface SessionsContext {
  /** The secret of the deployment: all its gateways read the same cookies. */
  readonly secret: () => Uint8Array;
  readonly idleMinutes: number;
  readonly now: () => number;
}

export class Sessions {
  readonly #context: SessionsContext;
  /** Sessions that a person ended, and their access tokens still hold. */
  readonly #ended = new Set<string>();

  constructor(context: SessionsContext) {
    this.#context = context;
  }

  /** A new session of a person. */
  begin(accessToken: string): Session {
    return { id: randomText(), accessToken, formToken: randomText() };
  }

  /** Ends a session: a copy of its cookie is worth nothing. */
  end({ id }: Session): void {
    if (this.#ended.size >= MOST_ENDED) this.#ended.delete(this.#ended.values().next().value as string);
    this.#ended.add(id);
  }

  /** The value of the cookie of a session in which the person makes a request now. */
  write(session: Session): Promise<string> {
    return this.#seal(SESSION_COOKIE, { ...session }, this.#context.idleMinutes * 60);
  }

  /** The session of a cookie; undefined where it is not one, has ended, or nobody has used it for too long. */
  async read(cookie: string | undefined): Promise<Session | undefined> {
    const session = await this.#open<Session>(SESSION_COOKIE, cookie);
    return session === undefined || this.#ended.has(session.id) ? undefined : session;
  }

  writeSignIn(signIn: SignIn): Promise<string> {
    return this.#seal(SIGN_IN_COOKIE, { ...signIn }, SIGN_IN_SECONDS);
  }

  readSignIn(cookie: string | undefined): Promise<SignIn | undefined> {
    return this.#open<SignIn>(SIGN_IN_COOKIE, cookie);
  }

  /** One key for each use: the cookie of one is not valid as another. */
  #key(use: string): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#context.secret(), '', `interchange console ${use}`, 32));
  }

  #seal(use: string, content: Record<string, unknown>, seconds: number): Promise<string> {
    const expires = Math.floor(this.#context.now() / 1000 + seconds);
    return new EncryptJWT(content).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).setExpirationTime(expires).encrypt(this.#key(use));
  }

  async #open<T>(use: string, cookie: string | undefined): Promise<T | undefined> {
    if (cookie === undefined) return undefined;
    try {
      const currentDate = new Date(this.#context.now());
      return (await jwtDecrypt(cookie, this.#key(use), { ...ALGORITHMS, currentDate })).payload as T;
    } catch {
      return undefined;
    }
  }
}
