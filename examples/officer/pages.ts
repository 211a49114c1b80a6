/** Pages as HTML: the task and the marking stand on every one of them. */
import { fileURLToPath } from 'node:url';
import nunjucks from 'nunjucks';
import { GOVUK_FRONTEND } from '../../contracts/client/forms/forms.ts';
import type { Task } from './standards.ts';

export interface Page {
  readonly title: string;
  /** The marking of what is on the page. */
  readonly marking?: string;
  readonly isWrong?: boolean;
  readonly [name: string]: unknown;
}

/** What the client of this app may hold at most, and so what may be typed here. */
const HIGHEST = 'OFFICIAL-SENSITIVE';

const templates = new nunjucks.Environment(
  new nunjucks.FileSystemLoader([fileURLToPath(new URL('views', import.meta.url)), GOVUK_FRONTEND]),
  { autoescape: true, trimBlocks: true, lstripBlocks: true },
);

export type Render = (view: string, page: Page) => string;

export const pagesFor =
  (task: Task): Render =>
  (view, page) =>
    templates.render(`${view}.njk`, { marking: HIGHEST, ...page, task });
