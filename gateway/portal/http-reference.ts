/** Makes the pages of the HTTP reference: an index, and one page for each operation and each schema. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { at, stepsOf } from '../../adapters/json.ts';
import type { Page } from '../pages/page.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';
import { HTTP_REFERENCE, pathOf, schemaPath } from './paths.ts';
import { type FieldRow, type Link, rowsOf, type SchemaContext } from './schema.ts';
import type { Site } from './site.ts';

type Node = { readonly [name: string]: unknown };

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An example: its text, or the address of its file. */
interface Example {
  readonly title: string;
  readonly text: string;
  readonly file?: string;
}

function exampleText(example: unknown): string {
  if (example === undefined) return '';
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2);
}

/** The description of an operation on its page. */
export interface OperationSection {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly isPublic: boolean;
  readonly parameters: readonly {
    readonly name: string;
    readonly place: string;
    readonly required: boolean;
    readonly description: string;
    readonly row: FieldRow | undefined;
  }[];
  readonly bodies: readonly {
    readonly mediaType: string;
    readonly schema: Link | undefined;
    readonly examples: readonly Example[];
  }[];
  readonly answers: readonly {
    readonly status: string;
    readonly description: string;
    readonly schemas: readonly (Link & { readonly mediaType: string })[];
  }[];
  readonly curl: string;
}

/** The first body that has an example, or the first body where none has one. */
export const shownBody = ({ bodies }: Pick<OperationSection, 'bodies'>): OperationSection['bodies'][number] | undefined =>
  bodies.find(({ examples }) => examples.length > 0) ?? bodies[0];

class Reference {
  readonly #document: Node;
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
    this.#document = site.context.http;
  }

  deref(node: Node): Node {
    const reference = textOf(node.$ref);
    if (!reference.startsWith('#/')) return node;
    return stepsOf(reference.slice(1)).reduce((found: Node, step) => found[step] as Node, this.#document);
  }

  link(reference: string): Link | undefined {
    const [, schemaName] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
    if (schemaName !== undefined) return { text: schemaName, href: schemaPath(schemaName) };
    const [, file] = /^\.\.\/schemas\/(.+\.json)$/.exec(reference) ?? [];
    const schema = file === undefined ? undefined : this.#site.context.standards.files.get(file);
    return schema === undefined ? undefined : { text: textOf(schema.title), href: pathOf(textOf(schema.$id)) };
  }

  #rows(schema: Node): readonly FieldRow[] {
    const context: SchemaContext = {
      resolve: (reference) => this.deref({ $ref: reference }),
      link: (reference) => this.link(reference),
      policy: this.#site.context.policy(),
      uses: { sources: new Map(), tasks: new Map() },
    };
    return rowsOf(schema, '', context);
  }

  schemas(): readonly { readonly name: string; readonly description: string; readonly rows: readonly FieldRow[]; readonly type: string }[] {
    const { schemas } = this.#document.components as Record<string, Record<string, Node>>;
    return Object.entries(schemas ?? {}).map(([name, schema]) => ({
      name,
      description: textOf(schema.description),
      type: textOf(schema.type),
      rows: this.#rows(schema),
    }));
  }

  #content(node: Node): readonly [string, Node][] {
    return Object.entries((node.content ?? {}) as Record<string, Node>);
  }

  operation(path: string, method: string, item: Node, operation: Node): OperationSection {
    const security = (operation.security ?? this.#document.security ?? []) as readonly Record<string, readonly string[]>[];
    const parameters = [...((item.parameters ?? []) as readonly Node[]), ...((operation.parameters ?? []) as readonly Node[])].map(
      (parameter) => this.deref(parameter),
    );
    const body = operation.requestBody as Node | undefined;
    const bodies = body === undefined ? [] : this.#content(body).map(([mediaType, media]) => this.#body(mediaType, media));
    const isPublic = security.every((scheme) => Object.keys(scheme).length === 0);
    return {
      id: textOf(operation.operationId),
      method: method.toUpperCase(),
      path,
      bodies,
      isPublic,
      tag: textOf((operation.tags as readonly string[] | undefined)?.[0]),
      summary: textOf(operation.summary),
      description: textOf(operation.description),
      scopes: security.flatMap((scheme) => Object.values(scheme).flat()),
      parameters: parameters.map((parameter) => ({
        name: textOf(parameter.name),
        place: textOf(parameter.in),
        required: parameter.required === true,
        description: textOf(parameter.description),
        row: this.#rows({ properties: { value: this.deref((parameter.schema ?? {}) as Node) } })[0],
      })),
      answers: Object.entries(operation.responses as Record<string, Node>).map(([status, stated]) => {
        const response = this.deref(stated);
        const schemas = this.#content(response).map(([mediaType, media]) => {
          const schema = (media.schema ?? {}) as Node;
          return {
            mediaType,
            ...(this.link(textOf(schema.$ref)) ?? { text: '', href: '' }),
            examples: this.#examples(media).filter(({ file }) => file === undefined),
          };
        });
        return { status, description: textOf(response.description), schemas };
      }),
      curl: curlOf({ path, method: method.toUpperCase(), isPublic, bodies }),
    };
  }

  #examples(media: Node): readonly Example[] {
    return Object.values((media.examples ?? {}) as Record<string, Node>).map((stated) => {
      const { summary, value, externalValue } = this.deref(stated);
      const [path = '', pointer] = textOf(externalValue).replace('../schemas/', '').split('#');
      const document = this.#site.context.standards.files.get(path);
      const example = document === undefined ? value : at(document, pointer ?? '');
      const text = exampleText(example);
      const file = textOf(externalValue).replace('../examples/', '/standards/examples/');
      return { title: textOf(summary), text, ...(text === '' && file !== '' ? { file } : {}) };
    });
  }

  #body(mediaType: string, media: Node): OperationSection['bodies'][number] {
    const examples = this.#examples(media);
    return { mediaType, schema: this.link(textOf((media.schema as Node | undefined)?.$ref)), examples };
  }
}

