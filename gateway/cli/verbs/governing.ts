/** The verbs of those who own policy and standards, and of those who build against them. */
import { DATA_OPTION, flag, takes, type VerbDescription } from './description.ts';

export const GOVERNING = {
  policy: {
    name: 'policy',
    summary: 'Checks a label policy, or makes one from an XML SPIF',
    usage: ['check FILE', 'import FILE'],
    example: 'interchange policy import nato.xml > nato.policy.json',
    actions: { check: 'Is a label policy in order', import: 'Make a label policy from an XML SPIF' },
    options: {},
  },
  profiles: {
    name: 'profiles',
    summary: 'Shows the task profiles, and which of their fields were asked for and granted',
    usage: ['list', 'report [--data FOLDER]'],
    example: 'interchange profiles report',
    actions: { list: 'The task profiles', report: 'Which fields each task asked for and was granted, from the audit log' },
    options: { ...DATA_OPTION },
  },
  standards: {
    name: 'standards',
    summary: 'Checks the standards against what was published, and publishes them',
    usage: ['check [--published FOLDER] [--schemas FOLDER]', 'publish --out FOLDER [--schemas FOLDER] [--only-schemas]'],
    example: 'interchange standards check',
    actions: {
      check: 'Do the standards hold to what was published, and is all text in them labelled',
      publish: 'Write a versioned copy for any web server',
    },
    options: {
      out: takes('FOLDER', 'Where the copy goes'),
      published: takes('FOLDER', 'What was published. Default: contracts/published'),
      schemas: takes('FOLDER', 'The standards. Default: schemas'),
      'only-schemas': flag('Publish the schemas alone, without the contracts'),
    },
  },
  adapters: {
    name: 'adapters',
    summary: 'Writes, tries and tests adapters: message formats as mapping documents, or as modules',
    usage: [
      'new NAME [--from SAMPLE] [--standard NAME] [--out FOLDER]',
      'infer SAMPLE [--standard NAME]',
      'try PATH FILE… [--watch]',
      'test PATH [--samples FOLDER] [--out FOLDER]',
    ],
    example: 'interchange adapters new wessex-stops --from export.csv',
    actions: {
      new: 'Write a mapping to begin with, its sample and its test',
      infer: 'Propose a mapping for a sample',
      try: 'Show records, the events that they are, and the labels of those',
      test: 'Run the conformance kit of adapters',
    },
    options: {
      from: takes('FILE', 'A sample to propose the mapping from'),
      standard: takes('NAME', 'The standard of the events, such as person.stopped'),
      watch: flag('Try again whenever the mapping or a file changes'),
      samples: takes('FOLDER', 'Messages of the format. Default: samples, beside the adapter'),
      out: takes('FOLDER', 'Where what is made goes'),
    },
  },
  conformance: {
    name: 'conformance',
    summary: 'Checks a consumer or submitter of yours against the published suite, and verifies statements',
    usage: [
      '--target URL --as consumer --secret whsec_… [--url GATEWAY] [--reader PERSONA | --token TOKEN] [--out FOLDER]',
      '--target URL --as submitter [--out FOLDER]',
      'verify STATEMENT [--keys FILE|URL]',
    ],
    example: 'interchange conformance --target http://127.0.0.1:3000/submit --as submitter',
    actions: { verify: 'Does a statement of conformance verify' },
    options: {
      target: takes('URL', 'The address of the system under test'),
      as: takes('KIND', 'What the system is', ['consumer', 'submitter']),
      secret: takes('SECRET', 'The secret that a consumer verifies webhooks with (whsec_…)'),
      url: takes('URL', 'The address of the gateway. Default: INTERCHANGE_URL, or where the configuration says it listens'),
      reader: takes('PERSONA', 'The client whose events a consumer is given. Default: cps'),
      token: takes('TOKEN', 'The access token to read events with. Default: INTERCHANGE_TOKEN'),
      out: takes('FOLDER', 'Where the report and the statement go. Default: conformance, in the data folder'),
      keys: takes('FILE', 'A JWK set, as a file or an address. Default: the keys of this machine'),
    },
  },
  completion: {
    name: 'completion',
    summary: 'Prints a program with which a shell completes verbs and options',
    usage: ['bash|zsh|fish'],
    example: 'interchange completion bash > ~/.local/share/bash-completion/completions/interchange',
    actions: { bash: 'For Bash', zsh: 'For Zsh', fish: 'For Fish' },
    options: {},
  },
} as const satisfies Readonly<Record<string, VerbDescription>>;
