/** Recognises addresses of this machine. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export const isLoopback = (address: string): boolean => isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';

/** Whether a host name or address is this machine. `localhost` is the only name that counts. */
export const isThisMachine = (host: string): boolean => host === 'localhost' || isLoopback(host);
