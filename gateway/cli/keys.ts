/** `interchange keys`: the keys that seal, and those that protect payloads at rest. */
import { readConfig } from '../config.ts';
import { rotateAtRest } from '../keys/at-rest.ts';
import { openKeys, revokeSealKey, rotateSealKey } from '../keys/keys.ts';
import { textOf, UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

const USAGE = 'Usage: interchange keys list | rotate [--at-rest] | revoke KID';

export const verb: Verb = {
  ...VERBS.keys,
  run: async (values, [action, kid, ...more], io) => {
    if (more.length > 0 || (kid === undefined) === (action === 'revoke') || (values['at-rest'] === true && action !== 'rotate'))
      throw new UsageError(USAGE);
    const data = textOf(values, 'data');
    const { keysFolder } = readConfig(io.env, data === undefined ? {} : { dataFolder: data });
    if (values['at-rest'] === true) {
      for (const made of rotateAtRest(keysFolder)) io.out(`${made}  encrypts`);
      return 0;
    }
    if (action === 'rotate') await rotateSealKey(keysFolder);
    else if (action === 'revoke') await revokeSealKey(keysFolder, kid ?? '', new Date().toISOString());
    else if (action !== 'list') throw new UsageError(USAGE);
    const { sealKeys } = await openKeys(keysFolder);
    if (values.json === true)
      io.out(
        JSON.stringify(sealKeys.map(({ kid: id, jwk, revoked }) => ({ kid: id, jwk, ...(revoked === undefined ? {} : { revoked }) }))),
      );
    else
      for (const [n, { kid: id, revoked }] of sealKeys.entries()) {
        const use = n === 0 ? 'seals' : 'verifies';
        io.out(`${id}  ${revoked === undefined ? use : `revoked ${revoked}`}`);
      }
    return 0;
  },
};
