/** The stylesheets, from this machine. The font of GOV.UK is for GOV.UK only, so its stylesheet is served without it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { GOVUK_FRONTEND } from '../../contracts/client/forms/forms.ts';

const govuk = readFileSync(join(GOVUK_FRONTEND, 'govuk/govuk-frontend.min.css'), 'utf8')
  .replaceAll(/@font-face\{[^}]*\}/g, '')
  .replaceAll('GDS Transport,arial', 'Arial,Helvetica');
const officerCss = readFileSync(new URL('officer.css', import.meta.url), 'utf8');

export function assets(): Router {
  const router = express.Router();
  for (const [name, css] of [
    ['/govuk.css', govuk],
    ['/officer.css', officerCss],
  ] as const)
    router.get(name, (_request, response) => {
      response.set('Cache-Control', 'public, max-age=3600').type('css').send(css);
    });
  return router;
}
