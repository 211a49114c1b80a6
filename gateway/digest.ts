import { createHash } from 'node:crypto';
import type { Json } from '../adapters/adapter.ts';
import { canonicalJson } from '../adapters/canonical-json.ts';

/** The SHA-256 of a text, hex. */
export const digestOfText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The SHA-256 of the canonical JSON (RFC 8785) of a value, hex. */
export const digestOf = (value: unknown): string => digestOfText(canonicalJson(value as Json));
