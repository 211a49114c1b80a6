/** Pages as HTML: Nunjucks with the components of the GOV.UK Design System, escaped by default. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nunjucks from 'nunjucks';
import type { Page } from './site.ts';

const packageFolder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/** Where the packages have what pages load. */
export const ASSET_FILES: Readonly<Record<string, { readonly file: string; readonly mediaType: string }>> = {
  'govuk-frontend.min.css': { file: join(packageFolder('govuk-frontend'), 'dist/govuk/govuk-frontend.min.css'), mediaType: 'text/css' },
  'moj-frontend.min.css': { file: join(packageFolder('@ministryofjustice/frontend'), 'moj/moj-frontend.min.css'), mediaType: 'text/css' },
  'portal.css': { file: join(import.meta.dirname, 'assets/portal.css'), mediaType: 'text/css' },
  'icon.svg': { file: join(import.meta.dirname, 'assets/icon.svg'), mediaType: 'image/svg+xml' },
};

export type Render = (page: Page, shared: object) => string;

export function makeRender(): Render {
  const loader = new nunjucks.FileSystemLoader([join(import.meta.dirname, 'templates'), join(packageFolder('govuk-frontend'), 'dist')]);
  const environment = new nunjucks.Environment(loader, { autoescape: true, throwOnUndefined: false });
  // Prose of schemas and advice writes code as Markdown does.
  environment.addFilter('prose', (text: unknown) => {
    const escaped = String(text ?? '').replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
    return new nunjucks.runtime.SafeString(escaped.replaceAll(/`([^`]+)`/g, '<code>$1</code>'));
  });
  return (page, shared) => environment.render(`${page.template}.njk`, { ...shared, ...page, page });
}
