/** The search of the portal: every word that is asked for must be there. */
import type { Site } from './site.ts';

export interface Hit {
  readonly text: string;
  readonly href: string;
  readonly kind: string;
}

interface Entry extends Hit {
  readonly name: string;
  readonly words: string;
}

const MOST = 50;
const MOST_WORDS = 8;
/** Pages before fields, and those before single codes. */
const ORDER = ['events', 'components', 'profiles', 'labels', 'conformance', 'codelists', 'error', 'field', 'reason', 'code'];

export class Search {
  readonly #site: Site;
  #entries: readonly Entry[] | undefined;

  constructor(site: Site) {
    this.#site = site;
  }

  /** What has every word of the question, the best first; at most 50. */
  find(question: string): readonly Hit[] {
    this.#entries ??= [...this.#site.everything()].map(({ text, href, kind, words }) => ({
      ...{ text, href, kind },
      name: text.toLowerCase(),
      words: words.toLowerCase(),
    }));
    const asked = question.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
    if (asked.length === 0) return [];
    const score = ({ name, kind }: Entry): number =>
      ORDER.indexOf(kind) +
      (asked.every((word) => name.includes(word)) ? 0 : ORDER.length) -
      (name === question.toLowerCase() ? ORDER.length : 0);
    return this.#entries
      .filter(({ words }) => asked.every((word) => words.includes(word)))
      .toSorted((a, b) => score(a) - score(b))
      .slice(0, MOST)
      .map(({ text, href, kind }) => ({ text, href, kind }));
  }
}
