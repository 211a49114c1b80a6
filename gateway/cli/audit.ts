/** `interchange audit verify`: is the audit log what was written? */
import { openBusToRead } from '../buses.ts';
import { readConfig } from '../config.ts';
import { verifyAudit } from '../store/audit.ts';
import { openKeys } from '../store/keys.ts';
import { textOf, UsageError, type Verb } from './verb.ts';

export const verb: Verb = {
  name: 'audit',
  summary: 'verify: checks the whole audit log, and names the first record that is not as it was written',
  usage: 'verify [--data FOLDER]',
  example: 'interchange audit verify --data .data',
  options: { data: { type: 'string' } },
  run: async (values, [action, ...more], io) => {
    if (action !== 'verify' || more.length > 0) throw new UsageError('Say: audit verify');
    const data = textOf(values, 'data');
    const config = readConfig(io.env, data === undefined ? {} : { dataFolder: data });
    const bus = await openBusToRead(config);
    if (bus === undefined) throw new UsageError(`There is no bus in ${config.dataFolder}`);
    const { sealKeys } = await openKeys(config.keysFolder);
    // What a key signed before it was revoked is what it was.
    const known = new Map(sealKeys.map(({ kid, publicKey }) => [kid, publicKey]));
    try {
      const report = await verifyAudit(bus, (kid) => known.get(kid));
      if (values.json === true) io.out(JSON.stringify(report));
      else if (report.ok)
        io.out(
          `The audit log verifies: ${report.records} records, ${report.heads} signed heads${report.chains > 1 ? `, ${report.chains} chains` : ''}.`,
        );
      else io.err(`The audit log does not verify. First bad record: ${report.badRecord}. ${report.reason}.`);
      return report.ok ? 0 : 1;
    } finally {
      await bus.close();
    }
  },
};
