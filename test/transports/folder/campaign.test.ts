/** Messages and events pass through folders while everything fails. `MESSAGES=10000` sets their number. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CAN_RUN, MESSAGES, NOTHING_LOST, runCampaign } from '../../support/file-campaign.ts';
import { temporary } from '../../support/gateway.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';

const MINUTES = MESSAGES > 1000 ? 40 : 3;

it.runIf(CAN_RUN)(`folders lose none of ${MESSAGES} messages`, { timeout: (MINUTES + 1) * 60_000 }, async () => {
  const folder = temporary();
  const shared = join(folder, 'shared');
  const disk = mountSmallDisk(shared, 50 + MESSAGES / 10);
  const [inbox, outbox] = [join(shared, 'in'), join(shared, 'out')];
  for (const box of [inbox, outbox]) mkdirSync(box);
  try {
    const result = await runCampaign(
      {
        folder,
        inbox,
        outbox,
        kind: 'folder',
        settings: { in: { inbox, pollSeconds: 0.2, stableSeconds: 0.3 }, out: { outbox } },
        faults:
          disk === undefined
            ? {}
            : {
                'the disk of the folders is full': async () => {
                  disk.fill();
                  await delay(1500);
                  disk.free();
                },
              },
      },
      MINUTES,
    );
    console.log(JSON.stringify(result));
    expect(result).toMatchObject(NOTHING_LOST);
    expect(result.accepted).toBeGreaterThanOrEqual(MESSAGES);
  } finally {
    disk?.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
});
