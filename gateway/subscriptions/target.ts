/** Which addresses events may be sent to (T36): public ones, and those of networks that the operator names. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isLoopback, isThisMachine } from '../bus/loopback.ts';

/** A network in CIDR, parsed. */
export type Network = readonly [address: ReturnType<typeof ipaddr.parse>, bits: number];

/** Throws an Error for what is no network in CIDR. */
export const networkOf = (cidr: string): Network => {
  try {
    return ipaddr.parseCIDR(cidr);
  } catch {
    throw new Error('/webhooks/networks: not a network in CIDR');
  }
};

/** What the global unicast addresses of IPv6 begin with, 2000::/3: what stands for an IPv4 address elsewhere is none. */
const GLOBAL = 0b001;

/**
 * The networks that a gateway sends to besides the public ones. A sandbox that others reach sends nothing to its own machine, whatever is
 * configured: its secrets are published.
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
  (webhooks?.networks ?? []).map(networkOf).filter(([own]) => sandbox === undefined || isThisMachine(host) || own.range() !== 'loopback');

/** Whether an address (IPv4 or IPv6, without brackets) may be connected to. An IPv4-mapped IPv6 address is judged as the IPv4 address. */
export function isAllowed(address: string, networks: readonly Network[]): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  if (parsed.range() === 'unicast' && (!('parts' in parsed) || (parsed.parts[0] as number) >> 13 === GLOBAL)) return true;
  return networks.some(([own, bits]) => own.kind() === parsed.kind() && parsed.match(own, bits));
}

/** Where an address is to be connected to, or why it is not. */
export type Target =
  | { readonly ok: true; readonly url: URL; readonly address: string; readonly family: number }
  | { readonly ok: false; readonly reason: string };

const no = (reason: string): Target => ({ ok: false, reason });

/** One reason for both: which names there are is not for whoever asks. */
const NOWHERE = 'The address is not known, or not on a network that events may be sent to';

/** Gives the addresses of a host name. Tests give their own. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** A name server that does not answer must not hold up what was decided. */
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

/** How an address must be written, before anything is looked up. */
function written(text: string): URL | string {
  if (!URL.canParse(text)) return 'Not an address';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Not an https address';
  if (url.username !== '' || url.password !== '') return 'An address with a user or password in it';
  if (url.hash !== '') return 'An address with a fragment';
  return url;
}

/**
 * Looks an address up, and says where to connect. All that its name stands for must be allowed: of two addresses a second look-up could
 * give the other. Plain http is for this machine only.
 */
export async function targetOf(text: string, networks: readonly Network[], find: Resolve = resolve): Promise<Target> {
  const url = written(text);
  if (typeof url === 'string') return no(url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  let found: readonly LookupAddress[];
  try {
    found = isIP(host) === 0 ? await find(host) : [{ address: host, family: isIP(host) }];
  } catch {
    return no(NOWHERE);
  }
  const [first] = found;
  if (first === undefined || !found.every(({ address }) => isAllowed(address, networks))) return no(NOWHERE);
  if (url.protocol === 'http:' && !found.every(({ address }) => isLoopback(address))) return no('Not an https address');
  return { ok: true, url, ...first };
}
