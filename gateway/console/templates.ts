/** Where the templates of the console are. */
import { join } from 'node:path';

export const TEMPLATES = join(import.meta.dirname, 'templates');
