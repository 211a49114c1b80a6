/** The search of the portal: every word that is asked for must be there. */
import type { Site } from './site.ts';

export interface Hit {
  readonly text: string;
  readonly href: string;
  readonly kind: string;
}

interface Entry extends Hit {
  /** What it is called in code: a field, a code, an id. */
  readonly name: string;
  readonly title: string;
  readonly words: string;
}

const MOST = 50;
const MOST_WORDS = 8;
/** Pages before fields, and those before single codes. */
const ORDER = [
  'page',
  'events',
  'components',
  'profiles',
  'labels',
  'mappings',
  'conformance',
  'codelists',
  'operation',
  'error',
  'field',
  'reason',
  'code',
];
/** As people read them. */
const KINDS: Readonly<Record<string, string>> = {
  events: 'event',
  components: 'component',
  profiles: 'task profile',
  labels: 'label',
  mappings: 'schema of mapping documents',
  conformance: 'conformance suite',
  codelists: 'code list',
};

export class Search {
  readonly #site: Site;
  #entries: readonly Entry[] | undefined;

  constructor(site: Site) {
    this.#site = site;
  }

  /** What has every word of the question, the best first; at most 50. */
  find(question: string): readonly Hit[] {
    this.#entries ??= [...this.#site.everything()].map(({ text, href, kind, words, name }) => ({
      ...{ text, href, kind },
      name: name.toLowerCase(),
      title: text.toLowerCase(),
      words: words.toLowerCase(),
    }));
    const asked = [...new Set(question.toLowerCase().split(/\s+/).filter(Boolean))].slice(0, MOST_WORDS);
    if (asked.length === 0) return [];
    const whole = asked.join(' ');
    const scored: { readonly score: number; readonly entry: Entry }[] = [];
    for (const entry of this.#entries) {
      if (!asked.every((word) => entry.words.includes(word))) continue;
      const rank = ORDER.indexOf(entry.kind);
      const isName = entry.name === whole || entry.title === whole;
      const inTitle = asked.every((word) => startsWord(entry.title, word) || startsWord(entry.name, word));
      scored.push({ score: rank + (isName ? 0 : inTitle ? ORDER.length : 2 * ORDER.length), entry });
    }
    return scored
      .sort((a, b) => a.score - b.score)
      .slice(0, MOST)
      .map(({ entry: { text, href, kind } }) => ({ text, href, kind: KINDS[kind] ?? kind }));
  }
}

/** Whether a word of the text begins so: `urn` is not looked for in `return`. */
function startsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return true;
  return false;
}
