/** `interchange verify`: does the seal of an event verify? Needs no gateway and no network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../adapters/result.ts';
import { HOME, readConfig } from '../config.ts';
import type { SealedEvent } from '../labels/event.ts';
import { sdJwtOf } from '../labels/sd-jwt.ts';
import { faultOf } from '../labels/seal-fault.ts';
import { SealVerifier } from '../labels/verify.ts';
import { readEvent, verifyAnything } from '../pipeline/record-verifier.ts';
import { loadRulesInForce } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { trustedKeysOf } from './trusted-keys.ts';
import { textOf, UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

/** The events in a file: one in the whole file, or one on each line. */
function eventsIn(file: string): readonly Result<SealedEvent>[] {
  const text = readFileSync(file, 'utf8').trim();
  const event = readEvent(Buffer.from(text));
  return event.ok || isJson(text) ? [event] : text.split('\n').map((line) => readEvent(Buffer.from(line)));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const verb: Verb = {
  ...VERBS.verify,
  run: async (values, files, io) => {
    if (files.length === 0) throw new UsageError('Say which files');
    const config = readConfig(io.env);
    const { labelling } = loadRulesInForce(config, loadStandards(join(HOME, 'schemas')));
    const verifier = new SealVerifier(() => labelling, await trustedKeysOf(config, textOf(values, 'keys')));
    let isGood = true;
    for (const file of files)
      for (const [n, read] of eventsIn(file).entries()) {
        const verified = read.ok ? await verifyAnything(verifier, read.value, textOf(values, 'topic')) : read;
        const place = `${file}${n === 0 ? '' : `, line ${n + 1}`}`;
        if (!verified.ok) {
          isGood = false;
          const [{ reason, at }] = verified.refusals;
          if (values.json === true)
            io.json({ file, line: n + 1, verifies: false, fault: faultOf({ reason }), reason, ...(at === undefined ? {} : { at }) });
          else io.err(`${place}: does not verify: ${reason}`);
        } else if (values['sd-jwt'] === true) io.out(sdJwtOf(verified.value.event));
        else if (values.json === true)
          io.json({ file, line: n + 1, verifies: true, id: verified.value.event.id, portions: verified.value.portions.length });
        else io.out(`${place}: verifies: ${verified.value.event.id}, ${verified.value.portions.length} portions`);
      }
    return isGood ? 0 : 1;
  },
};
