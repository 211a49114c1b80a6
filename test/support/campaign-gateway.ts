/** A gateway in its own process, for tests that kill it, cut its network and fill its disk. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME, type TransportConfig } from '../../gateway/config.ts';
import { type Served, serve } from './serve.ts';

export interface CampaignGateway {
  /** The folder of its data. */
  readonly data: string;
  /** Starts it, and returns its address when it is ready. No file may grow beyond `fileKilobytes` until `makeRoom`. */
  start(fileKilobytes?: number): Promise<string>;
  /** Makes room on its disk. */
  makeRoom(): void;
  kill(): Promise<void>;
}

/** A gateway with the development configuration and these transports. Its files are in `folder`. */
export function campaignGateway(folder: string, transports: readonly TransportConfig[]): CampaignGateway {
  const config = join(folder, 'config.json');
  const development = JSON.parse(readFileSync(join(HOME, 'examples/development.config.json'), 'utf8')) as object;
  const policyFile = join(HOME, 'schemas/labels/uk-gsc.policy.json');
  writeFileSync(config, JSON.stringify({ ...development, policyFile, sandbox: undefined, transports }));
  const data = join(folder, 'data');
  let served: Served | undefined;
  return {
    data,
    start: async (fileKilobytes) => {
      served = serve(data, { env: { INTERCHANGE_CONFIG: config }, ...(fileKilobytes === undefined ? {} : { fileKilobytes }) });
      const url = await served.ready;
      if (url === undefined) throw new Error(`The gateway does not start: ${served.output()}`);
      return url;
    },
    makeRoom: () => execFileSync('prlimit', [`--pid=${served?.process.pid}`, '--fsize=unlimited']),
    kill: async () => {
      served?.process.kill('SIGKILL');
      await served?.ended;
    },
  };
}

/** The numbers of the cases (see `caseOf`) that were published, each as often as it was published. */
export async function publishedCases(url: string, token: string): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let cursor = ''; ; ) {
    const path = `/v1/events?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const answer = await fetch(url + path, { headers: { Authorization: `Bearer ${token}` } });
    const page = (await answer.json()) as { events: readonly { data: unknown }[]; more?: boolean; cursor: string };
    for (const { data } of page.events) numbers.push(Number(/52WX2(\d{6})/.exec(JSON.stringify(data))?.[1]));
    if (page.more !== true) return numbers;
    cursor = page.cursor;
  }
}
