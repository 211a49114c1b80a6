/** The pages of the portal as values: what each says, made from the standards, the contracts and the policy in force. */
import type { Adapter, JsonObject } from '../../adapters/adapter.ts';
import type { PolicyDocument } from '../labels/policy-document.ts';
import type { ClientConfig } from '../rules/clients.ts';
import type { Standards } from '../rules/standards.ts';
import { BASE, CODELIST_PATH, HTTP_REFERENCE, pathOf } from './paths.ts';
import { type FieldRow, type Link, rowsOf, type SchemaContext, usesOf } from './schema.ts';

export interface SiteContext {
  readonly standards: Standards;
  /** Every version that was ever published, by `$id`. */
  readonly published: ReadonlyMap<string, JsonObject>;
  readonly policy: () => PolicyDocument;
  /** The adapters in force. */
  readonly adapters: () => readonly Adapter[];
  /** `openapi.yaml` and `asyncapi.yaml`, parsed. */
  readonly http: JsonObject;
  readonly bus: JsonObject;
  readonly problems: Readonly<Record<string, readonly [status: number, title: string]>>;
  /** Reason codes with what they mean. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly clients: () => readonly ClientConfig[];
  readonly scenarios: Readonly<Record<string, string>> | undefined;
  readonly version: string;
  /** A program that verifies a seal. */
  readonly verifyProgram: string;
  readonly limits: { readonly requestsPerMinute: number; readonly bodyBytes: number };
  /** Where the project's source is, if configuration says so. */
  readonly sourceUrl: string | undefined;
  /** Whether this sandbox can begin again. */
  readonly canReset: boolean;
  /** The address of this gateway as its users know it. */
  readonly url: () => string;
}

/** A page: its template, its title, and what the template says. */
export interface Page {
  readonly template: string;
  readonly title: string;
  readonly [name: string]: unknown;
}

interface Change {
  readonly date: string;
  readonly schema: string;
  readonly change: string;
  readonly summary: string;
}

type Schema = JsonObject & { readonly $id?: string };

/** Pages that are no standard, with what they are looked for by. */
const PAGES: Readonly<Record<string, string>> = {
  'get-started': 'Get started: first steps with curl, token, submit, receive',
  sandbox: 'Sandbox: personas, tokens, OAuth, scenarios, reset, synthetic people',
  webhooks: 'Webhooks: subscriptions, signatures, Standard Webhooks, deliveries, replay',
  seals: 'Seals: verify, signature, SD-JWT, keys, JWKS, redacted',
  client: 'Client and front-end kit: TypeScript, forms, GOV.UK',
  conformance: 'Conformance: suites, levels, statement',
  'going-live': 'Going live: client, issuer, OAuth, scopes, limits, rate limit',
  changes: 'Changes: versions, deprecation, sunset, feed',
  problems: 'Errors: problems, reason codes',
  'reference/http': 'HTTP reference: OpenAPI, operations',
  'reference/bus': 'Bus reference: AsyncAPI, Kafka, topics, consumer groups',
};

const KINDS = ['events', 'components', 'labels', 'profiles', 'codelists', 'mappings', 'conformance'] as const;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const versionOf = (id: string): string => /\/(\d+\.\d+\.\d+)$/.exec(id)?.[1] ?? '';
/** So many rows of a code list stand on a page. */
const ROWS = 200;

/** An example as a front-end sends it: without what the gateway makes. */
function sentAs(
  type: string,
  { label: _label, portions: _portions, quality: _quality, protections: _protections, ...data }: JsonObject,
): string {
  return JSON.stringify({ specversion: '1.0', type, data }, null, 2);
}

export class Site {
  readonly context: SiteContext;
  readonly #events: ReadonlyMap<string, JsonObject>;
  /** What of the standards adapters and profiles use, by the adapters in force when it was found out. */
  #uses: { readonly adapters: readonly Adapter[]; readonly found: SchemaContext['uses'] } | undefined;
  readonly #schemas: ReadonlyMap<string, Schema>;

  constructor(context: SiteContext) {
    this.context = context;
    const { standards, published } = context;
    this.#schemas = new Map([...published, ...[...standards.files].filter(([path, { $id }]) => path === $id)]);
    this.#events = new Map([...standards.byName.values()].map(({ name, schemaId }) => [name, this.#schemas.get(schemaId) ?? {}]));
  }

