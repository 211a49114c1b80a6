/** What stood around records that have no event, where it is more than a layout: it goes on to the next record that has one. */
import type { Row } from '../table/read.ts';
import type { Engine } from './engine.ts';

export class Gaps {
  readonly #engine: Pick<Engine, 'gap' | 'isMoreThanLayout'>;
  #carried = '';
  #isFirst = true;
  /** What belongs behind the head of the message. */
  head = '';

  constructor(engine: Pick<Engine, 'gap' | 'isMoreThanLayout'>) {
    this.#engine = engine;
  }

  /** What belongs before the tail of the message. */
  get tail(): string {
    return this.#carried;
  }

  /** A record that has no event. */
  leave({ gap }: Row): void {
    if (this.#engine.isMoreThanLayout(gap)) this.#carried += gap;
  }

  /** A record that has an event, with the gap that it is written behind. */
  take(row: Row): Row {
    const gap = this.#carried + row.gap;
    const isFirst = this.#isFirst;
    this.#carried = '';
    this.#isFirst = false;
    if (!isFirst || !this.#engine.isMoreThanLayout(gap)) return gap === row.gap ? row : { ...row, gap };
    // Behind the head there is no gap.
    this.head = gap;
    return { ...row, gap: this.#engine.gap };
  }
}
