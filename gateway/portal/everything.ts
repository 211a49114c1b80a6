/** Lists every page and section of the portal that has its own address, for the search. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { CODELIST_PATH, operationPath, pathOf } from './paths.ts';
import type { Link } from './schema.ts';
import type { Site } from './site.ts';

export interface Place extends Link {
  readonly words: string;
  readonly kind: string;
  /** The name in code: of a field, a code or an operation. */
  readonly name: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Pages about topics other than the standards. Each has words that people search for and that its text may not contain. */
const PAGES: Readonly<Record<string, string>> = {
  'get-started': 'Get started: first steps with curl, token, submit, receive',
  sandbox: 'Sandbox: personas, tokens, OAuth, scenarios, reset, synthetic people',
  'see-as': 'See it as…: redaction, redacted, personas, what each reader receives and why',
  try: 'Try it: send a request to the sandbox from a form',
  webhooks: 'Webhooks: subscriptions, signatures, Standard Webhooks, deliveries, replay, retry, retries',
  seals: 'Seals: verify, signature, SD-JWT, keys, JWKS, redacted, redaction',
  client: 'Client and front-end kit: TypeScript, npm, install, package, forms, GOV.UK',
  downloads: 'Downloads: OpenAPI, AsyncAPI, Postman, schemas, archive, zip, client, package, command line',
  conformance: 'Conformance: suites, levels, statement',
  'going-live': 'Going live: client, issuer, OAuth, scopes, limits, rate limit, retry',
  changes: 'Changes: versions, deprecation, sunset, feed',
  problems: 'Errors: problems, reason codes, retry',
  'reference/http': 'HTTP reference: OpenAPI, operations',
  'reference/bus': 'Bus reference: AsyncAPI, Kafka, topics, consumer groups',
};
/** Pages that exist only in a sandbox. */
const SANDBOX_PAGES: ReadonlySet<string> = new Set(['see-as', 'try']);

function* pagesOf({ context }: Site): Generator<Place> {
  for (const [name, words] of Object.entries(PAGES))
    if (context.scenarios !== undefined || !SANDBOX_PAGES.has(name))
      yield { text: words.split(':')[0] ?? name, href: `/${name}`, kind: 'page', name, words };
}

function* standardsOf(site: Site): Generator<Place> {
  for (const [kind, links] of Object.entries(site.index()))
    for (const { text, href, description } of links) {
      const name = href.split('/').at(kind === 'codelists' || kind === 'profiles' ? -1 : -2) ?? '';
      yield { text, href, kind, name, words: `${text} ${name} ${description}` };
    }
}

function* operationsOf({ context: { http } }: Site): Generator<Place> {
  for (const [path, item] of Object.entries(http.paths as unknown as Record<string, Record<string, JsonObject>>))
    for (const { operationId, summary, description } of Object.values(item))
      if (typeof operationId === 'string')
        yield {
          text: textOf(summary),
          href: operationPath(operationId),
          kind: 'operation',
          name: operationId,
          words: `${operationId} ${path} ${textOf(summary)} ${textOf(description)}`,
        };
}

function* fieldsOf(site: Site): Generator<Place> {
  const { standards } = site.context;
  for (const [id, schema] of site.schemas) {
    if (!standards.files.has(id)) continue;
    for (const { name, title, description, sources } of site.rows(id))
      yield {
        text: `${textOf(schema.title)}: ${title}`,
        href: `${pathOf(id)}#field-${name}`,
        kind: 'field',
        name: name.replace(/\[\]$/, '').split('.').at(-1) ?? name,
        words: `${name} ${title} ${description} ${sources.map(({ element }) => element.replaceAll('/', ' ')).join(' ')}`,
      };
  }
}

function* errorsOf({ context: { problems, reasons } }: Site): Generator<Place> {
  for (const [code, [, title]] of Object.entries(problems))
    yield { text: title, href: `/problems/${code}`, kind: 'error', name: code, words: `${code} ${title}` };
  for (const [code, title] of Object.entries(reasons))
    yield { text: title, href: `/problems#${code}`, kind: 'reason', name: code, words: `${code} ${title}` };
}

function* codesOf({ context: { standards } }: Site): Generator<Place> {
  for (const [path, document] of standards.files) {
    if (!path.startsWith('codelists/') || typeof document.$id === 'string') continue;
    const columns = (document.columns ?? []) as unknown as readonly string[];
    const titled = columns.findIndex((column) => column === 'title' || column === 'name');
    for (const row of document.codes as unknown as readonly (readonly unknown[])[]) {
      const code = String(row[0]);
      yield {
        text: `${code} ${String(row[titled] ?? '')}`,
        href: `${CODELIST_PATH}${path.slice(10, -5)}?q=${encodeURIComponent(code)}`,
        kind: 'code',
        name: code,
        words: row.filter((value, n) => n > 0 && n !== titled && typeof value === 'string').join(' '),
      };
    }
  }
}

export function* everythingIn(site: Site): Generator<Place> {
  yield* pagesOf(site);
  yield* standardsOf(site);
  yield* operationsOf(site);
  yield* fieldsOf(site);
  yield* errorsOf(site);
  yield* codesOf(site);
}
