/** `interchange token`: an access token of the development issuer. */
import { readConfig } from '../config.ts';
import { developmentToken } from './remote.ts';
import { textOf, UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

export const verb: Verb = {
  ...VERBS.token,
  run: async (values, _files, io) => {
    const as = textOf(values, 'as');
    const text = textOf(values, 'seconds');
    const seconds = text === undefined ? undefined : Number(text);
    if (as === undefined) throw new UsageError('Name a persona: --as PERSONA');
    if (seconds !== undefined && (!Number.isInteger(seconds) || seconds < 1)) throw new UsageError('--seconds takes a whole number');
    const token = await developmentToken(readConfig(io.env), as, io.env.NODE_ENV === 'production', seconds);
    if (values.json === true) io.json({ token });
    else io.out(token);
    return 0;
  },
};
