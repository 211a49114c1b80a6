/** Pages as HTML: Nunjucks with the components of the GOV.UK Design System and of the Ministry of Justice, escaped by default. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nunjucks from 'nunjucks';
import { escapeMarkup } from './markup.ts';
import type { Page } from './page.ts';

const packageFolder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
const GOVUK = packageFolder('govuk-frontend');
const MOJ = packageFolder('@ministryofjustice/frontend');

export interface AssetFile {
  readonly file: string;
  readonly mediaType: string;
}

const assetPath = (name: string): string => join(import.meta.dirname, 'assets', name);

/** What pages load, by its name below `/assets/`. Nothing comes from another host. */
export const ASSET_FILES: Readonly<Record<string, AssetFile>> = {
  'govuk-frontend.min.css': { file: join(GOVUK, 'dist/govuk/govuk-frontend.min.css'), mediaType: 'text/css' },
  'moj-frontend.min.css': { file: join(MOJ, 'moj/moj-frontend.min.css'), mediaType: 'text/css' },
  'pages.css': { file: assetPath('pages.css'), mediaType: 'text/css' },
  'copy.mjs': { file: assetPath('copy.mjs'), mediaType: 'text/javascript' },
  'update.mjs': { file: assetPath('update.mjs'), mediaType: 'text/javascript' },
  'refresh.mjs': { file: assetPath('refresh.mjs'), mediaType: 'text/javascript' },
  'icon.svg': { file: assetPath('icon.svg'), mediaType: 'image/svg+xml' },
};

export type Render = (page: Page, shared: object) => string;

/** Renders the templates of a folder, which stand on `base.njk` and `macros.njk`. */
export function makeRender(templates: string): Render {
  const folders = [templates, join(import.meta.dirname, 'templates'), join(GOVUK, 'dist'), MOJ];
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(folders), { autoescape: true, throwOnUndefined: false });
  // Prose of schemas and advice writes code as Markdown does.
  environment.addFilter('prose', (text: unknown) => {
    const escaped = escapeMarkup(text ?? '');
    return new nunjucks.runtime.SafeString(escaped.replaceAll(/`([^`]+)`/g, '<code>$1</code>'));
  });
  return (page, shared) => environment.render(`${page.template}.njk`, { ...shared, ...page, page });
}
