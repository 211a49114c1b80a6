/** `interchange backup`: a copy of the bus that is complete, also while the gateway runs, and verified. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { copyBusFile } from '../bus/embedded/copy.ts';
import { openBusToRead } from '../buses.ts';
import { type Config, readConfig } from '../config.ts';
import { copyKeys } from '../keys/key-files.ts';
import { checkAudit, mustHaveKeys } from './audit-check.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

const BUS = 'bus.sqlite';

/** Opens the copy as a gateway would, with the keys that go with it, and verifies all of it. */
async function verify(copy: Config, config: Config, values: Values, io: Io): Promise<ExitCode> {
  const bus = await openBusToRead({ ...copy, bus: 'embedded' });
  if (bus === undefined) throw new Error(`There is no bus in ${copy.dataFolder}`);
  try {
    const { report } = await checkAudit(bus, { keysFolder: copy.keysFolder, witness: config.witness });
    if (values.json === true) io.json({ to: copy.dataFolder, ...report });
    else if (report.ok)
      io.out(`The copy in ${copy.dataFolder} is complete and verifies: ${report.records} audit records, ${report.heads} signed heads.`);
    else io.err(`The copy in ${copy.dataFolder} does not verify. First bad record: ${report.badRecord}. ${report.reason}.`);
    return report.ok ? 0 : 1;
  } finally {
    await bus.close();
  }
}

export const verb: Verb = {
  ...VERBS.backup,
  run: async (values, files, io) => {
    const [data, to, keysTo] = [textOf(values, 'data'), textOf(values, 'to'), textOf(values, 'keys-to')];
    if (files.length > 0 || to === undefined) throw new UsageError('Name the folder of the copy: --to');
    const config = readConfig(io.env, data === undefined ? {} : { dataFolder: data });
    if (config.bus === 'kafka')
      throw new UsageError('The bus is Kafka: its brokers keep the copies. Copy the keys folder, and spool.sqlite if it holds records');
    const file = join(config.dataFolder, BUS);
    if (!existsSync(file)) throw new UsageError(`There is no bus in ${config.dataFolder}`);
    mustHaveKeys(config.keysFolder);
    const folder = resolve(to);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyBusFile(file, join(folder, BUS));
    // After the bus: a key that was made meanwhile does no harm, and one that is missing does.
    const keysFolder = keysTo === undefined ? config.keysFolder : resolve(keysTo);
    if (keysTo !== undefined) copyKeys(config.keysFolder, keysFolder);
    const code = await verify({ ...config, dataFolder: folder, keysFolder }, config, values, io);
    if (keysTo === undefined && values.json !== true) io.out(`Note: the keys in ${config.keysFolder} were not copied: --keys-to does it.`);
    return code;
  },
};
