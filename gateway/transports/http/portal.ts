/** The portal: pages for people, at the addresses at which machines get JSON. It shows what is public, and nothing else. */
import type { Express, Request, RequestHandler } from 'express';
import type { Page } from '../../pages/page.ts';
import { makeRender } from '../../pages/render.ts';
import { downloadsOf } from '../../portal/downloads/downloads.ts';
import { feedOf } from '../../portal/feed.ts';
import {
  busReference,
  httpReference,
  type OperationSection,
  operationPage,
  operationsOf,
  referencedSchemaPage,
} from '../../portal/http-reference.ts';
import { TEMPLATES } from '../../portal/paths.ts';
import { Search } from '../../portal/search.ts';
import { seeAsPage } from '../../portal/see-as.ts';
import { FIXED_PAGES, type Site } from '../../portal/site.ts';
import { tryIndex, tryPage, type Values } from '../../portal/try-it.ts';
import { bytesOf, readBody } from './body.ts';
import { sendPage, serveAssets, wantsPage } from './pages.ts';
import { PROBLEM_BASE } from './problem.ts';
import { onlySameOrigin } from './same-origin.ts';
import { type TryContext, tryOperation } from './try-it.ts';

const LONGEST_QUESTION = 200;
/** The largest form that is taken. */
const FORM_BYTES = 262_144;

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, LONGEST_QUESTION) : undefined);
const questionOf = (request: Request): string => textIn(request.query.q) ?? '';

/** What a request passes before it gets a page. */
export interface PageChecks {
  readonly all: readonly RequestHandler[];
  /** Besides, before forms: how much one caller may have under way. */
  readonly forms: readonly RequestHandler[];
}

export interface Portal {
  /** Adds the pages; they come before the operations of the contract. */
  install(app: Express, checks: PageChecks): void;
  /** Answers people who look for what is not there; machines get the problem. */
  readonly notFound: RequestHandler;
}

/** The page for a request; undefined where there is none, and others may have it. */
type PageOf = (request: Request) => Page | undefined;

/** A parameter of a path; one that takes slashes comes in parts. */
const parameterOf = ({ params }: Request, name: string): string => [params[name] ?? ''].flat().join('/');

interface Pages {
  readonly site: Site;
  readonly operations: readonly OperationSection[];
  readonly render: (page: Page) => string;
  /** Shows the page for a request. */
  readonly show: (pageOf: PageOf) => RequestHandler;
}

function openPages(site: Site): Pages {
  const renderer = makeRender(TEMPLATES);
  const { version, scenarios, sourceUrl, canReset, url } = site.context;
  const shared = { gatewayVersion: version, sourceUrl, canReset, isSandbox: scenarios !== undefined, problemBase: PROBLEM_BASE };
  const render = (page: Page) => renderer(page, { ...shared, url: url() });
  const show: Pages['show'] = (pageOf) => (request, response, next) => {
    const page = pageOf(request);
    if (page === undefined) next();
    else sendPage(response, render(page));
  };
  return { site, operations: operationsOf(site), render, show };
}

/** Machines get the document, without the page and its checks. */
const forPeople: RequestHandler = (request, response, next) => {
  response.vary('Accept');
  next(wantsPage(request) ? undefined : 'route');
};

function installStandards(app: Express, { site, show }: Pages, { all }: PageChecks): void {
  app.get(
    '/standards',
    forPeople,
    ...all,
    show(() => site.page('standards')),
  );
  app.get(
    '/standards/*path',
    forPeople,
    ...all,
    show((request) => site.standard(parameterOf(request, 'path'), { q: questionOf(request) })),
  );
}

