/** The version of this software. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from './config.ts';

export const VERSION = (JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as { readonly version: string }).version;
