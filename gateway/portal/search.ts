/** The search of the portal. It tolerates spelling mistakes, and returns the closest entries where none has every word. */
import MiniSearch, { type SearchOptions } from 'minisearch';
import type { Page } from '../pages/page.ts';
import { everythingIn } from './everything.ts';
import { FIXED_PAGES, type Site } from './site.ts';

export interface Hit {
  readonly text: string;
  readonly href: string;
  readonly kind: string;
}

/** The result of a search. */
export interface Found {
  /** Entries that have every word of the question. */
  readonly hits: readonly Hit[];
  /** Similar entries, where few have every word. */
  readonly close: readonly Hit[];
}

interface Entry extends Hit {
  readonly id: number;
  /** The name in code: of a field, a code or an operation. */
  readonly name: string;
  readonly title: string;
  readonly words: string;
}

const MOST = 50;
/** With fewer hits than this, the search also looks for similar entries. */
const ENOUGH = 5;
const MOST_CLOSE = 10;
const MOST_WORDS = 8;
/** Added to the score of an entry whose name is the question itself, so that it comes first. */
const EXACT_NAME_SCORE = 10_000;

interface Kind {
  /** The name of the kind on the page. */
  readonly title: string;
  readonly weight: number;
}

/** Pages rank above fields, and fields above single codes. */
const KINDS: Readonly<Record<string, Kind>> = {
  page: { title: 'page', weight: 4 },
  events: { title: 'event', weight: 4 },
  components: { title: 'component', weight: 3 },
  profiles: { title: 'task profile', weight: 3 },
  labels: { title: 'label', weight: 3 },
  mappings: { title: 'schema of mapping documents', weight: 3 },
  conformance: { title: 'conformance suite', weight: 3 },
  codelists: { title: 'code list', weight: 3 },
  operation: { title: 'operation', weight: 2.5 },
  error: { title: 'error', weight: 2.5 },
  field: { title: 'field', weight: 2 },
  reason: { title: 'reason', weight: 1.5 },
  code: { title: 'code', weight: 1 },
};

const split = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** Splits text into words. `pncId` is found by `pncid`, `pnc` and `id`. */
const tokenise = (text: string): string[] => {
  const words = split(text);
  return [...words, ...words.flatMap((word) => (/\p{Ll}\p{Lu}/u.test(word) ? split(word.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 ')) : []))];
};

const BOOST = { name: 4, title: 3 } as const;
const SLIPS = { fuzzy: (term: string) => (term.length > 3 ? 0.3 : false), maxFuzzy: 2 } as const;

const EXACT: SearchOptions = { combineWith: 'AND', prefix: (term) => term.length > 2 };
/** Searches for similar entries, strictest first. */
const CLOSE: readonly SearchOptions[] = [
  { combineWith: 'AND', prefix: true, ...SLIPS },
  { combineWith: 'OR', prefix: true, ...SLIPS },
];

interface Index {
  readonly search: MiniSearch<Entry>;
  readonly entries: readonly Entry[];
}

/** How many entries are indexed at once, so that indexing does not block the event loop. */
const CHUNK = 200;

export class Search {
  readonly #site: Site;
  readonly #textOf: (page: Page) => string;
  #index: Promise<Index> | undefined;

  /** `textOf` returns the text of a page. */
  constructor(site: Site, textOf: (page: Page) => string) {
    this.#site = site;
    this.#textOf = textOf;
  }

  /** Entries with every word of the question, best first, at most 50; and similar entries where there are few. */
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
    return { entry, score: isName ? score + EXACT_NAME_SCORE : score };
  });
  return results
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ entry: { text, href, kind } }) => ({ text, href, kind: KINDS[kind]?.title ?? kind }));
}
