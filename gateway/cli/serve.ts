/** `interchange serve`: the gateway, until it is told to stop. */
import { once } from 'node:events';
import { readConfig } from '../config.ts';
import { startGateway } from '../main.ts';
import { growHeaps } from './heap.ts';
import { textOf, UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

export const verb: Verb = {
  ...VERBS.serve,
  run: async (values, files, io) => {
    if (files.length > 0) throw new UsageError('serve takes no files');
    growHeaps();
    const port = textOf(values, 'port');
    const dataFolder = textOf(values, 'data');
    const production = io.env.NODE_ENV === 'production';
    const overrides = { ...(port === undefined ? {} : { port: Number(port) }), ...(dataFolder === undefined ? {} : { dataFolder }) };
    const config = readConfig(io.env, overrides);
    const gateway = await startGateway({ config, production });
    // From here on a signal stops the gateway as it should be stopped.
    const { interrupted } = io;
    if (values.json === true) io.json({ ready: gateway.url });
    else io.out(`ready: ${gateway.url}`);
    process.on('SIGHUP', () => {
      const reload = async () => gateway.reload(readConfig(io.env, overrides));
      reload().catch((error: Error) =>
        io.err('Policy and adapters were not loaded, and those before stay in force:', ...error.message.split('\n')),
      );
      gateway.reloadKeys().catch((error: Error) => io.err(`The keys were not loaded, and those before stay in force: ${error.message}`));
    });
    if (!interrupted.aborted) await once(interrupted, 'abort');
    await gateway.close();
    return 0;
  },
};
