/** What every request passes, and every answer carries. */
import type { RequestHandler } from 'express';

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  // Not `no-referrer`: browsers would then say of their own forms that they come from nowhere.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export const headers: RequestHandler = (_request, response, next) => {
  response.set(HEADERS);
  next();
};

/** Only what this machine's browser was told to open: another host's name that leads here is a trick (DNS rebinding). */
export const onlyHere: RequestHandler = (request, response, next) => {
  if (/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.get('Host') ?? '')) next();
  else response.status(421).type('text').send('This is not the host that you asked for.');
};

/** A form is posted by a page of this app, and by no other. Every browser says where a POST comes from; what does not say it is refused. */
export const onlyOwnForms: RequestHandler = (request, response, next) => {
  const origin = request.get('Origin');
  const site = request.get('Sec-Fetch-Site');
  const isSaid = origin !== undefined || site !== undefined;
  const isOwn = origin === undefined || origin === `http://${request.get('Host') ?? ''}`;
  const isSame = site === undefined || site === 'same-origin';
  if (['GET', 'HEAD'].includes(request.method) || (isSaid && isOwn && isSame)) next();
  else response.status(403).type('text').send('This form does not come from this app.');
};

/** One line per request: which page, not what was in it. */
export const logged =
  (log: (line: string) => void): RequestHandler =>
  (request, response, next) => {
    const began = performance.now();
    response.once('finish', () => {
      const page: unknown = request.route?.path;
      log(`${request.method} ${typeof page === 'string' ? page : '-'} ${response.statusCode} ${Math.round(performance.now() - began)} ms`);
    });
    next();
  };