/** The arguments of `curl` that send a body. */
function bodyArguments({ mediaType, examples: [example] }: OperationSection['bodies'][number]): readonly string[] {
  const text = example?.text ?? '';
  if (mediaType === 'application/x-www-form-urlencoded') {
    const fields = Object.entries(JSON.parse(text || '{}') as Record<string, string>);
    return fields.map(([name, value]) => `-d ${name}=${value}`);
  }
  const header = `-H 'Content-Type: ${mediaType}'`;
  if (text !== '' && /json/.test(mediaType)) return [header, `-d '${JSON.stringify(JSON.parse(text))}'`];
  const file = example?.file?.split('/').at(-1) ?? 'FILE';
  return [header, `--data-binary @${file}`];
}

/** A command that sends a request for an operation. */
function curlOf({ path, method, isPublic, bodies }: Pick<OperationSection, 'path' | 'method' | 'isPublic' | 'bodies'>): string {
  const target = path.replace('{id}', '$ID').replace('{path}', 'events/hearing.resulted/1.3.0');
  const body = shownBody({ bodies });
  const words = ['curl -i'];
  if (method !== 'GET') words.push(`-X ${method}`);
  if (!isPublic) words.push('-H "Authorization: Bearer $TOKEN"');
  if (body !== undefined) words.push(...bodyArguments(body));
  words.push(`"$URL${target}"`);
  return words.join(' ');
}

/** Every operation of the contract, in the order of the contract. */
export function operationsOf(site: Site): readonly OperationSection[] {
  const reference = new Reference(site);
  const { paths } = site.context.http as unknown as { paths: Record<string, Node> };
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => reference.operation(path, method, item, item[method] as Node)),
  );
}

const TRAIL: Link = { text: 'HTTP reference', href: HTTP_REFERENCE };

/** The index page: operations by tag, and schemas. */
export function httpReference(site: Site, operations: readonly OperationSection[]): Page {
  const { info, tags } = site.context.http as unknown as { info: Node; tags: readonly Node[] };
  return {
    template: 'reference-http',
    title: 'HTTP reference',
    section: 'reference',
    info,
    tags: tags.map(({ name, description }) => ({ name, description, operations: operations.filter(({ tag }) => tag === name) })),
    schemas: new Reference(site).schemas().map(({ name, description }) => ({ text: name, href: schemaPath(name), description })),
  };
}

/** The page of an operation; undefined where the contract has no such operation. */
export function operationPage(site: Site, operations: readonly OperationSection[], id: string): Page | undefined {
  const operation = operations.find((candidate) => candidate.id === id);
  if (operation === undefined) return undefined;
  const { info } = site.context.http as unknown as { info: Node };
  return {
    template: 'operation',
    title: operation.summary,
    section: 'reference',
    operation,
    info,
    trail: [TRAIL, { text: operation.tag, href: `${HTTP_REFERENCE}#tag-${operation.tag}` }],
    siblings: operations.filter(({ tag }) => tag === operation.tag),
  };
}

/** The page of a schema of the contract; undefined where the contract has no such schema. */
export function referencedSchemaPage(site: Site, name: string): Page | undefined {
  const schema = new Reference(site).schemas().find((candidate) => candidate.name === name);
  return schema && { template: 'reference-schema', title: `Schema ${name}`, section: 'reference', schema, trail: [TRAIL] };
}

/** The page of the bus contract. */
export function busReference(site: Site): Page {
  const { info, channels, components } = site.context.bus as unknown as {
    info: JsonObject;
    channels: Record<string, { address: string; description: string; messages: Record<string, Node> }>;
    components: {
      messages: Record<string, Node>;
      parameters: { level: Node };
      operationTraits: { consumer: { bindings: { kafka: { groupId: Node } } } };
      messageTraits: { cloudEvent: { headers: { properties: Record<string, Node> } } };
    };
  };
  return {
    template: 'reference-bus',
    title: 'Bus reference',
    section: 'reference',
    info,
    level: components.parameters.level,
    group: components.operationTraits.consumer.bindings.kafka.groupId,
    headers: Object.entries(components.messageTraits.cloudEvent.headers.properties).map(([name, { description }]) => ({
      name,
      description,
    })),
    channels: Object.values(channels).map(({ address, description, messages }) => ({
      address,
      description,
      messages: Object.keys(messages).map((name) => {
        const message = components.messages[name] as Node;
        const type = textOf(message.name);
        const standard = site.context.standards.byType.get(type);
        return { type, summary: textOf(message.summary), href: pathOf(standard?.schemaId ?? STANDARDS_ADDRESS) };
      }),
    })),
  };
}
