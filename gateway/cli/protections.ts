/** `interchange protections`: the register of who must not be identified. */
import type { components } from '../../contracts/generated/openapi.d.ts';
import type { Remote } from './remote.ts';
import { remoteOf } from './remote.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

type Protection = components['schemas']['RegisteredProtection'];
type Lift = components['schemas']['WaitingLift'];

const USAGE = 'Usage: interchange protections list|show|impose|lift|approve';

/** A protection in one line. */
const lineOf = ({ id, status, subject, kind, restrictions, until }: Protection): string =>
  `${id}  ${status.padEnd(8)}  ${subject}  ${(kind ?? 'everybody').padEnd(9)}  ${restrictions.join(', ')}${until === undefined ? '' : `, until ${until}`}`;

const secondOf = ({ approvedBy }: NonNullable<Protection['lifted']>): string =>
  approvedBy === undefined ? '' : `, approved by ${approvedBy}`;

function* linesOf(protection: Protection): Generator<string> {
  yield lineOf(protection);
  yield `  why       ${protection.reason}: ${protection.title}`;
  yield `  law       ${protection.law}`;
  yield `  since     ${protection.since}, by ${protection.by}${protection.event === undefined ? '' : `, event ${protection.event}`}`;
  if (protection.lifted !== undefined)
    yield `  lifted    ${protection.lifted.time}, by ${protection.lifted.by}${secondOf(protection.lifted)}: ${protection.lifted.because}`;
}

/** What the gateway answered, or undefined after saying what it refused. */
async function answer(response: Response, io: Io): Promise<unknown> {
  const body = (await response.json()) as { title?: string; detail?: string; reasons?: readonly { at?: string; reason: string }[] };
  if (response.ok) return body;
  io.err(`${response.status} ${body.title ?? ''}${body.detail === undefined ? '' : `: ${body.detail}`}`);
  for (const { at, reason } of body.reasons ?? []) io.err(`  ${at ?? ''} ${reason}`);
  return undefined;
}

const show = (protection: Protection, values: Values, io: Io): ExitCode => {
  if (values.json === true) io.json(protection);
  else io.out(...linesOf(protection));
  return 0;
};

async function list(remote: Remote, values: Values, io: Io): Promise<ExitCode> {
  const [subject, status] = [textOf(values, 'subject'), textOf(values, 'status')];
  let count = 0;
  for (let cursor = ''; ; ) {
    const query = new URLSearchParams({
      limit: '200',
      ...(subject === undefined ? {} : { subject }),
      ...(status === undefined ? {} : { status }),
      ...(cursor === '' ? {} : { cursor }),
    });
    const page = (await answer(await remote.fetch(`/v1/protections?${query}`), io)) as components['schemas']['ProtectionPage'] | undefined;
    if (page === undefined) return 1;
    for (const protection of page.protections)
      if (values.json === true) io.json(protection);
      else io.out(lineOf(protection));
    count += page.protections.length;
    cursor = page.cursor;
    if (!page.more) break;
  }
  if (values.json !== true) io.err(`${count} ${count === 1 ? 'protection' : 'protections'}`);
  return 0;
}

const send = (remote: Remote, path: string, body: object): Promise<Response> =>
  remote.fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

