/** A gateway as the command line reaches it: its address, and a token for whom the user works as. */
import { existsSync } from 'node:fs';
import { type Interchange, openInterchange } from '../../contracts/client/client.ts';
import { type Config, readConfig } from '../config.ts';
import { openKeys } from '../keys/keys.ts';
import type { ClientConfig } from '../rules/clients.ts';
import { TOKEN_SECONDS } from '../transports/http/auth.ts';
import { openDevelopmentIssuer } from '../transports/http/issuer.ts';
import { type Io, textOf, Unreachable, UsageError, type Values } from './verb.ts';

export interface Remote {
  readonly url: string;
  /** Who it is, for people; the token's own client where that is not known. */
  readonly as: string;
  /** The client that suppliers use. It throws {@link Unreachable} where there is no answer. */
  readonly client: Interchange;
  /** Throws {@link Unreachable} where there is no answer. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** The client of a persona or client id. Throws UsageError with the names that there are. */
export function clientOf(config: Pick<Config, 'clients'>, name: string): ClientConfig {
  const found = config.clients.find(({ id, persona }) => id === name || persona === name);
  if (found === undefined)
    throw new UsageError(`There is no client of that name. Clients: ${config.clients.map(({ id, persona }) => persona ?? id).join(', ')}`);
  return found;
}

/** A token of the development issuer, made with the keys in this machine's data folder. */
export async function developmentToken(config: Config, name: string, production: boolean, seconds?: number): Promise<string> {
  const client = clientOf(config, name);
  const { tokenSeconds = TOKEN_SECONDS } = config.auth;
  if (seconds !== undefined && seconds > tokenSeconds)
    throw new UsageError(`--seconds is more than /auth/tokenSeconds of the configuration: the gateway would refuse the token`);
  const folder = config.keysFolder;
  if (!existsSync(folder))
    throw new UsageError(`No gateway has run in ${config.dataFolder}: start one there, or set INTERCHANGE_DATA to where it runs`);
  const keys = await openKeys(folder);
  const issuer = await openDevelopmentIssuer(config.auth, keys.issuer, production, Date.now);
  return issuer.token(client, seconds);
}

export async function remoteOf(values: Values, io: Io): Promise<Remote> {
  const config = readConfig(io.env);
  const as = textOf(values, 'as');
  const given = textOf(values, 'token') ?? io.env.INTERCHANGE_TOKEN;
  if (as === undefined && given === undefined)
    throw new UsageError('Say who you are: --as PERSONA (on the machine of the gateway), --token TOKEN, or INTERCHANGE_TOKEN');
  const token = as === undefined ? (given as string) : await developmentToken(config, as, io.env.NODE_ENV === 'production');
  const url = (textOf(values, 'url') ?? io.env.INTERCHANGE_URL ?? `http://${config.host}:${config.port}`).replace(/\/$/, '');
  const answer = async (asking: Promise<Response>, signal?: AbortSignal | null): Promise<Response> => {
    try {
      return await asking;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new Unreachable(`There is no answer from ${url}. Is the gateway running? "npm start" starts one.`);
    }
  };
  return {
    url,
    as: as ?? 'token',
    client: openInterchange({ url, token, fetch: (request) => answer(fetch(request), request.signal) }),
    fetch: (path, init = {}) => {
      const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${token}` };
      return answer(fetch(url + path, { ...init, headers }), init.signal);
    },
  };
}
