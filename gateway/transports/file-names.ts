/** The names of files in an inbox: which are messages, and what becomes of a name when its message was taken. */
import { createHash } from 'node:crypto';

/** Room for what is added to a name: most file systems allow 255 bytes. */
const LONGEST_NAME = 180;

/**
 * Slashes, control characters, and characters that change the direction of text: a name with them leads elsewhere, or shows as another one
 * (T61).
 */
const UNSAFE = /[/\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/;

const FINISHED = /\.(?:done|failed|report\.json)$/;
/** Names that programs give to files that they still write. */
const UNFINISHED = /^\.[^/\\]*$|\.(?:part|tmp|temp|filepart|crdownload|swp)$|~$/i;
const TAKEN = '.taking-';

/** Whether a file is a message to take: not finished, not being written, and not claimed. */
export const isMessage = (name: string): boolean => !FINISHED.test(name) && !UNFINISHED.test(name) && !name.includes(TAKEN);

/** Whether a name can be shown and can be made longer. */
export const isSafeName = (name: string): boolean => !UNSAFE.test(name) && Buffer.byteLength(name) <= LONGEST_NAME;

/** The first names that a file may get: its own, and then numbered ones. */
export const numbered = (name: string, n: number): string => (n === 1 ? name : `${name}.${n}`);

/** The name of a gateway as a part of file names. */
export const safeGateway = (gateway: string): string => gateway.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 40);

/** The end of the names of files that a gateway has claimed. */
export const claimOf = (gateway: string): string => TAKEN + safeGateway(gateway);

/** The name of the report on a file. The report on an unsafe name has a generated name. */
export const reportNameOf = (name: string): string =>
  isSafeName(name) ? `${name}.report.json` : `unsafe-name-${createHash('sha256').update(name).digest('hex').slice(0, 16)}.report.json`;