async function impose(remote: Remote, values: Values, io: Io): Promise<ExitCode> {
  const text = (name: string) => textOf(values, name);
  const restrictions = text('restrictions')?.split(',') ?? [];
  const [law, title] = [text('law'), text('title')];
  if (
    restrictions.length === 0 ||
    law === undefined ||
    title === undefined ||
    (text('case') === undefined) === (text('subject') === undefined)
  )
    throw new UsageError('Name --case or --subject, --restrictions, --law and --title');
  const person = {
    ...(text('kind') === undefined ? {} : { kind: text('kind') }),
    ...(text('family-name') === undefined ? {} : { familyName: text('family-name') }),
    ...(text('given-names') === undefined ? {} : { givenNames: text('given-names')?.split(' ') }),
    ...(text('asn') === undefined ? {} : { asn: text('asn') }),
    ...(text('pnc-id') === undefined ? {} : { pncId: text('pnc-id') }),
    ...(text('cro-number') === undefined ? {} : { croNumber: text('cro-number') }),
  };
  const imposed = await answer(
    await send(remote, '/v1/protections', {
      ...(text('case') === undefined ? { subject: text('subject') } : { case: text('case') }),
      ...(Object.keys(person).length === 0 ? {} : { person }),
      ...(text('until') === undefined ? {} : { until: text('until') }),
      restrictions,
      law,
      title,
    }),
    io,
  );
  if (imposed === undefined) return 1;
  const { events } = imposed as components['schemas']['ImposedProtection'];
  show(imposed as Protection, values, io);
  if (values.json !== true) io.out(`  events    ${countOf(events)}`);
  return 0;
}

/** How many events of the case whoever imposes may read now: none can mean that the reference is wrong. */
const countOf = (events: number): string =>
  events === 0 ? '0: you may read no event of this case yet. Check the reference of the case' : String(events);

/** Requests that a protection be lifted: the answer says how a second person approves it. */
async function lift(remote: Remote, path: string, because: string, values: Values, io: Io): Promise<ExitCode> {
  const asked = (await answer(await send(remote, `${path}/lift`, { because }), io)) as Lift | undefined;
  if (asked === undefined) return 1;
  if (values.json === true) io.json(asked);
  else {
    io.out(`${asked.id}  waits for a second person until ${asked.expires}`);
    io.out(`  approve   interchange protections approve ${asked.protection} --request ${asked.id}`);
  }
  return 0;
}

/** Approves a request as a second person. Without the digest of what that person has read, it only shows what was requested. */
async function approve(remote: Remote, path: string, values: Values, io: Io): Promise<ExitCode> {
  const [request, sha256] = [textOf(values, 'request'), textOf(values, 'sha256')];
  if (request === undefined) throw new UsageError('Name the request: --request ID');
  if (sha256 === undefined) return showRequest(remote, path, request, values, io);
  const lifted = await answer(await send(remote, `${path}/lift-requests/${encodeURIComponent(request)}/approval`, { sha256 }), io);
  return lifted === undefined ? 1 : show(lifted as Protection, values, io);
}

async function showRequest(remote: Remote, path: string, request: string, values: Values, io: Io): Promise<ExitCode> {
  const found = (await answer(await remote.fetch(`${path}/lift-requests`), io)) as components['schemas']['LiftRequestList'] | undefined;
  if (found === undefined) return 1;
  const known = found.requests.find(({ id }) => id === request);
  if (known === undefined) {
    io.err('There is no such request, or you may not see it');
    return 1;
  }
  if (values.json === true) io.json(known);
  else {
    io.out(`${known.by} asks: ${known.because}`);
    io.out(`  approve   interchange protections approve ${known.protection} --request ${known.id} --sha256 ${known.sha256}`);
  }
  return 0;
}

const ACTIONS = new Set(['show', 'lift', 'approve']);

export const verb: Verb = {
  ...VERBS.protections,
  run: async (values, [action, id, ...more], io) => {
    if (more.length > 0) throw new UsageError(USAGE);
    if (action === 'list' && id === undefined) return list(await remoteOf(values, io), values, io);
    if (action === 'impose' && id === undefined) return impose(await remoteOf(values, io), values, io);
    if (id === undefined || !ACTIONS.has(action ?? '')) throw new UsageError(USAGE);
    const because = textOf(values, 'because');
    if (action === 'lift' && because === undefined) throw new UsageError('Say why: --because WHY');
    const remote = await remoteOf(values, io);
    const path = `/v1/protections/${encodeURIComponent(id)}`;
    if (action === 'lift') return lift(remote, path, because ?? '', values, io);
    if (action === 'approve') return approve(remote, path, values, io);
    const found = await answer(await remote.fetch(path), io);
    return found === undefined ? 1 : show(found as Protection, values, io);
  },
};
