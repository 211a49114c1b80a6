/** The register of protections: who must not be identified, and lifting a protection when the court has lifted it. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords } from './times.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

type Protection = Schemas['RegisteredProtection'];

const ON_A_PAGE = 100;
const PATH = `${CONSOLE_PATH}/protections`;
const STATUSES: Readonly<Record<Protection['status'], readonly [text: string, colour: string]>> = {
  'in-force': ['In force', 'green'],
  ended: ['Ended', 'grey'],
  lifted: ['Lifted', 'grey'],
};
const REASONS: Readonly<Record<Protection['reason'], string>> = {
  'under-18': 'The person is under 18',
  'age-not-known': 'The age of the person is not known',
  'child-in-proceedings': 'The person is a child in the proceedings',
  'sexual-offence': 'The case is about a sexual offence',
  'offence-not-known': 'The offence is not known',
  order: 'An order of the court',
  register: 'The register has a protection of the case',
};
const LONGEST_BECAUSE = 1000;

const shown = (protection: Protection) => {
  const [text, colour] = STATUSES[protection.status];
  const { since, lifted } = protection;
  return {
    ...protection,
    statusText: text,
    colour,
    reasonText: REASONS[protection.reason],
    whom: protection.kind === undefined ? 'Everybody in the case' : `A ${protection.kind}`,
    since: inWords(since),
    ...(lifted === undefined ? {} : { lifted: { ...lifted, time: inWords(lifted.time) } }),
  };
};

export const isProtectionStatus = (value: unknown): value is Protection['status'] =>
  typeof value === 'string' && Object.hasOwn(STATUSES, value);

/** The protections, the oldest first. */
export async function protectionsPage(
  { api, scopes }: Person,
  { status = 'in-force', cursor }: { readonly status?: Protection['status'] | undefined; readonly cursor?: string | undefined },
): Promise<Page> {
  const query = { limit: ON_A_PAGE, status, ...(cursor === undefined ? {} : { cursor }) };
  const page = dataOf<Schemas['ProtectionPage']>(await api.GET('/v1/protections', { params: { query } }));
  return {
    template: 'protections',
    title: 'Protections',
    section: 'protections',
    mayImpose: scopes.has('protections:impose'),
    status,
    statuses: Object.entries(STATUSES).map(([value, [text]]) => ({ value, text })),
    protections: page.protections.map(shown),
    ...(page.more ? { next: `${PATH}?${new URLSearchParams({ status, cursor: page.cursor })}` } : {}),
  };
}

/** A request to lift a protection, as the page shows it. */
const requested = (
  { time, expires, approval, ...request }: Schemas['WaitingLift'],
  { id, now, mayApprove }: { readonly id: string; readonly now: number; readonly mayApprove: boolean },
) => ({
  ...request,
  time: inWords(time),
  expires: inWords(expires),
  ...(approval === undefined ? {} : { approval: { by: approval.by, time: inWords(approval.time) } }),
  hasExpired: approval === undefined && Date.parse(expires) <= now,
  mayApprove: mayApprove && approval === undefined && request.by !== id && Date.parse(expires) > now,
});

/** One protection. `fault` is what is wrong in the form. */
export async function protectionPage({ api, scopes, id: personId }: Person, id: string, now: number, fault?: string): Promise<Page> {
  const params = { path: { id } };
  const protection = dataOf<Protection>(await api.GET('/v1/protections/{id}', { params }));
  const { requests } = dataOf<Schemas['LiftRequestList']>(await api.GET('/v1/protections/{id}/lift-requests', { params }));
  const isInForce = protection.status === 'in-force';
  const may = { id: personId, now, mayApprove: isInForce && scopes.has('protections:approve') };
  return {
    template: 'protection',
    title: 'Protection',
    section: 'protections',
    trail: [{ text: 'Protections', href: PATH }, { text: 'Protection' }],
    protection: shown(protection),
    requests: requests.map((request) => requested(request, may)),
    mayLift: isInForce && scopes.has('protections:lift'),
    ...(fault === undefined ? {} : { fault, status: 400 }),
  };
}

/** Requests that a protection be lifted, for a reason that the register keeps. */
export async function requestLift(person: Person, id: string, form: URLSearchParams, now: number): Promise<Answer> {
  const because = (form.get('because') ?? '').trim();
  if (because === '') return protectionPage(person, id, now, 'Enter why the protection is lifted');
  if (because.length > LONGEST_BECAUSE)
    return protectionPage(person, id, now, `The reason must have ${LONGEST_BECAUSE} characters or fewer`);
  if (form.get('confirmed') !== 'yes') return protectionPage(person, id, now, 'Confirm that the court has lifted the protection');
  dataOf(await person.api.POST('/v1/protections/{id}/lift', { params: { path: { id } }, body: { because } }));
  return { address: `${PATH}/${id}` };
}

/** Approves a request as a second person: exactly what the page showed. */
export async function approveLift(person: Person, id: string, request: string, form: URLSearchParams): Promise<Answer> {
  const sha256 = form.get('sha256') ?? '';
  const path = { id, request };
  dataOf(await person.api.POST('/v1/protections/{id}/lift-requests/{request}/approval', { params: { path }, body: { sha256 } }));
  return { address: `${PATH}/${id}` };
}
