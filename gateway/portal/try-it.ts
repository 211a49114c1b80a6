/** Try it: a form for each operation of the contract. The server of a sandbox sends the request. */
import type { Page } from '../pages/page.ts';
import type { ClientConfig } from '../rules/clients.ts';
import { requestOf } from './downloads/requests.ts';
import { type OperationSection, shownBody } from './http-reference.ts';
import { operationPath } from './paths.ts';
import type { Link } from './schema.ts';
import type { Site } from './site.ts';

const TRAIL: readonly Link[] = [
  { text: 'Sandbox', href: '/sandbox' },
  { text: 'Try it', href: '/try' },
];

/** The values of the form, by field name: `persona`, `mediaType`, `body`, and for example `path.id` for a parameter. */
export type Values = Readonly<Record<string, string>>;

export interface FormFault {
  readonly text: string;
  readonly href: string;
}

/** The response, as the page shows it. */
export interface ShownAnswer {
  readonly request: string;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly mediaType: string;
  readonly body: string;
  /** Whether the body is longer than the part that is shown. */
  readonly isCut: boolean;
  readonly milliseconds: number;
}

export interface Filled {
  readonly values: Values;
  readonly faults?: readonly FormFault[];
  readonly answer?: ShownAnswer;
}

/** Parameters that few requests need. The form folds them. */
const RARE: ReadonlySet<string> = new Set([
  'traceparent',
  'Interchange-Scenario',
  'lastEventId',
  'Last-Event-ID',
  'If-None-Match',
  'Prefer',
]);

export const fieldOf = ({ place, name }: { readonly place: string; readonly name: string }): string => `${place}.${name}`;

/** All personas. Those that may call the operation come first. */
function personasFor(site: Site, { scopes }: OperationSection): readonly (ClientConfig & { readonly mayCall: boolean })[] {
  const personas = site.context.clients().filter(({ persona }) => persona !== undefined);
  const marked = personas.map((client) => ({
    ...client,
    mayCall: scopes.every((scope) => client.scopes.some((granted) => granted === scope)),
  }));
  return marked.toSorted((a, b) => Number(b.mayCall) - Number(a.mayCall));
}

/** The initial values of the form, from the first example. */
function examplesFor(site: Site, operation: OperationSection): Values {
  const body = shownBody(operation);
  const [example] = body?.examples ?? [];
  const file = example?.file?.replace('/standards/', '');
  const text = file === undefined ? requestOf(operation).body : site.context.documentAt(file);
  return {
    ...(body === undefined ? {} : { mediaType: body.mediaType, body: text ?? '' }),
    ...(operation.path.includes('{path}') ? { 'path.path': 'events/hearing.resulted/1.2.0' } : {}),
  };
}

const optionsOf = (limits: readonly string[]): readonly string[] =>
  limits.flatMap((limit) => (limit.startsWith('one of: ') ? limit.slice('one of: '.length).split(', ') : []));

/** The form of an operation, with its values and the response. */
export function tryPage(site: Site, operation: OperationSection, filled?: Filled): Page {
  const parameters = operation.parameters.map((parameter) => ({
    ...parameter,
    field: fieldOf(parameter),
    options: optionsOf(parameter.row?.limits ?? []),
  }));
  return {
    template: 'try-operation',
    title: `Try it: ${operation.summary}`,
    section: 'sandbox',
    trail: TRAIL,
    operation,
    href: operationPath(operation.id),
    personas: personasFor(site, operation),
    usual: parameters.filter(({ name }) => !RARE.has(name)),
    rare: parameters.filter(({ name }) => RARE.has(name)),
    values: filled?.values ?? examplesFor(site, operation),
    faults: filled?.faults ?? [],
    answer: filled?.answer,
  };
}

/** The page that lists the forms. */
export function tryIndex(operations: readonly OperationSection[]): Page {
  const tags = Map.groupBy(operations, ({ tag }) => tag);
  return {
    template: 'try',
    title: 'Try it',
    section: 'sandbox',
    trail: TRAIL.slice(0, 1),
    tags: [...tags].map(([name, ofTag]) => ({ name, operations: ofTag })),
  };
}
