/** The search of the portal. It forgives a slip of the keyboard, and where nothing has every word it gives what comes closest. */
import MiniSearch, { type SearchOptions } from 'minisearch';
import type { Page } from '../pages/page.ts';
import { everythingIn } from './everything.ts';
import { FIXED_PAGES, type Site } from './site.ts';

export interface Hit {
  readonly text: string;
  readonly href: string;
  readonly kind: string;
}

/** What was found. */
export interface Found {
  /** What has every word that is asked for. */
  readonly hits: readonly Hit[];
  /** Where that is little: what comes close. */
  readonly close: readonly Hit[];
}

interface Entry extends Hit {
  readonly id: number;
  /** What it is called in code: a field, a code, an id. */
  readonly name: string;
  readonly title: string;
  readonly words: string;
}

const MOST = 50;
/** Where less was found than this, what comes close is looked for too. */
const ENOUGH = 5;
const MOST_CLOSE = 10;
const MOST_WORDS = 8;
/** What is called exactly what is asked for stands before everything else. */
const NAMED = 10_000;

interface Kind {
  /** As people read it. */
  readonly called: string;
  readonly weight: number;
}

/** Pages count for more than fields, and those for more than single codes. */
const KINDS: Readonly<Record<string, Kind>> = {
  page: { called: 'page', weight: 4 },
  events: { called: 'event', weight: 4 },
  components: { called: 'component', weight: 3 },
  profiles: { called: 'task profile', weight: 3 },
  labels: { called: 'label', weight: 3 },
  mappings: { called: 'schema of mapping documents', weight: 3 },
  conformance: { called: 'conformance suite', weight: 3 },
  codelists: { called: 'code list', weight: 3 },
  operation: { called: 'operation', weight: 2.5 },
  error: { called: 'error', weight: 2.5 },
  field: { called: 'field', weight: 2 },
  reason: { called: 'reason', weight: 1.5 },
  code: { called: 'code', weight: 1 },
};

const split = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** `pncId` is found by `pncid`, by `pnc` and by `id`. */
const tokenise = (text: string): string[] => {
  const words = split(text);
  return [...words, ...words.flatMap((word) => (/\p{Ll}\p{Lu}/u.test(word) ? split(word.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 ')) : []))];
};

const BOOST = { name: 4, title: 3 } as const;
const SLIPS = { fuzzy: (term: string) => (term.length > 3 ? 0.3 : false), maxFuzzy: 2 } as const;

const EXACT: SearchOptions = { combineWith: 'AND', prefix: (term) => term.length > 2 };
/** What comes close, the closest first. */
const CLOSE: readonly SearchOptions[] = [
  { combineWith: 'AND', prefix: true, ...SLIPS },
  { combineWith: 'OR', prefix: true, ...SLIPS },
];

interface Index {
  readonly search: MiniSearch<Entry>;
  readonly entries: readonly Entry[];
}

/** So many entries are taken into the index at once: the gateway has other things to do. */
const CHUNK = 200;

export class Search {
  readonly #site: Site;
  readonly #textOf: (page: Page) => string;
  #index: Promise<Index> | undefined;

  /** `textOf` gives what a page says, in words. */
  constructor(site: Site, textOf: (page: Page) => string) {
    this.#site = site;
    this.#textOf = textOf;
  }

  /** What has every word of the question, the best first, or else what comes closest; at most 50. */
  async find(question: string): Promise<Found> {
    const words = [...new Set(question.toLowerCase().split(/\s+/).filter(Boolean))].slice(0, MOST_WORDS).join(' ');
    if (words === '') return { hits: [], close: [] };
    const index = await (this.#index ??= this.#build());
    const hits = hitsIn(index, words, EXACT);
    if (hits.length >= ENOUGH) return { hits, close: [] };
    const known = new Set(hits.map(({ href }) => href));
    for (const options of CLOSE) {
      const close = hitsIn(index, words, options).filter(({ href }) => !known.has(href));
      if (close.length > 0) return { hits, close: close.slice(0, MOST_CLOSE) };
    }
    return { hits, close: [] };
  }

  async #build(): Promise<Index> {
    const texts = new Map<string, string>(FIXED_PAGES.map((name) => [`/${name}`, this.#textOf(this.#site.page(name) as Page)]));
    const entries = [...everythingIn(this.#site)].map(
      (place, id): Entry => ({ ...place, id, title: place.text, words: `${place.words} ${texts.get(place.href) ?? ''}` }),
    );
    const search = new MiniSearch<Entry>({
      fields: ['name', 'title', 'words'],
      tokenize: tokenise,
      searchOptions: {
        tokenize: split,
        boost: BOOST,
        boostDocument: (id) => KINDS[entries[id as number]?.kind ?? '']?.weight ?? 1,
      },
    });
    await search.addAllAsync(entries, { chunkSize: CHUNK });
    return { search, entries };
  }
}

function hitsIn({ search, entries }: Index, words: string, options: SearchOptions): readonly Hit[] {
  const results = search.search(words, options).map(({ id, score }) => {
    const entry = entries[id as number] as Entry;
    const isName = entry.name.toLowerCase() === words || entry.title.toLowerCase() === words;
    return { entry, score: isName ? score + NAMED : score };
  });
  return results
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ entry: { text, href, kind } }) => ({ text, href, kind: KINDS[kind]?.called ?? kind }));
}
