/** The search of the portal tolerates mistakes, and always finds something. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ config: { sandbox: { cases: 0, seed: 1 } } });
});
afterAll(() => gateway.close());

const found = async (question: string) => {
  const response = await fetch(`${gateway.url}/search?q=${encodeURIComponent(question)}`, { headers: { Accept: 'text/html' } });
  const main = (await response.text()).split('<main')[1]?.split('</main>')[0] ?? '';
  const links = [...main.matchAll(/<li><a class="govuk-link" href="([^"]+)">([^<]*)/g)].map(([, href, text]) => ({ href, text }));
  return { main, links, hrefs: links.map(({ href }) => href) };
};

describe('the search', () => {
  it('finds a mistyped word', async () => {
    const { main, links } = await found('assualt');
    expect(main).toMatch(/come close/);
    expect(links.slice(0, 15).some(({ text }) => /assault/i.test(text ?? ''))).toBe(true);
  });
  it('finds pages by their text', async () => {
    expect((await found('redaction')).hrefs).toEqual(expect.arrayContaining(['/see-as', '/seals']));
    expect((await found('retry')).hrefs).toEqual(expect.arrayContaining(['/webhooks', '/going-live']));
    expect((await found('Standard Webhooks')).hrefs[0]).toBe('/webhooks');
  });
  it('finds the code next to one that does not exist', async () => {
    const { main, hrefs } = await found('B01EF01');
    expect(main).toContain('These come closest');
    expect(hrefs).toContain('/standards/codelists/organisation-units?q=B01EF00');
  });
  it('finds part of a compound name', async () => {
    expect((await found('pnc')).hrefs.some((href) => href?.endsWith('#field-pncId'))).toBe(true);
  });
  it.each(['zzqqxxyyzz', '…', 'a'.repeat(300), 'ж', '\u0000'])('always finds something: %s', async (question) => {
    expect((await found(question)).links.length).toBeGreaterThan(0);
  });
  it('counts the entries that have every word', async () => {
    expect((await found('TH68010')).main).toMatch(/\b\d results?\b/);
  });
});
