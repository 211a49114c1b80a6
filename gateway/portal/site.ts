/** Makes the content of the portal's pages from the standards, the contracts and the policy in force. */
import type { Adapter, JsonObject } from '../../adapters/adapter.ts';
import type { PolicyDocument } from '../labels/policy-document.ts';
import type { Page } from '../pages/page.ts';
import type { ClientConfig } from '../rules/clients.ts';
import type { Standards } from '../rules/standards.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';
import type { OfferedPackage } from './downloads/offered-package.ts';
import { pathOf } from './paths.ts';
import { type FieldRow, type Link, rowsOf, type SchemaContext, usesOf } from './schema.ts';
import type { SeenAs } from './seen-as.ts';

export interface SiteContext {
  readonly standards: Standards;
  /** Every published version of every schema, by `$id`. */
  readonly published: ReadonlyMap<string, JsonObject>;
  readonly policy: () => PolicyDocument;
  /** The adapters in force. */
  readonly adapters: () => readonly Adapter[];
  /** `openapi.yaml` and `asyncapi.yaml`, parsed. */
  readonly http: JsonObject;
  readonly bus: JsonObject;
  readonly problems: Readonly<Record<string, readonly [status: number, title: string]>>;
  /** The causes of a problem, advice, and an example of its body. */
  readonly problemHelp: (code: string) => { readonly advice: string; readonly causes: readonly string[]; readonly sample: string };
  /** The meaning of each reason code. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly clients: () => readonly ClientConfig[];
  /** What each persona would receive of an event of a standard; undefined where the gateway is not a sandbox. */
  readonly seeAs: ((standard: string, data: JsonObject) => SeenAs | undefined) | undefined;
  /** The text of a published document, by its path below `/standards/`. */
  readonly documentAt: (path: string) => string | undefined;
  readonly scenarios: Readonly<Record<string, string>> | undefined;
  readonly version: string;
  /** The packages that this gateway offers for download. */
  readonly packages: readonly OfferedPackage[];
  /** A program that verifies a seal. */
  readonly verifyProgram: string;
  readonly limits: { readonly requestsPerMinute: number; readonly bodyBytes: number };
  /** The address of the project's source, if it is configured. */
  readonly sourceUrl: string | undefined;
  /** Whether users can reset this sandbox. */
  readonly canReset: boolean;
  /** The public address of this gateway. */
  readonly url: () => string;
}

interface Change {
  readonly date: string;
  readonly schema: string;
  readonly change: string;
  readonly summary: string;
}

type Schema = JsonObject & { readonly $id?: string };

/** Pages whose address is their name. */
export const FIXED_PAGES = [
  'get-started',
  'changes',
  'sandbox',
  'webhooks',
  'seals',
  'going-live',
  'client',
  'downloads',
  'conformance',
  'accessibility',
  'problems',
] as const;

const SECTIONS: Readonly<Record<string, string>> = { standards: 'standards', problems: 'problems', sandbox: 'sandbox' };

const KINDS = ['events', 'components', 'labels', 'profiles', 'codelists', 'mappings', 'conformance'] as const;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const versionOf = (id: string): string => /\/(\d+\.\d+\.\d+)$/.exec(id)?.[1] ?? '';
/** The most rows of a code list on a page. */
const ROWS = 200;

/** The data of an example as a sender would send it: without the members that the gateway adds. */
export function statedIn({
  label: _label,
  portions: _portions,
  quality: _quality,
  protections: _protections,
  ...data
}: JsonObject): JsonObject {
  return data;
}

/** An example as a front-end would send it. */
const sentAs = (type: string, example: JsonObject): string =>
  JSON.stringify({ specversion: '1.0', type, data: statedIn(example) }, null, 2);

/** Separates the fields of a schema from nested fields, which the page folds because there can be hundreds. */
function foldedRows(rows: readonly FieldRow[]): { readonly rows: readonly FieldRow[]; readonly nested: readonly object[] } {
  const within = Map.groupBy(
    rows.filter(({ isNested }) => isNested === true),
    ({ name }) => name.slice(0, name.indexOf('.')),
  );
  return {
    rows: rows.filter(({ isNested }) => isNested !== true),
    nested: [...within].map(([name, fields]) => ({ name, rows: fields })),
  };
}

export class Site {
  readonly context: SiteContext;
  readonly #events: ReadonlyMap<string, JsonObject>;
  /** How adapters and profiles use the standards, with the adapters that it was computed from. */
  #uses: { readonly adapters: readonly Adapter[]; readonly found: SchemaContext['uses'] } | undefined;
  /** Every schema that is in force or was published before, by `$id`. */
  readonly schemas: ReadonlyMap<string, Schema>;

