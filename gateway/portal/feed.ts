/** Writes the changes of the standards as an Atom feed (RFC 4287). */
import { escapeMarkup } from '../pages/markup.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';
import { pathOf } from './paths.ts';
import type { Site } from './site.ts';

/** The feed, with the newest change first. */
export function feedOf(site: Site): string {
  const url = site.context.url();
  const changes = site.changes();
  const entries = changes.map(
    ({ date, schema, change, summary }) =>
      `<entry><id>${escapeMarkup(`${schema}#${change}`)}</id><title>${escapeMarkup(`${schema.slice(STANDARDS_ADDRESS.length)} ${change}`)}</title>` +
      `<updated>${date}T00:00:00Z</updated><link href="${escapeMarkup(url + pathOf(schema))}"/><summary>${escapeMarkup(summary)}</summary></entry>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Justice Interchange: changes of the standards</title>' +
    `<id>${STANDARDS_ADDRESS}</id><updated>${changes[0]?.date ?? '2026-01-01'}T00:00:00Z</updated><author><name>Justice Interchange</name></author>` +
    `<link rel="self" href="${escapeMarkup(url)}/changes.atom"/>${entries.join('')}</feed>`
  );
}