function installReference(app: Express, { site, operations, show }: Pages, { all }: PageChecks): void {
  const get = (path: string, pageOf: (name: string) => Page | undefined) =>
    app.get(
      path,
      ...all,
      show((request) => pageOf(parameterOf(request, 'name'))),
    );
  get('/problems/:name', (code) => {
    const page = site.problem(code);
    return (
      page && {
        ...page,
        operations: operations.filter(({ answers }) => answers.some(({ status }) => status === String(page.status))),
      }
    );
  });
  get('/reference/http', () => httpReference(site, operations));
  get('/reference/http/schemas/:name', (name) => referencedSchemaPage(site, name));
  get('/reference/http/:name', (id) => operationPage(site, operations, id));
  get('/reference/bus', () => busReference(site));
}

function installSearch(app: Express, { site, render }: Pages, { all }: PageChecks): void {
  const textOf = (page: Page) => (render(page).split('<main')[1] ?? '').split('</main>')[0]?.replaceAll(/<[^>]*>/g, ' ') ?? '';
  const search = new Search(site, textOf);
  app.get('/search', ...all, async (request, response) => {
    const question = questionOf(request);
    sendPage(response, render({ template: 'search', title: 'Search', question, ...(await search.find(question)) }));
  });
}

function installDownloads(app: Express, { site, operations }: Pages, { all }: PageChecks): void {
  const downloads = downloadsOf(site, operations);
  app.get('/downloads/:name', ...all, (request, response, next) => {
    const name = parameterOf(request, 'name');
    const found = downloads.get(name);
    if (found === undefined) return next();
    response.set('Cache-Control', 'no-cache').attachment(name).type(found.mediaType).send(found.body());
  });
}

const valuesOf = (body: unknown): Values => Object.fromEntries(new URLSearchParams(Buffer.from(bytesOf(body)).toString()));

/** The forms that send operations. A gateway that is not a sandbox has none. */
function installSandbox(app: Express, { site, operations, render, show }: Pages, { all, forms }: PageChecks, context: TryContext): void {
  const operationOf = (request: Request) => operations.find(({ id }) => id === parameterOf(request, 'id'));
  app.get(
    '/see-as',
    ...all,
    show(({ query }) => {
      const asked = { event: textIn(query.event), example: textIn(query.example), as: textIn(query.as) };
      return seeAsPage(site, Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)));
    }),
  );
  app.get(
    '/try',
    ...all,
    show(() => tryIndex(operations)),
  );
  app.get(
    '/try/:id',
    ...all,
    show((request) => {
      const operation = operationOf(request);
      return operation && tryPage(site, operation);
    }),
  );
  const send: RequestHandler = async (request, response, next) => {
    const operation = operationOf(request);
    if (operation === undefined) return next();
    const values = valuesOf(request.body);
    const tried = await tryOperation(operation, values, context);
    sendPage(response, render(tryPage(site, operation, { values, ...tried })), 'faults' in tried ? 400 : 200);
  };
  app.post('/try/:id', ...all, ...forms, onlySameOrigin, readBody(FORM_BYTES), send);
}

/** `trying` is what a sandbox has besides. */
export function makePortal(site: Site, trying?: TryContext): Portal {
  const pages = openPages(site);
  const { show, render } = pages;
  return {
    install(app, checks) {
      const { all } = checks;
      app.get(
        '/',
        ...all,
        show(() => site.page('home')),
      );
      for (const name of FIXED_PAGES)
        app.get(
          `/${name}`,
          ...all,
          show(() => site.page(name)),
        );
      installStandards(app, pages, checks);
      installReference(app, pages, checks);
      installSearch(app, pages, checks);
      installDownloads(app, pages, checks);
      if (trying !== undefined) installSandbox(app, pages, checks, trying);
      app.get('/changes.atom', ...all, (_request, response) => {
        response.type('application/atom+xml').send(feedOf(site));
      });
      app.get('/assets/:name', ...all, serveAssets());
    },
    notFound(request, response, next) {
      if (request.method !== 'GET' || request.path.startsWith('/v1/') || !wantsPage(request)) return next();
      sendPage(response, render({ template: 'not-found', title: 'Page not found' }), 404);
    },
  };
}