  constructor(context: SiteContext) {
    this.context = context;
    const { standards, published } = context;
    this.schemas = new Map([...published, ...[...standards.files].filter(([path, { $id }]) => path === $id)]);
    this.#events = new Map([...standards.byName.values()].map(({ name, schemaId }) => [name, this.schemas.get(schemaId) ?? {}]));
  }

  #usesNow(): SchemaContext['uses'] {
    const adapters = this.context.adapters();
    if (this.#uses?.adapters !== adapters) {
      const profiles = [...this.context.standards.profiles.values()].map(({ document }) => document);
      const found = usesOf(adapters, profiles, this.#events, (reference) => this.schemas.get(reference));
      this.#uses = { adapters, found };
    }
    return this.#uses.found;
  }

  /** The documents in force, by kind. */
  index(): Readonly<Record<(typeof KINDS)[number], readonly (Link & { readonly description: string; readonly version: string })[]>> {
    const found = Object.fromEntries(KINDS.map((kind) => [kind, [] as (Link & { description: string; version: string })[]])) as Record<
      (typeof KINDS)[number],
      (Link & { description: string; version: string })[]
    >;
    for (const [path, document] of this.context.standards.files) {
      // The envelope is not an event type.
      const kind = path === 'events/event.json' ? 'components' : KINDS.find((candidate) => path.startsWith(`${candidate}/`));
      if (kind === undefined || path === document.$id) continue;
      const href = typeof document.$id === 'string' ? pathOf(document.$id) : pathOf(path);
      const version = typeof document.$id === 'string' ? versionOf(document.$id) : textOf(document.version);
      const name = kind === 'events' ? path.slice(7, -5) : textOf(document.title) || path.slice(kind.length + 1, -5);
      const description = textOf(document.description ?? document.purpose);
      found[kind].push({ text: name, href, version, description: kind === 'conformance' ? `${description.split('. ')[0]}.` : description });
    }
    return found;
  }

  changes(): readonly Change[] {
    return (this.context.standards.files.get('changelog.json')?.entries ?? []) as unknown as readonly Change[];
  }

  #schemaContext(): SchemaContext {
    return {
      resolve: (reference) => this.schemas.get(reference.replace(/#$/, '')),
      link: (reference) => {
        const schema = this.schemas.get(reference);
        return schema === undefined ? undefined : { text: textOf(schema.title), href: pathOf(reference) };
      },
      policy: this.context.policy(),
      uses: this.#usesNow(),
    };
  }

  /** The rows of a schema; with `isWhole` also the rows of its components. */
  rows(id: string, isWhole = false): readonly FieldRow[] {
    return rowsOf(this.schemas.get(id) ?? {}, id, this.#schemaContext(), isWhole);
  }

  /** The page of a published document, from its path below `/standards/`; undefined where the document does not exist. */
  standard(path: string, query: { readonly q?: string } = {}): Page | undefined {
    const page = this.#standardPage(path, query.q ?? '');
    const trail = [{ text: 'Standards', href: '/standards' }, { text: page?.title }];
    return page && { ...page, section: 'standards', trail };
  }

  #standardPage(path: string, q: string): Page | undefined {
    const schema = this.schemas.get(`${STANDARDS_ADDRESS}${path}`);
    if (schema !== undefined) return this.#schemaPage(schema);
    const document = this.context.standards.files.get(`${path}.json`);
    if (document === undefined || typeof document.$id === 'string') return undefined;
    if (path.startsWith('codelists/')) return this.#codeListPage(path, document, q);
    if (path.startsWith('profiles/')) return this.#profilePage(path, document);
    if (path.startsWith('labels/')) return this.#policyPage(path);
    if (path.startsWith('conformance/')) return { template: 'conformance-suite', title: textOf(document.title), path, document };
    return undefined;
  }

  /** The title of a schema, with its version where it is not the latest. */
  #titleOf({ $id, title }: Schema): string {
    const id = textOf($id);
    return this.context.standards.files.has(id) ? textOf(title) : `${textOf(title)} ${versionOf(id)}`;
  }

