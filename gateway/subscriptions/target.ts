/** Decides which addresses events may be sent to (T36): public addresses, and networks that the operator names. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isLoopback, isThisMachine } from '../bus/loopback.ts';

/** A parsed network in CIDR notation. */
export type Network = readonly [address: ReturnType<typeof ipaddr.parse>, bits: number];

/** Parses a network in CIDR notation. Throws an Error that names the configuration where it is not valid. */
export const networkOf = (cidr: string): Network => {
  try {
    return ipaddr.parseCIDR(cidr);
  } catch {
    throw new Error('/webhooks/networks: not a network in CIDR notation');
  }
};

/** The first bits of global unicast addresses in IPv6, 2000::/3. Forms of IPv4 addresses elsewhere in IPv6 are not global. */
const GLOBAL = 0b001;

/**
 * The networks that a gateway may send to besides public ones. A sandbox that other machines can reach never sends to its own machine,
 * because its secrets are published.
 */
export const networksFor = ({
  host,
  sandbox,
  webhooks,
}: {
  readonly host: string;
  readonly sandbox?: object;
  readonly webhooks?: { readonly networks?: readonly string[] };
}): readonly Network[] =>
  (webhooks?.networks ?? [])
    .map(networkOf)
    .filter(([network]) => sandbox === undefined || isThisMachine(host) || network.range() !== 'loopback');

/** Whether an address (IPv4 or IPv6, without brackets) may be connected to. An IPv4-mapped IPv6 address is judged as the IPv4 address. */
export function isAllowed(address: string, networks: readonly Network[]): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  if (parsed.range() === 'unicast' && (!('parts' in parsed) || (parsed.parts[0] as number) >> 13 === GLOBAL)) return true;
  return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

/** The IP address to connect to, or why the gateway does not connect. */
export type Target =
  | { readonly ok: true; readonly url: URL; readonly address: string; readonly family: number }
  | { readonly ok: false; readonly reason: string };

const refused = (reason: string): Target => ({ ok: false, reason });

/** The same reason for both cases: a client must not learn which names exist. */
const NOT_ALLOWED = 'The address is not known, or not on a network that events may be sent to';

/** Resolves a host name to addresses. Tests pass their own function. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** How long to wait for a name server. A decision must not become old while the gateway waits. */
const LOOKUP_MILLISECONDS = 5000;

const resolve: Resolve = async (host) => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('The name server does not answer')), LOOKUP_MILLISECONDS);
  try {
    return await Promise.race([lookup(host, { all: true }), late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Parses an address, and checks its form, before any look-up. Returns a reason where the form is not allowed. */
function parseUrl(text: string): URL | string {
  if (!URL.canParse(text)) return 'Not an address';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Not an https address';
  if (url.username !== '' || url.password !== '') return 'An address with a user or password in it';
  if (url.hash !== '') return 'An address with a fragment';
  return url;
}

/**
 * Looks an address up, and returns the IP address to connect to. Every address of the name must be allowed, because a second look-up could
 * return another one. Plain http is allowed only to this machine.
 */
export async function targetOf(text: string, networks: readonly Network[], find: Resolve = resolve): Promise<Target> {
  const url = parseUrl(text);
  if (typeof url === 'string') return refused(url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  let found: readonly LookupAddress[];
  try {
    found = isIP(host) === 0 ? await find(host) : [{ address: host, family: isIP(host) }];
  } catch {
    return refused(NOT_ALLOWED);
  }
  const [first] = found;
  if (first === undefined || !found.every(({ address }) => isAllowed(address, networks))) return refused(NOT_ALLOWED);
  if (url.protocol === 'http:' && !found.every(({ address }) => isLoopback(address))) return refused('Not an https address');
  return { ok: true, url, ...first };
}