  #usesNow(): SchemaContext['uses'] {
    const adapters = this.context.adapters();
    if (this.#uses?.adapters !== adapters) {
      const profiles = [...this.context.standards.profiles.values()].map(({ document }) => document);
      const found = usesOf(adapters, profiles, this.#events, (reference) => this.#schemas.get(reference));
      this.#uses = { adapters, found };
    }
    return this.#uses.found;
  }

  /** Of each kind, what there is now, by name. */
  index(): Readonly<Record<(typeof KINDS)[number], readonly (Link & { readonly description: string; readonly version: string })[]>> {
    const found = Object.fromEntries(KINDS.map((kind) => [kind, [] as (Link & { description: string; version: string })[]])) as Record<
      (typeof KINDS)[number],
      (Link & { description: string; version: string })[]
    >;
    for (const [path, document] of this.context.standards.files) {
      // The envelope is no event type.
      const kind = path === 'events/event.json' ? 'components' : KINDS.find((one) => path.startsWith(`${one}/`));
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
      resolve: (reference) => this.#schemas.get(reference.replace(/#$/, '')),
      link: (reference) => {
        const schema = this.#schemas.get(reference);
        return schema === undefined ? undefined : { text: textOf(schema.title), href: pathOf(reference) };
      },
      policy: this.context.policy(),
      uses: this.#usesNow(),
    };
  }

  rows(id: string): readonly FieldRow[] {
    return rowsOf(this.#schemas.get(id) ?? {}, id, this.#schemaContext());
  }

  /** The page of a published document by its path below `/standards/`, or undefined. */
  standard(path: string, query: { readonly q?: string } = {}): Page | undefined {
    const schema = this.#schemas.get(`${BASE}${path}`);
    if (schema !== undefined) return this.#schemaPage(schema);
    const document = this.context.standards.files.get(`${path}.json`);
    if (document === undefined || typeof document.$id === 'string') return undefined;
    if (path.startsWith('codelists/')) return this.#codeListPage(path, document, query.q ?? '');
    if (path.startsWith('profiles/')) return this.#profilePage(path, document);
    if (path.startsWith('labels/')) return this.#policyPage(path);
    if (path.startsWith('conformance/')) return { template: 'conformance-suite', title: textOf(document.title), path, document };
    return undefined;
  }

  /** The title of a schema, with its version where there is a later one. */
  #titleOf({ $id, title }: Schema): string {
    const id = textOf($id);
    return this.context.standards.files.has(id) ? textOf(title) : `${textOf(title)} ${versionOf(id)}`;
  }