  #schemaPage(schema: Schema): Page {
    const id = textOf(schema.$id);
    const name = id.slice(STANDARDS_ADDRESS.length).replace(/\/[^/]+$/, '');
    const versions = [...this.schemas.keys()]
      .filter((schemaId) => schemaId.replace(/\/[^/]+$/, '') === STANDARDS_ADDRESS + name)
      .map((schemaId) => ({ text: versionOf(schemaId), href: pathOf(schemaId) }));
    const standard = [...this.context.standards.byName.values()].find(({ schemaId }) => schemaId === id);
    const usedBy = [...this.schemas.values()]
      .filter((other) => other.$id !== id && JSON.stringify(other).includes(`"$ref":"${id}"`))
      .map((user) => ({ text: this.#titleOf(user), href: pathOf(textOf(user.$id)) }));
    return {
      template: 'schema',
      title: this.#titleOf(schema),
      id,
      schema,
      usedBy,
      versions,
      version: versionOf(id),
      path: id.slice(STANDARDS_ADDRESS.length),
      type: standard?.type,
      name: standard?.name,
      hasTopic: standard?.hasTopic,
      submitters: this.context.clients().filter(({ submits }) => standard !== undefined && submits?.standards.includes(standard.name)),
      profiles: [...this.context.standards.profiles.values()].flatMap(({ document }) =>
        standard !== undefined && document.standards[standard.name] !== undefined
          ? [{ text: document.title, href: pathOf(`profiles/${document.id}`) }]
          : [],
      ),
      // The components of an event have their own pages, which list earlier versions.
      ...foldedRows(this.rows(id, standard !== undefined)),
      examples: ((schema.examples ?? []) as readonly unknown[]).map((example) => JSON.stringify(example, null, 2)),
      sent:
        standard === undefined ? [] : ((schema.examples ?? []) as readonly JsonObject[]).map((example) => sentAs(standard.type, example)),
      changes: this.changes().filter(({ schema: changed }) => changed === id),
    };
  }

  #codeListPage(path: string, document: JsonObject, q: string): Page {
    const codes = (document.codes as unknown as readonly (readonly unknown[])[]).map((row) => row.map(String));
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const found = codes.filter((row) => words.every((word) => row.some((value) => value.toLowerCase().includes(word))));
    return {
      template: 'codelist',
      title: textOf(document.title),
      path,
      document,
      q,
      count: codes.length.toLocaleString('en-GB'),
      found: found.length.toLocaleString('en-GB'),
      isCut: found.length > ROWS,
      rows: found.slice(0, ROWS),
    };
  }

  #profilePage(path: string, document: JsonObject): Page {
    const standards = Object.entries(document.standards as Record<string, readonly string[]>).map(([name, pointers]) => ({
      name,
      href: pathOf(this.context.standards.byName.get(name)?.schemaId ?? ''),
      fields: pointers.map((pointer) => pointer.slice(1).replaceAll('/*/', '[].').replaceAll('/', '.')),
    }));
    return { template: 'profile', title: textOf(document.title), path, document, standards };
  }

  #policyPage(path: string): Page {
    const policy = this.context.policy();
    return { template: 'policy', title: textOf(policy.title), path, policy };
  }

  /** The page of an error; undefined for an unknown code. */
  problem(code: string): Page | undefined {
    const known = Object.hasOwn(this.context.problems, code) ? this.context.problems[code] : undefined;
    if (known === undefined) return undefined;
    const [status, title] = known;
    return {
      template: 'problem',
      title,
      code,
      status,
      section: 'problems',
      ...this.context.problemHelp(code),
      trail: [{ text: 'Errors', href: '/problems' }, { text: title }],
    };
  }

  /** A fixed page; undefined for an unknown name. */
  page(name: string): Page | undefined {
    const { problems, reasons, scenarios, clients } = this.context;
    const index = this.index();
    const titles: Readonly<Record<string, readonly [title: string, more?: object]>> = {
      home: ['Justice Interchange', { index }],
      standards: ['Standards', { index }],
      'get-started': ['Get started', { index }],
      changes: [
        'Changes',
        {
          changes: this.changes().map((change) => ({
            ...change,
            name: change.schema.slice(STANDARDS_ADDRESS.length),
            href: pathOf(change.schema),
          })),
          deprecated: this.#ending(),
        },
      ],
      problems: ['Errors', { problems: Object.entries(problems), reasons: Object.entries(reasons) }],
      sandbox: ['Sandbox', { clients: clients(), scenarios: Object.entries(scenarios ?? {}), isSandbox: scenarios !== undefined }],
      webhooks: ['Webhooks'],
      seals: ['Seals', { program: this.context.verifyProgram }],
      'going-live': ['Going live', { limits: this.context.limits }],
      client: ['Client and front-end kit', { client: this.context.packages.find(({ name }) => name.endsWith('/client')) }],
      downloads: ['Downloads', { packages: this.context.packages }],
      conformance: ['Conformance', { index }],
      accessibility: ['Accessibility statement'],
    };
    const page = Object.hasOwn(titles, name) ? titles[name] : undefined;
    return page === undefined ? undefined : { template: name, title: page[0], section: SECTIONS[name], ...page[1] };
  }

  #ending(): readonly (Link & { readonly deprecated: string; readonly sunset: string })[] {
    return [...this.schemas.values()]
      .filter((schema) => typeof schema['x-deprecated'] === 'string')
      .map((schema) => ({
        text: `${textOf(schema.title)} ${versionOf(textOf(schema.$id))}`,
        href: pathOf(textOf(schema.$id)),
        deprecated: textOf(schema['x-deprecated']),
        sunset: textOf(schema['x-sunset']),
      }));
  }
}
