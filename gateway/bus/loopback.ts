/** Which addresses never leave this machine. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export const isLoopback = (address: string): boolean => isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';

/** Whether a host, by name or address, is this machine. No name but `localhost` is believed. */
export const isThisMachine = (host: string): boolean => host === 'localhost' || isLoopback(host);