  #schemaPage(schema: Schema): Page {
    const id = textOf(schema.$id);
    const name = id.slice(BASE.length).replace(/\/[^/]+$/, '');
    const versions = [...this.#schemas.keys()]
      .filter((own) => own.replace(/\/[^/]+$/, '') === BASE + name)
      .map((own) => ({ text: versionOf(own), href: pathOf(own) }));
    const standard = [...this.context.standards.byName.values()].find(({ schemaId }) => schemaId === id);
    const usedBy = [...this.#schemas.values()]
      .filter((one) => one.$id !== id && JSON.stringify(one).includes(`"$ref":"${id}"`))
      .map((one) => ({ text: this.#titleOf(one), href: pathOf(textOf(one.$id)) }));
    return {
      template: 'schema',
      title: this.#titleOf(schema),
      ...{ id, schema, usedBy, versions, version: versionOf(id), path: id.slice(BASE.length) },
      type: standard?.type,
      name: standard?.name,
      submitters: this.context.clients().filter(({ submits }) => standard !== undefined && submits?.standards.includes(standard.name)),
      profiles: [...this.context.standards.profiles.values()].flatMap(({ document }) =>
        standard !== undefined && document.standards[standard.name] !== undefined
          ? [{ text: document.title, href: pathOf(`profiles/${document.id}`) }]
          : [],
      ),
      rows: this.rows(id),
      examples: ((schema.examples ?? []) as readonly unknown[]).map((example) => JSON.stringify(example, null, 2)),
      sent:
        standard === undefined ? [] : ((schema.examples ?? []) as readonly JsonObject[]).map((example) => sentAs(standard.type, example)),
      changes: this.changes().filter(({ schema: own }) => own === id),
    };
  }

  #codeListPage(path: string, document: JsonObject, q: string): Page {
    const all = (document.codes as unknown as readonly (readonly unknown[])[]).map((row) => row.map(String));
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((row) => words.every((word) => row.some((value) => value.toLowerCase().includes(word))));
    return {
      template: 'codelist',
      title: textOf(document.title),
      ...{ path, document, q, count: all.length.toLocaleString('en-GB'), found: found.length.toLocaleString('en-GB') },
      ...{ isCut: found.length > ROWS, rows: found.slice(0, ROWS) },
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

  /** The page of an error by its code, or undefined. */
  problem(code: string): Page | undefined {
    const known = Object.hasOwn(this.context.problems, code) ? this.context.problems[code] : undefined;
    if (known === undefined) return undefined;
    const [status, title] = known;
    return { template: 'problem', title, code, status };
  }

  /** A fixed page by its name, or undefined. */
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
          changes: this.changes().map((one) => ({ ...one, name: one.schema.slice(BASE.length), href: pathOf(one.schema) })),
          deprecated: this.#ending(),
        },
      ],
      problems: ['Errors', { problems: Object.entries(problems), reasons: Object.entries(reasons) }],
      sandbox: ['Sandbox', { clients: clients(), scenarios: Object.entries(scenarios ?? {}), isSandbox: scenarios !== undefined }],
      webhooks: ['Webhooks'],
      seals: ['Seals', { program: this.context.verifyProgram }],
      'going-live': ['Going live', { limits: this.context.limits }],
      client: ['Client and front-end kit'],
      conformance: ['Conformance', { index }],
      accessibility: ['Accessibility statement'],
    };
    const found = Object.hasOwn(titles, name) ? titles[name] : undefined;
    return found === undefined ? undefined : { template: name, title: found[0], ...found[1] };
  }

  #ending(): readonly (Link & { readonly deprecated: string; readonly sunset: string })[] {
    return [...this.#schemas.values()]
      .filter((schema) => typeof schema['x-deprecated'] === 'string')
      .map((schema) => ({
        text: `${textOf(schema.title)} ${versionOf(textOf(schema.$id))}`,
        href: pathOf(textOf(schema.$id)),
        deprecated: textOf(schema['x-deprecated']),
        sunset: textOf(schema['x-sunset']),
      }));
  }

  /** All that has a page of its own, for the search. */
  *everything(): Generator<Link & { readonly words: string; readonly kind: string; readonly name: string }> {
    const { standards, problems, reasons, http } = this.context;
    for (const [name, words] of Object.entries(PAGES))
      yield { text: words.split(':')[0] ?? name, href: `/${name}`, kind: 'page', name, words };
    for (const [kind, links] of Object.entries(this.index()))
      for (const { text, href, description } of links) {
        const name = href.split('/').at(kind === 'codelists' || kind === 'profiles' ? -1 : -2) ?? '';
        yield { text, href, kind, name, words: `${text} ${name} ${description}` };
      }
    for (const [path, item] of Object.entries(http.paths as unknown as Record<string, Record<string, JsonObject>>))
      for (const { operationId, summary, description } of Object.values(item))
        if (typeof operationId === 'string')
          yield {
            text: textOf(summary),
            href: `${HTTP_REFERENCE}#${operationId}`,
            kind: 'operation',
            name: operationId,
            words: `${operationId} ${path} ${textOf(summary)} ${textOf(description)}`,
          };
    for (const [id, schema] of this.#schemas) {
      if (!standards.files.has(id)) continue;
      for (const { name, title, description, sources } of this.rows(id))
        yield {
          text: `${textOf(schema.title)}: ${title}`,
          href: `${pathOf(id)}#field-${name}`,
          kind: 'field',
          name: name.replace(/\[\]$/, '').split('.').at(-1) ?? name,
          words: `${name} ${title} ${description} ${sources.map(({ element }) => element.replaceAll('/', ' ')).join(' ')}`,
        };
    }
    for (const [code, [, title]] of Object.entries(problems))
      yield { text: title, href: `/problems/${code}`, kind: 'error', name: code, words: `${code} ${title}` };
    for (const [code, title] of Object.entries(reasons))
      yield { text: title, href: `/problems#${code}`, kind: 'reason', name: code, words: `${code} ${title}` };
    for (const [path, document] of standards.files) {
      if (!path.startsWith('codelists/') || typeof document.$id === 'string') continue;
      for (const [code = '', title = ''] of document.codes as unknown as readonly (readonly string[])[])
        yield {
          text: `${code} ${title}`,
          href: `${CODELIST_PATH}${path.slice(10, -5)}?q=${encodeURIComponent(code)}`,
          kind: 'code',
          name: code,
          words: `${code} ${title}`,
        };
    }
  }
}
