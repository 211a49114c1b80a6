/** Sends what somebody wrote into a form of "Try it": an operation of the contract, to this gateway and no other host, with the token of a persona. */
import type { OperationSection } from '../../portal/http-reference.ts';
import { type FormFault, fieldOf, type ShownAnswer, type Values } from '../../portal/try-it.ts';
import type { ClientConfig } from '../../rules/clients.ts';
import type { DevelopmentIssuer } from './issuer.ts';

export interface TryContext {
  readonly issuer: DevelopmentIssuer;
  readonly clients: () => readonly ClientConfig[];
  /** The address at which this gateway listens. */
  readonly self: () => string;
}

export type Tried = { readonly answer: ShownAnswer } | { readonly faults: readonly FormFault[] };

/** How long an answer may take, in milliseconds. The contract allows a wait of 30 seconds. */
const LONGEST = 35_000;
/** How long a form listens to a stream, in milliseconds. */
const STREAM = 2000;
/** How much of an answer a page shows. */
const MOST_BYTES = 65_536;
/** Headers of an answer that say something to whoever tries things out. */
const SHOWN =
  /^(content-type|location|allow|retry-after|link|etag|ratelimit|ratelimit-policy|www-authenticate|deprecation|sunset|preference-applied|interchange-.*)$/;

/** A step that a URL would take for "here" or "up": it would lead to another address than the contract's. */
const isDots = (step: string): boolean => step === '.' || step === '..';

const stepsOf = (name: string, value: string): readonly string[] => (name === 'path' ? value.split('/') : [value]);

/** The path with its parameters. Undefined where one of them would lead elsewhere. */
function pathOf({ path, parameters }: OperationSection, values: Values): string | undefined {
  let filled = path;
  for (const { name } of parameters.filter(({ place }) => place === 'path')) {
    const steps = stepsOf(name, values[fieldOf({ place: 'path', name })] ?? '');
    if (steps.some(isDots)) return undefined;
    filled = filled.replace(`{${name}}`, () => steps.map(encodeURIComponent).join('/'));
  }
  return filled;
}

const faultAt = (parameter: { readonly place: string; readonly name: string }, text: string): FormFault => ({
  text,
  href: `#${fieldOf(parameter)}`,
});

function faultsOf({ parameters }: OperationSection, values: Values): readonly FormFault[] {
  return parameters.flatMap((parameter) => {
    const value = values[fieldOf(parameter)] ?? '';
    if (parameter.required && value === '') return [faultAt(parameter, `Enter ${parameter.name}`)];
    if (parameter.place === 'path' && stepsOf(parameter.name, value).some(isDots))
      return [faultAt(parameter, `${parameter.name} must not be a dot or two`)];
    if (parameter.place === 'header' && !/^[\x20-\x7e]*$/.test(value))
      return [faultAt(parameter, `${parameter.name} must only have characters of ASCII`)];
    return [];
  });
}

/** The address of an operation on this gateway. Throws an Error where it would be another: the caller has checked the values. */
function addressOf(operation: OperationSection, values: Values, self: string): URL {
  const path = pathOf(operation, values);
  const address = new URL(path ?? '', self);
  if (address.origin !== new URL(self).origin || address.pathname !== path) throw new Error('The address is not that of the operation');
  for (const parameter of operation.parameters) {
    const value = values[fieldOf(parameter)] ?? '';
    if (parameter.place === 'query' && value !== '') address.searchParams.set(parameter.name, value);
  }
  return address;
}

async function headersOf(operation: OperationSection, values: Values, { issuer, clients }: TryContext): Promise<Record<string, string>> {
  const client = clients().find(({ persona }) => persona !== undefined && persona === values.persona);
  const given = operation.parameters.filter(({ place, name }) => place === 'header' && (values[fieldOf({ place, name })] ?? '') !== '');
  const known = operation.bodies.find(({ mediaType }) => mediaType === values.mediaType) ?? operation.bodies[0];
  return {
    ...Object.fromEntries(given.map((parameter) => [parameter.name, values[fieldOf(parameter)] ?? ''])),
    ...(operation.isPublic || client === undefined ? {} : { Authorization: `Bearer ${await issuer.token(client)}` }),
    ...(known === undefined ? {} : { 'Content-Type': known.mediaType }),
  };
}

/** The beginning of an answer. A stream has no end: it is cut after a while. */
async function beginningOf(response: Response, cut: AbortController): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const timer = isStream ? setTimeout(() => cut.abort(), STREAM) : undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
      if (bytes > MOST_BYTES) break;
    }
  } catch (error) {
    // What was cut has come as far as it is shown.
    if (!cut.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  const text = Buffer.concat(chunks).subarray(0, MOST_BYTES).toString();
  return { text, isCut: bytes > MOST_BYTES || cut.signal.aborted };
}

function readable(text: string, mediaType: string): string {
  if (!/[/+]json$/.test(mediaType)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Sends the operation, or says what is wrong in the form. Rejects when this gateway does not answer. */
export async function tryOperation(operation: OperationSection, values: Values, context: TryContext): Promise<Tried> {
  const faults = faultsOf(operation, values);
  if (faults.length > 0) return { faults };
  const address = addressOf(operation, values, context.self());
  const cut = new AbortController();
  const started = performance.now();
  const response = await fetch(address, {
    method: operation.method,
    redirect: 'manual',
    headers: await headersOf(operation, values, context),
    ...(operation.bodies.length === 0 ? {} : { body: (values.body ?? '').replaceAll('\r\n', '\n') }),
    signal: AbortSignal.any([cut.signal, AbortSignal.timeout(LONGEST)]),
  });
  const { text, isCut } = await beginningOf(response, cut);
  const mediaType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  return {
    answer: {
      request: `${operation.method} ${address.pathname}${address.search}`,
      status: response.status,
      headers: [...response.headers].filter(([name]) => SHOWN.test(name)),
      mediaType,
      body: isCut ? text : readable(text, mediaType),
      isCut,
      milliseconds: Math.round(performance.now() - started),
    },
  };
}
