/** The officer's front-end: check a person for a roadside stop, and record the stop. */
import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Interchange } from '../../contracts/client/client.ts';
import { assets } from './assets.ts';
import { checkPages } from './check.ts';
import { headers, logged, onlyHere, onlyOwnForms } from './doors.ts';
import type { Granted } from './granted.ts';
import { pagesFor, type Render } from './pages.ts';
import { stopForm } from './questions.ts';
import type { Standards } from './standards.ts';
import { stopPages } from './stop.ts';

export interface OfficerContext {
  readonly client: Pick<Interchange, 'submit' | 'api'>;
  readonly granted: Pick<Granted, 'catchUp' | 'find' | 'get'>;
  readonly standards: Standards;
  readonly log: (line: string) => void;
  readonly now?: () => number;
  /** A new key for each form that is shown. */
  readonly newKey?: () => string;
}

const MOST_BYTES = '128kb';

const failed =
  (render: Render, log: OfficerContext['log']): ErrorRequestHandler =>
  (error: { readonly status?: number; readonly name?: string }, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const isTooLarge = error.status === 413;
    if (error.status === undefined) log(`failed: ${error.name ?? 'unknown'}`);
    const text = isTooLarge ? 'It is more than this app takes.' : 'It was not sent. Go back and try again.';
    response.status(error.status ?? 500).send(render('message', { title: 'There is a problem', text }));
  };

export function officerApp(context: OfficerContext): Express {
  const { client, granted, standards, log, now = Date.now, newKey = randomUUID } = context;
  const render = pagesFor(standards.task);
  const form = stopForm(standards);
  const genders = new Map(standards.codeLists.get('gender')?.codes.map(([code, title]) => [String(code), String(title)]));
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(headers, logged(log), onlyHere, onlyOwnForms);
  app.use('/assets', assets());
  app.get('/favicon.ico', (_request, response) => {
    response.status(204).end();
  });
  app.use(express.urlencoded({ extended: false, limit: MOST_BYTES, parameterLimit: 200 }));
  app.use(checkPages({ granted, render, genders }));
  app.use(stopPages({ client, granted, render, form, now, newKey }));
  app.use((_request, response) => {
    response.status(404).send(render('message', { title: 'Page not found', text: 'Check the address, or go back to the start.' }));
  });
  app.use(failed(render, log));
  return app;
}
