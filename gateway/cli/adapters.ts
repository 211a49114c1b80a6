/** `interchange adapters`: write an adapter, try it, and test that it holds to what adapters promise. */
import { inferAction, newAction } from './adapters-new.ts';
import { testAction } from './adapters-test.ts';
import { tryAction } from './adapters-try.ts';
import { UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

const ACTIONS = { new: newAction, infer: inferAction, try: tryAction, test: testAction } as const;

export const verb: Verb = {
  ...VERBS.adapters,
  run: async (values, [action = '', ...rest], io) => {
    if (!Object.hasOwn(ACTIONS, action)) throw new UsageError('Say what to do: adapters new, infer, try or test');
    return ACTIONS[action as keyof typeof ACTIONS](values, rest, io);
  },
};
