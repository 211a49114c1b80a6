/** What each package holds and says of itself. Folders and files keep the places that they have in the checkout. */

/** A subpath of a package and the file that it names, without its ending. */
type Entries = Readonly<Record<string, string>>;

export interface PackageDescription {
  readonly name: string;
  /** The folder below `.build/` that it is put together in. */
  readonly folder: string;
  readonly description: string;
  /** The Node.js that it runs on. */
  readonly node: string;
  /** Compiled files and folders that it holds. */
  readonly code: readonly string[];
  /** Other files and folders that it holds as they are: what no compiler makes. */
  readonly data: readonly string[];
  /** Whether it has declarations for TypeScript. */
  readonly isTyped: boolean;
  readonly entries: Entries;
  readonly bin?: Readonly<Record<string, string>>;
  /** Packages that it finds by name while it runs, and imports nowhere. */
  readonly found: readonly string[];
}

export const CLIENT: PackageDescription = {
  name: '@justice-interchange/client',
  folder: 'client',
  description: 'Client of a Justice Interchange gateway: submit and follow events, verify seals and webhooks, make forms',
  node: '>=20',
  code: [
    'contracts/client',
    'contracts/generated',
    'adapters/canonical-json',
    'adapters/json',
    'adapters/line-at',
    'adapters/refusal',
    'adapters/result',
  ],
  data: ['contracts/client/forms'],
  isTyped: true,
  entries: {
    '.': 'contracts/client/client',
    './event-order': 'contracts/client/event-order',
    './forms': 'contracts/client/forms/forms',
    './seal': 'contracts/client/seal-check',
    './webhook': 'contracts/client/webhook',
  },
  found: ['govuk-frontend'],
};

export const ADAPTER: PackageDescription = {
  name: '@justice-interchange/adapter',
  folder: 'adapter',
  description: 'The interface of adapters of Justice Interchange, the engines for message formats and the adapters made with them',
  node: '>=24',
  code: ['adapters'],
  data: ['adapters'],
  isTyped: true,
  entries: { '.': 'adapters/adapter', './*.js': 'adapters/*' },
  found: [],
};

export const GATEWAY: PackageDescription = {
  name: 'justice-interchange',
  folder: 'gateway',
  description: 'Open-standards middleware for the Criminal Justice System: the gateway and its command line',
  node: '>=24',
  code: ['adapters', 'contracts', 'gateway'],
  data: ['adapters', 'contracts', 'docs', 'examples/development.config.json', 'examples/messages', 'gateway', 'schemas'],
  isTyped: false,
  entries: {},
  bin: { interchange: 'gateway/cli/interchange.mjs' },
  found: ['@ministryofjustice/frontend', 'govuk-frontend'],
};

export const PACKAGES: readonly PackageDescription[] = [CLIENT, ADAPTER, GATEWAY];
