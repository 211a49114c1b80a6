/**
 * `npm run test:contract`: a mock that Prism (npm) makes from the published OpenAPI document alone, next to a gateway. Every example of
 * the document is sent to both: they answer with the same status and media type, and both answers are as the document has them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ClientConfig, SCOPES } from '../../gateway/rules/clients.ts';
import { caseOf, checkAnswer, OPERATOR, openGateway, operationOf, resultOf } from '../support/gateway.ts';
import { openReceiver } from '../support/receiver.ts';

const HOME = join(import.meta.dirname, '../..');
const VERSION = '5.16.0';
const FOLDER = join(HOME, '.cache', `prism-${VERSION}`);
const PROGRAM = join(FOLDER, 'node_modules/@stoplight/prism-cli/dist/index.js');

if (!existsSync(PROGRAM)) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}');
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `@stoplight/prism-cli@${VERSION}`];
  const { status } = spawnSync('npm', words, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    console.log('Left out: Prism cannot be installed here');
    process.exit(process.env.CI === 'true' ? 1 : 0);
  }
}

/** A client that may use every operation. */
const EVERY: ClientConfig = { ...OPERATOR, id: 'wessex.every-scope', scopes: [...SCOPES] };
const gateway = await openGateway({ clients: [OPERATOR, EVERY], config: { sandbox: { cases: 0, seed: 1 } } });
const { body: document } = await gateway.call('/standards/openapi.json');
const file = join(FOLDER, 'openapi.json');
writeFileSync(file, JSON.stringify(document));
const mock = spawn(process.execPath, [PROGRAM, 'mock', '--host', '127.0.0.1', '--port', '4010', '--errors', file], {
  env: { ...process.env, NODE_OPTIONS: '' },
});
let said = '';
const ready = Promise.withResolvers<void>();
for (const stream of [mock.stdout, mock.stderr])
  stream.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('is listening on')) ready.resolve();
  });
mock.once('exit', () => ready.reject(new Error(`Prism stopped: ${said.slice(-500)}`)));
await ready.promise;

// What the operations are about.
const { body: receipt } = await gateway.post('/v1/messages', caseOf(1), 'force');
await gateway.post('/v1/messages', resultOf(1), 'court');
const quarantined = async (n: number) => (await gateway.post('/v1/messages', caseOf(n).slice(0, -40), 'force')).body.receipt as string;
const json = { 'Content-Type': 'application/json' };
const subscribe = async () =>
  (await gateway.post('/v1/subscriptions', JSON.stringify({ url: 'http://127.0.0.1:9/' }), 'cps', json)).body.id as string;
const published = receipt.events[0].id as string;
const receiver = await openReceiver();
/** A subscription that something was delivered to, and what. */
async function subscribeAndReceive(): Promise<{ id: string; event: string }> {
  const wanted = { url: receiver.url, from: '2020-01-01T00:00:00Z' };
  const { id } = (await gateway.post('/v1/subscriptions', JSON.stringify(wanted), 'cps', json)).body as { id: string };
  for (;;) {
    const { deliveries } = (await gateway.call(`/v1/subscriptions/${id}/deliveries`, {}, 'cps')).body as {
      deliveries: { event?: string }[];
    };
    const event = deliveries[0]?.event;
    if (event !== undefined) return { id, event };
    await setTimeout(100);
  }
}
const received = await subscribeAndReceive();
const impose = async () =>
  (await gateway.post('/v1/protections', JSON.stringify(exampleNamed('ProtectionRequest')), 'owner', json)).body.id;
const waiting = await quarantined(2);
const asked = async (id: string) =>
  (await gateway.post(`/v1/quarantine/${id}/label-requests`, JSON.stringify(exampleNamed('LabelRequestBody')), 'operator', json)).body.id;

/** Who calls, and with which id in the path, and which request of it. */
const AS: Readonly<Record<string, readonly [persona: string, id?: string, request?: string]>> = {
  submitMessage: ['force'],
  getReceipt: ['force', receipt.id as string],
  getEvidence: ['operator', receipt.id as string],
  getLedger: ['force'],
  listEvents: ['cps'],
  getEvent: ['cps', published],
  listQuarantine: ['force'],
  getQuarantined: ['force', waiting],
  listLabelRequests: ['operator', waiting],
  requestLabel: ['operator', waiting],
  approveLabel: ['approver', waiting, await asked(waiting)],
  listProtections: ['owner'],
  imposeProtection: ['owner'],
  getProtection: ['owner', await impose()],
  liftProtection: ['owner', await impose()],
  listLiftRequests: ['owner', await impose()],
  listApprovals: ['approver'],
  makePseudonym: ['operator'],
  listSubscriptionStates: ['operator'],
  getSubscriptionState: ['operator', await subscribe()],
  operateSubscription: ['operator', await subscribe()],
  listDeliveryAttempts: ['operator', await subscribe()],
  replayDeliveries: ['operator', await subscribe()],
  testDelivery: ['operator', await subscribe()],
  listSubscriptions: ['cps'],
  createSubscription: ['cps'],
  submitEvent: ['force'],
  getSubscription: ['cps', await subscribe()],
  updateSubscription: ['cps', await subscribe()],
  rotateSubscriptionSecret: ['cps', await subscribe()],
  replaySubscription: ['cps', received.id],
  listDeliveries: ['cps', await subscribe()],
  testSubscription: ['cps', await subscribe()],
  deleteSubscription: ['cps', await subscribe()],
  resetSandbox: ['cps'],
  getMetrics: ['monitoring'],
  listMessages: [EVERY.id],
  listQuarantineGroups: [EVERY.id],
  listQuarantineRules: [EVERY.id],
  listResubmissions: [EVERY.id],
  getQuarantineWork: [EVERY.id, waiting],
  searchAudit: [EVERY.id],
  getAuditHeads: [EVERY.id],
  startVerification: [EVERY.id],
  getConfiguration: [EVERY.id],
  getGatewayState: [EVERY.id],
  listShadowRuns: [EVERY.id],
};
const SUBMITS: Readonly<Record<string, string>> = {
  caseRegistered: 'force',
  hearingResulted: 'court',
  personStopped: 'officer',
  correctionIssued: 'force',
};
/**
 * A stream has no end. A reset is not for this gateway, which is not a sandbox. A resubmission needs another message than the example.
 * A digest, a pseudonym and an event of the delivery log exist only here.
 */
