/** `interchange demo` (`npm start`): a gateway with a sample already flowing, and what to try next. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, HOME, readConfig } from '../config.ts';
import { type Gateway, startGateway } from '../main.ts';
import { summaryOf } from './listen.ts';
import { clientOf } from './remote.ts';
import { type Io, textOf, type Verb } from './verb.ts';

const SAMPLES = [
  { as: 'force', file: 'new-case.xml', what: 'a new case' },
  { as: 'court', file: 'court-result.xml', what: 'its court result' },
] as const;

const READERS = ['court', 'cps', 'supplier'] as const;

type Tokens = Readonly<Record<string, string>>;

async function tokensOf(gateway: Gateway, config: Config): Promise<Tokens> {
  const tokens: Record<string, string> = {};
  for (const client of config.clients)
    if (client.persona !== undefined && gateway.issuer !== undefined) tokens[client.persona] = await gateway.issuer.token(client);
  return tokens;
}

async function flow(url: string, tokens: Tokens, config: Config, io: Io): Promise<void> {
  for (const { as, file, what } of SAMPLES) {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${tokens[as]}`, 'Content-Type': 'application/xml' },
      body: readFileSync(join(HOME, 'examples', 'messages', file)),
    });
    const receipt = (await response.json()) as { status?: string; classification?: string; adapter?: string; title?: string };
    io.out(
      `${response.status}  ${what} from "${clientOf(config, as).title}": ${receipt.status ?? receipt.title}, ${receipt.classification}, by adapter ${receipt.adapter}${response.headers.has('interchange-repeated') ? ' (sent before: no second effect)' : ''}`,
    );
  }
  for (const as of READERS) {
    const response = await fetch(`${url}/v1/events?limit=10`, { headers: { Authorization: `Bearer ${tokens[as]}` } });
    const { events = [] } = (await response.json()) as { events?: Parameters<typeof summaryOf>[0][] };
    io.out(`\n── What ${clientOf(config, as).title} sees ──`);
    for (const event of events) io.out(summaryOf(event));
  }
}

function next(url: string, tokens: Tokens, io: Io, elsewhere: string): void {
  io.out('\n── Try next (in another terminal) ──');
  if (elsewhere !== '') io.out(`  export ${elsewhere}`);
  io.out('  npx interchange listen --as cps');
  io.out('  npx interchange send --as court examples/messages/court-result.xml');
  io.out('  npx interchange label explain examples/messages/new-case.xml');
  io.out(`  curl -s ${url}/standards`);
  io.out(`  curl -s -H "Authorization: Bearer $(npx interchange token --as supplier)" ${url}/v1/events`);
  io.out('\n── Tokens of the personas (development only, 12 hours) ──');
  for (const [persona, token] of Object.entries(tokens)) io.out(`  ${persona.padEnd(9)} ${token}`);
  io.out('\nCtrl-C stops the gateway.');
}

export const verb: Verb = {
  name: 'demo',
  summary: 'runs a gateway on this machine with a sample already flowing',
  usage: '[--port N] [--data FOLDER] [--once]',
  example: 'npm start',
  options: { port: { type: 'string' }, data: { type: 'string' }, once: { type: 'boolean' } },
  run: async (values, _files, io) => {
    const port = textOf(values, 'port');
    const dataFolder = textOf(values, 'data');
    const logLevel = io.env.INTERCHANGE_LOG === undefined ? ({ logLevel: 'warn' } as const) : {};
    const config = readConfig(io.env, {
      ...logLevel,
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(dataFolder === undefined ? {} : { dataFolder }),
    });
    const gateway = await startGateway({ config, production: io.env.NODE_ENV === 'production' });
    io.out(`ready: ${gateway.url}\n`);
    try {
      const tokens = await tokensOf(gateway, config);
      await flow(gateway.url, tokens, config, io);
      if (values.once !== true) {
        const moved = [
          port === undefined ? '' : `INTERCHANGE_URL=${gateway.url}`,
          dataFolder === undefined ? '' : `INTERCHANGE_DATA=${config.dataFolder}`,
        ];
        next(gateway.url, tokens, io, moved.filter(Boolean).join(' '));
        if (!io.interrupted.aborted) await once(io.interrupted, 'abort');
      }
    } finally {
      await gateway.close();
    }
    return 0;
  },
};
