/** `interchange adapters`: write an adapter, try it, and test that it holds to what adapters promise. */
import { inferAction, newAction } from './adapters-new.ts';
import { testAction } from './adapters-test.ts';
import { tryAction } from './adapters-try.ts';
import { UsageError, type Verb } from './verb.ts';

const ACTIONS = { new: newAction, infer: inferAction, try: tryAction, test: testAction } as const;

export const verb: Verb = {
  name: 'adapters',
  summary: 'writes, tries and tests adapters: message formats as mapping documents, or as modules',
  usage: [
    'new NAME [--from SAMPLE] [--standard NAME] [--out FOLDER]',
    'infer SAMPLE [--standard NAME]',
    'try MAPPING FILE… [--watch]',
    'test PATH [--samples FOLDER] [--out FOLDER]',
  ].join('\n       interchange adapters '),
  example: 'interchange adapters new wessex-stops --from export.csv',
  options: {
    from: { type: 'string' },
    standard: { type: 'string' },
    watch: { type: 'boolean' },
    samples: { type: 'string' },
    out: { type: 'string' },
  },
  run: async (values, [action = '', ...rest], io) => {
    if (!Object.hasOwn(ACTIONS, action)) throw new UsageError('Say what to do: adapters new, infer, try or test');
    return ACTIONS[action as keyof typeof ACTIONS](values, rest, io);
  },
};