const APART = new Set([
  ...['streamEvents', 'resetSandbox', 'resubmitQuarantined', 'approveLift', 'listDisclosures', 'resendEvent'],
  // What they answer depends on what was done before: their own tests compare the answers with the contract.
  ...['planQuarantineWork', 'addQuarantineNote', 'closeQuarantined', 'reopenQuarantined', 'lockQuarantined', 'unlockQuarantined'],
  ...['previewResubmission', 'startResubmissions', 'getResubmissions', 'stopResubmissions', 'restartResubmissions'],
  ...['makeQuarantineRule', 'endQuarantineRule', 'getVerification', 'startShadowRun', 'getShadowRun', 'stopShadowRun'],
  ...['getTimeline', 'listReaders'],
]);

interface Media {
  readonly examples?: Readonly<Record<string, { readonly $ref?: string; readonly value?: unknown }>>;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

function exampleNamed(name: string): unknown {
  return document.components.examples[name].value;
}
const exampleOf = (example: { readonly $ref?: string; readonly value?: unknown }): unknown =>
  example.$ref === undefined ? example.value : document.components.examples[example.$ref.split('/').at(-1) as string].value;

const failures: string[] = [];
let compared = 0;
for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, Operation>>))
  for (const [method, operation] of Object.entries(item)) {
    if (method === 'parameters' || APART.has(operation.operationId)) continue;
    const bodies = Object.entries(operation.requestBody?.content ?? {}).flatMap(([mediaType, { examples = {} }]) =>
      Object.entries(examples).map(([name, example]) => ({ mediaType, name, value: exampleOf(example) })),
    );
    const accepts = Object.keys(Object.entries(operation.responses).find(([status]) => status < '300')?.[1].content ?? { '*/*': {} });
    for (const body of bodies.length === 0 ? [undefined] : bodies)
      for (const accept of operation.operationId === 'getEvent'
        ? accepts
        : [accepts.find((accept) => accept === 'application/json') ?? (accepts[0] as string)])
        await compare(path, method, operation, body, accept);
  }

/** What the gateway is sent for an example: the address that events are sent to, and the event that is corrected, must be known here. */
function valueHere(operationId: string, body: { name: string; value: unknown } | undefined): unknown {
  if (operationId === 'createSubscription') return { url: 'http://127.0.0.1:9/' };
  if (operationId === 'replaySubscription' && body?.name === 'after') return { after: received.event };
  if (body?.name !== 'correctionIssued') return body?.value;
  const { replacedBy: _, ...data } = (body.value as { data: Record<string, unknown> }).data;
  return { ...(body.value as object), data: { ...data, kind: 'erased', corrects: published } };
}

async function compare(
  path: string,
  method: string,
  { operationId }: Operation,
  body: { mediaType: string; name: string; value: unknown } | undefined,
  accept: string,
): Promise<void> {
  const [persona = 'cps', id = '', request = ''] = AS[operationId] ?? [];
  const who = body === undefined ? persona : (SUBMITS[body.name] ?? persona);
  const target = path.replace('{id}', id).replace('{request}', request).replace('{path}', 'changelog.json');
  const isForm = body?.mediaType === 'application/x-www-form-urlencoded';
  const value = valueHere(operationId, body);
  const init = (given: unknown): RequestInit => ({
    method: method.toUpperCase(),
    headers: { Accept: accept, ...(body === undefined ? {} : { 'Content-Type': body.mediaType }) },
    ...(body === undefined
      ? {}
      : {
          body: isForm
            ? new URLSearchParams(given as Record<string, string>).toString()
            : typeof given === 'string'
              ? given
              : JSON.stringify(given),
        }),
  });
  const headers = { Authorization: `Bearer ${await gateway.token(who)}` };
  const real = await gateway.call(target, init(value), AS[operationId] === undefined ? undefined : who);
  const mocked = await fetch(`http://127.0.0.1:4010${target}`, {
    ...init(body?.value),
    headers: { ...init(body?.value).headers, ...headers } as Record<string, string>,
  });
  const text = await mocked.text();
  const mediaType = (mocked.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
  const name = `${operationId}${body === undefined ? '' : ` ${body.name} (${body.mediaType})`} → ${accept}`;
  compared++;
  if (real.status !== mocked.status || real.mediaType !== mediaType) {
    failures.push(
      `${name}: the gateway says ${real.status} ${real.mediaType}, the mock ${mocked.status} ${mediaType}: ${text.slice(0, 300)}`,
    );
    return;
  }
  try {
    checkAnswer(operationOf(method, target), {
      status: mocked.status,
      mediaType,
      body: mediaType.endsWith('json') ? (JSON.parse(text) as unknown) : text,
    });
  } catch (error) {
    failures.push(`${name}: the mock's answer: ${(error as Error).message}`);
  }
}

mock.kill();
await gateway.close();
await receiver.close();
for (const failure of failures) console.error(failure);
console.log(`${compared} examples, ${compared - failures.length} on which Prism's mock and the gateway agree.`);
if (failures.length > 0 || compared < 25) process.exitCode = 1;
process.exit();
