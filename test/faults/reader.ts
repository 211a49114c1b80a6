/** A client that continuously reads pages with one cursor, from two gateways in turn. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from './caller.ts';
import type { FaultyGateway } from './gateway.ts';
import { type CaseEvents, outOfOrder } from './messages.ts';

const DELAY_MILLISECONDS = 250;
/** It stops when it has received nothing new for this long, and something is missing. */
const PATIENCE_MILLISECONDS = 60_000;

interface PageOfEvents {
  readonly events: readonly { readonly id: string }[];
  readonly cursor: string;
}

export class Reader {
  readonly #gateways: readonly FaultyGateway[];
  readonly #caller: Caller;
  /** Where each event came first. */
  readonly #places = new Map<string, number>();
  #given = 0;

  constructor(gateways: readonly FaultyGateway[], caller: Caller) {
    this.#gateways = gateways;
    this.#caller = caller;
  }

  /** Reads until it has everything that is `wanted` (undefined while there may be more), or has waited long enough for it. */
  async run(wanted: () => Iterable<string> | undefined): Promise<void> {
    let cursor = '';
    let last = performance.now();
    for (let turn = 0; ; turn++) {
      const gateway = this.#gateways[turn % this.#gateways.length] as FaultyGateway;
      const page = await this.#caller.ask<PageOfEvents>(gateway, `/v1/events?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`);
      for (const { id } of page?.events ?? []) {
        if (!this.#places.has(id)) this.#places.set(id, this.#given);
        this.#given++;
      }
      if (page !== undefined) cursor = page.cursor;
      const isNew = page !== undefined && page.events.length > 0;
      if (isNew) last = performance.now();
      else await delay(DELAY_MILLISECONDS);
      const all = wanted();
      if (all === undefined) last = performance.now();
      else if (this.#hasAll(all) || performance.now() - last > PATIENCE_MILLISECONDS) return;
    }
  }

  #hasAll(ids: Iterable<string>): boolean {
    for (const id of ids) if (!this.#places.has(id)) return false;
    return true;
  }

  figures(cases: readonly CaseEvents[]) {
    const place = (id: string) => this.#places.get(id);
    return {
      'not given to the reader at both gateways': cases.flat().filter((id) => place(id) === undefined).length,
      'given to it more than once': this.#given - this.#places.size,
      'given to it out of order within a case': outOfOrder(cases, (earlier, later) => (place(earlier) ?? 0) < (place(later) ?? Infinity)),
    };
  }
}
