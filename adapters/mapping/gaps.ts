/** Keeps text around records without events, if it is more than white space, together with the next record that has an event. */
import type { Row } from '../table/read.ts';
import type { Engine } from './engine.ts';

export class Gaps {
  readonly #engine: Pick<Engine, 'gap' | 'isMoreThanLayout'>;
  #carried = '';
  #isFirst = true;
  /** The text after the head of the message. */
  head = '';

  constructor(engine: Pick<Engine, 'gap' | 'isMoreThanLayout'>) {
    this.#engine = engine;
  }

  /** The text before the tail of the message. */
  get tail(): string {
    return this.#carried;
  }

  /** Takes a record without an event. */
  leave({ gap }: Row): void {
    if (this.#engine.isMoreThanLayout(gap)) this.#carried += gap;
  }

  /** Takes a record with an event. Returns the gap before it. */
  take(row: Row): Row {
    const gap = this.#carried + row.gap;
    const isFirst = this.#isFirst;
    this.#carried = '';
    this.#isFirst = false;
    if (!isFirst || !this.#engine.isMoreThanLayout(gap)) return gap === row.gap ? row : { ...row, gap };
    // There is no gap after the head.
    this.head = gap;
    return { ...row, gap: this.#engine.gap };
  }
}
