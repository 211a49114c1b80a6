/** Merges groups that are each in the order of time, the newest first, and reads no more of each than the page needs. */

/** The place of a message among all, by the time of its receipt (milliseconds since 1970), and by its id at the same time. */
export interface ListPlace {
  readonly received: number;
  readonly tie: number;
}

export const isNewer = (a: ListPlace, b: ListPlace): boolean => a.received > b.received || (a.received === b.received && a.tie > b.tie);

/** A heap with the newest on top. */
class Heap<P extends ListPlace> {
  readonly #items: { readonly group: number; readonly place: P }[] = [];

  add(group: number, place: P): void {
    const items = this.#items;
    let at = items.push({ group, place }) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isNewer(at, above)) break;
      this.#swap(at, above);
      at = above;
    }
  }

  take(): { readonly group: number; readonly place: P } | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    items[0] = last;
    for (let at = 0; ; ) {
      let newest = at;
      for (const below of [2 * at + 1, 2 * at + 2]) if (below < items.length && this.#isNewer(below, newest)) newest = below;
      if (newest === at) return top;
      this.#swap(at, newest);
      at = newest;
    }
  }

  #isNewer(index: number, other: number): boolean {
    const [first, second] = [this.#items[index], this.#items[other]];
    return first !== undefined && second !== undefined && isNewer(first.place, second.place);
  }

  #swap(index: number, other: number): void {
    const [first, second] = [this.#items[index], this.#items[other]];
    if (first === undefined || second === undefined) return;
    this.#items[index] = second;
    this.#items[other] = first;
  }
}

/** The newest places of all groups before a place, up to a limit. `next` gives the newest place of one group before another. */
export function mergeGroups<P extends ListPlace>(
  groups: readonly number[],
  limit: number,
  next: (group: number, before: ListPlace) => P | undefined,
  before: ListPlace,
): readonly P[] {
  const heap = new Heap<P>();
  const addNext = (group: number, place: ListPlace): void => {
    const found = next(group, place);
    if (found !== undefined) heap.add(group, found);
  };
  for (const group of groups) addNext(group, before);
  const found: P[] = [];
  while (found.length < limit) {
    const newest = heap.take();
    if (newest === undefined) break;
    found.push(newest.place);
    addNext(newest.group, newest.place);
  }
  return found;
}
