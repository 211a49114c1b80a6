/** Faults of gateways, their clocks and their policy. At most one gateway is unavailable at a time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HOME } from '../../gateway/config.ts';
import type { Chance, Fault } from './chaos.ts';
import type { FaultyGateway } from './gateway.ts';
import type { Webhooks } from './webhooks.ts';

const POLICY_FILE = join(HOME, 'schemas/labels/uk-gsc.policy.json');
const LEASE_MILLISECONDS = 30_000;
/** How much longer than a lease the holder is paused. */
const BEYOND_MILLISECONDS = 4000;
const CLOCK_MILLISECONDS = 10 * 60_000;
/** How long it takes at most until a lease is held again, whatever happened to its holder. */
const HOLDER_MILLISECONDS = 2 * LEASE_MILLISECONDS;

interface PolicyDocument {
  readonly id: string;
  readonly version: string;
  readonly continues?: readonly string[];
}

/** Versions of the policy, each of which continues all earlier ones. Clearances and floors name an earlier version, which stays known. */
export class Policies {
  readonly #folder: string;
  #document = JSON.parse(readFileSync(POLICY_FILE, 'utf8')) as PolicyDocument;
  file = POLICY_FILE;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** As a gateway calls it. */
  get name(): string {
    return `${this.#document.id}/${this.#document.version}`;
  }

  /** Writes the next version into a new file. */
  renew(): void {
    const { version, continues = [] } = this.#document;
    const [major, minor, patch] = version.split('.');
    this.#document = { ...this.#document, version: `${major}.${minor}.${Number(patch) + 1}`, continues: [...continues, version] };
    this.file = join(this.#folder, `policy-${this.#document.version}.json`);
    writeFileSync(this.file, JSON.stringify(this.#document));
  }
}

export interface GatewayFaultsContext {
  readonly gateways: readonly FaultyGateway[];
  readonly webhooks: Webhooks;
  readonly policies: Policies;
  readonly chance: Chance;
}

export function gatewayFaults({ gateways, webhooks, policies, chance }: GatewayFaultsContext): readonly Fault[] {
  /** The gateway that delivers, or any gateway where none reports that it does for a long time. */
  const holder = async (): Promise<FaultyGateway> => {
    for (const until = performance.now() + HOLDER_MILLISECONDS; performance.now() < until; await delay(200))
      for (const gateway of gateways) if (await gateway.isHolder()) return gateway;
    return chance.oneOf(gateways);
  };
  const restart = async (gateway: FaultyGateway, clock = 0): Promise<void> => {
    await gateway.stop('SIGTERM');
    await gateway.start(clock);
  };
  /**
   * One gateway starts with a wrong clock, gets the lease from the other, delivers and is killed while it holds it. Its next start
   * is with the right clock.
   */
  const wrongClock = async (milliseconds: number): Promise<void> => {
    const [gateway, other] = chance.shuffled(gateways) as [FaultyGateway, FaultyGateway];
    await restart(gateway, milliseconds);
    await restart(other);
    await delay(2000 + chance.below(4000));
    await webhooks.underWay();
    await gateway.stop('SIGKILL');
    await gateway.start();
  };
  return [
    {
      kind: 'gateway killed',
      interrupts: true,
      happens: async () => {
        const gateway = chance.oneOf(gateways);
        await gateway.stop('SIGKILL');
        await gateway.start();
      },
    },
    {
      kind: 'lease holder killed',
      interrupts: true,
      happens: async () => {
        const gateway = await holder();
        await webhooks.underWay();
        await gateway.stop('SIGKILL');
        await gateway.start();
      },
    },
    {
      kind: 'lease holder paused',
      interrupts: true,
      happens: async () => {
        const gateway = await holder();
        await webhooks.underWay();
        gateway.signal('SIGSTOP');
        await delay(LEASE_MILLISECONDS + BEYOND_MILLISECONDS + chance.below(4000));
        // While the other gateway delivers, its note hides what this gateway writes late.
        await webhooks.caughtUp(LEASE_MILLISECONDS);
        gateway.signal('SIGCONT');
      },
    },
    { kind: 'clock ten minutes ahead', interrupts: true, happens: () => wrongClock(CLOCK_MILLISECONDS) },
    { kind: 'clock ten minutes behind', interrupts: true, happens: () => wrongClock(-CLOCK_MILLISECONDS) },
    {
      kind: 'rolling restart',
      interrupts: false,
      happens: async () => {
        for (const gateway of gateways) await restart(gateway);
      },
    },
    {
      kind: 'rolling policy change',
      interrupts: false,
      happens: async () => {
        policies.renew();
        for (const gateway of chance.shuffled(gateways)) {
          await gateway.reload(policies.file, policies.name);
          await delay(chance.below(3000));
        }
      },
    },
  ];
}
