/** The portal: pages for people, at the addresses at which machines get JSON. It shows what is public, and nothing else. */
import { readFileSync } from 'node:fs';
import type { Express, Request, RequestHandler, Response } from 'express';
import { busReference, httpReference } from '../../portal/http-reference.ts';
import { BASE, pathOf } from '../../portal/paths.ts';
import { ASSET_FILES, makeRender } from '../../portal/render.ts';
import { Search } from '../../portal/search.ts';
import type { Page, Site } from '../../portal/site.ts';
import { ADVICE } from './advice.ts';
import { PROBLEM_BASE, type ProblemCode } from './problem.ts';

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const FIXED = [
  'get-started',
  'changes',
  'sandbox',
  'webhooks',
  'seals',
  'going-live',
  'client',
  'conformance',
  'accessibility',
  'problems',
] as const;
const LONGEST_QUESTION = 200;

const wantsPage = (request: Request): boolean => request.accepts(['application/json', 'text/html']) === 'text/html';
const questionOf = (request: Request): string => (typeof request.query.q === 'string' ? request.query.q.slice(0, LONGEST_QUESTION) : '');

const escaped = (text: string): string => text.replaceAll(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Changes as a feed (RFC 4287). */
function feed(site: Site): string {
  const url = site.context.url();
  const entries = site
    .changes()
    .map(
      ({ date, schema, change, summary }) =>
        `<entry><id>${escaped(`${schema}#${change}`)}</id><title>${escaped(`${schema.slice(BASE.length)} ${change}`)}</title>` +
        `<updated>${date}T00:00:00Z</updated><link href="${escaped(url + pathOf(schema))}"/><summary>${escaped(summary)}</summary></entry>`,
    );
  return (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Justice Interchange: changes of the standards</title>' +
    `<id>${BASE}</id><updated>${site.changes()[0]?.date ?? '2026-01-01'}T00:00:00Z</updated><author><name>Justice Interchange</name></author>` +
    `<link rel="self" href="${escaped(url)}/changes.atom"/>${entries.join('')}</feed>`
  );
}

export interface Portal {
  /** Adds the pages; they come before the operations of the contract. */
  install(app: Express, ...doors: readonly RequestHandler[]): void;
  /** Answers people who look for what is not there; machines get the problem. */
  readonly notFound: RequestHandler;
}

export function makePortal(site: Site): Portal {
  const render = makeRender();
  const search = new Search(site);
  const assets = new Map(Object.entries(ASSET_FILES).map(([name, { file, mediaType }]) => [name, { mediaType, body: readFileSync(file) }]));
  const { version, scenarios } = site.context;

  const send = (response: Response, page: Page, more: object = {}, status = 200): void => {
    const { sourceUrl, canReset } = site.context;
    const shared = {
      ...{ gatewayVersion: version, sourceUrl, canReset, url: site.context.url(), isSandbox: scenarios !== undefined },
      problemBase: PROBLEM_BASE,
      ...more,
    };
    response
      .status(status)
      .set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' })
      .type('text/html')
      .send(render(page, shared));
  };
  /** Machines get the document: the pages and their doors are passed. */
  const forPeople: RequestHandler = (request, response, next) => {
    response.vary('Accept');
    next(wantsPage(request) ? undefined : 'route');
  };
  const standards: RequestHandler = (_request, response) => {
    const page = site.page('standards');
    if (page !== undefined) send(response, page, { section: 'standards' });
  };
  const standard: RequestHandler = (request, response, next) => {
    const { path } = request.params as { path?: string | readonly string[] };
    const page = site.standard([path ?? ''].flat().join('/'), { q: questionOf(request) });
    if (page === undefined) return next();
    const trail = [{ text: 'Standards', href: '/standards' }, { text: page.title }];
    send(response, page, { section: 'standards', trail });
  };
  const problem: RequestHandler<{ code: string }> = (request, response, next) => {
    const { code } = request.params;
    const page = site.problem(code);
    if (page === undefined) return next();
    const trail = [{ text: 'Errors', href: '/problems' }, { text: page.title }];
    send(response, page, { section: 'problems', trail, advice: ADVICE[code as ProblemCode] });
  };

  return {
    install: (app, ...doors) => {
      const get = (path: string, handler: RequestHandler<never>) => app.get(path, ...doors, handler as unknown as RequestHandler);
      get('/', (_request, response) => send(response, site.page('home') as Page));
      for (const name of FIXED)
        get(`/${name}`, (_request, response) =>
          send(response, site.page(name) as Page, name === 'problems' ? { section: 'problems' } : {}),
        );
      app.get('/standards', forPeople, ...doors, standards);
      app.get('/standards/*path', forPeople, ...doors, standard);
      get('/problems/:code', problem as unknown as RequestHandler<never>);
      get('/reference/http', (_request, response) => send(response, httpReference(site)));
      get('/reference/bus', (_request, response) => send(response, busReference(site)));
      get('/search', (request, response) => {
        const question = questionOf(request);
        send(response, { template: 'search', title: 'Search', question, hits: search.find(question) });
      });
      get('/changes.atom', (_request, response) => {
        response.type('application/atom+xml').send(feed(site));
      });
      get('/assets/:name', ((request: Request<{ name: string }>, response: Response, next) => {
        const found = assets.get(request.params.name);
        if (found === undefined) return next();
        response.set('Cache-Control', 'public, max-age=3600').type(found.mediaType).send(found.body);
      }) as RequestHandler<{ name: string }> as unknown as RequestHandler<never>);
    },
    notFound: (request, response, next) => {
      if (request.method !== 'GET' || request.path.startsWith('/v1/') || !wantsPage(request)) return next();
      send(response, { template: 'not-found', title: 'Page not found' }, {}, 404);
    },
  };
}
