/** A gateway that runs, as `interchange doctor` sees it: by its public answers, without a token. */
import { bytesUpTo } from '../bounded-body.ts';

const PATIENCE_MILLISECONDS = 5000;
const MOST_BYTES = 1024 * 1024;

interface Answer {
  readonly status: number;
  /** Undefined where it is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Resolves to undefined where nothing answers. */
async function ask(address: string): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const response = await fetch(address, { redirect: 'manual', headers: { Accept: 'application/json' }, signal }).catch(() => undefined);
  if (response === undefined) return undefined;
  const text = (await bytesUpTo(response.body, MOST_BYTES).catch(() => undefined))?.toString() ?? '';
  try {
    const body: unknown = JSON.parse(text);
    return { status: response.status, body: typeof body === 'object' && body !== null ? { ...body } : undefined };
  } catch {
    return { status: response.status, body: undefined };
  }
}

export interface RunningGateway {
  readonly version: string;
  /** Names of the checks of its health that fail. */
  readonly failing: readonly string[];
  /** `kid`s of the keys that it publishes. */
  readonly keys: readonly string[];
}

/** What answers at an address: a gateway, nothing, or something else. */
export async function lookFor(url: string): Promise<RunningGateway | 'nothing' | 'something else'> {
  const health = await ask(`${url}/health`);
  if (health === undefined) return 'nothing';
  const [info, keySet] = await Promise.all([ask(`${url}/info`), ask(`${url}/.well-known/jwks.json`)]);
  if (info?.body?.name !== 'justice-interchange' || health.body === undefined) return 'something else';
  const checks = Object.entries((health.body.checks ?? {}) as Record<string, unknown>);
  const keys = (keySet?.body?.keys ?? []) as readonly { readonly kid?: string }[];
  return {
    version: String(info.body.version),
    failing: checks.filter(([, check]) => check === 'fail').map(([name]) => name),
    keys: keys.flatMap(({ kid }) => kid ?? []),
  };
}
