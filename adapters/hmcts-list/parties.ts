/** Parties as the lists have them, in one list and told apart by their role: those who are proceeded against, and all others. */
import type { Json, JsonObject } from '../adapter.ts';

/** Roles of those who are proceeded against. */
const ACCUSED: ReadonlySet<Json | undefined> = new Set(['DEFENDANT', 'ACCUSED']);

const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);
const filled = (object: { readonly [name: string]: Json | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;

/** A party as the table reads it: an organisation has its address with it. */
function asDefendant({ organisation, ...party }: JsonObject): JsonObject {
  if (organisation === undefined) return party;
  const { address, ...rest } = organisation as JsonObject;
  return party.person === undefined && party.address === undefined && address !== undefined
    ? { ...party, organisation: rest, address }
    : { ...party, organisation };
}

function fromDefendant({ organisation, address, ...party }: JsonObject): JsonObject {
  if (organisation === undefined || address === undefined || party.person !== undefined) return filled({ ...party, organisation, address });
  return { ...party, organisation: { ...(organisation as JsonObject), address } };
}

function asParty({ organisation, ...party }: JsonObject): JsonObject {
  const { name, address } = (organisation ?? {}) as JsonObject;
  return filled({ ...party, organisation: name, organisationAddress: address });
}

function fromParty({ organisation, organisationAddress, ...party }: JsonObject): JsonObject {
  if (organisation === undefined && organisationAddress === undefined) return party;
  return { ...party, organisation: filled({ name: organisation, address: organisationAddress }) };
}

/** The event with its parties told apart. */
export function divide({ party, ...data }: JsonObject): JsonObject {
  const all = objects(party);
  const defendants = all.filter(({ role }) => ACCUSED.has(role)).map(asDefendant);
  const parties = all.filter(({ role }) => !ACCUSED.has(role)).map(asParty);
  return { ...data, ...(defendants.length === 0 ? {} : { defendants }), ...(parties.length === 0 ? {} : { parties }) };
}

/** Where a place of the table stands in the events: with whom is proceeded against, and with others. */
export function dividedPlaces(at: string): readonly string[] {
  if (!at.startsWith('/party/*')) return [at];
  const rest = at.slice('/party/*'.length);
  const defendant = rest.replace('/organisation/address', '/address');
  const party = rest.replace('/organisation/address', '/organisationAddress').replace('/organisation/name', '/organisation');
  return [`/defendants/*${defendant}`, `/parties/*${party}`];
}

/** Where a place in a party stands once they are told apart. */
export function dividedPointer({ party }: JsonObject, pointer: string): string {
  const [, number, rest = ''] = /^\/party\/(\d+)(.*)$/.exec(pointer) ?? [];
  if (number === undefined) return pointer;
  const before = objects(party).slice(0, Number(number));
  const isAccused = ACCUSED.has(objects(party)[Number(number)]?.role);
  const place = before.filter(({ role }) => ACCUSED.has(role) === isAccused).length;
  return `/${isAccused ? 'defendants' : 'parties'}/${place}${rest}`;
}

/** The inverse of {@link divide}, save for the order: prosecutors come first, as the lists have them. */
export function unite({ defendants, parties, ...data }: JsonObject): JsonObject {
  const others = objects(parties).map(fromParty);
  const isProsecutor = ({ role }: JsonObject): boolean => role === 'PROSECUTING_AUTHORITY';
  const accused = objects(defendants).map(({ subjectCategory, ...defendant }) => fromDefendant(defendant));
  const party = [...others.filter(isProsecutor), ...accused, ...others.filter((other) => !isProsecutor(other))];
  return party.length === 0 ? data : { ...data, party };
}
