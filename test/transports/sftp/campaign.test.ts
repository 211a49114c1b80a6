/** Messages and events pass through SFTP while everything fails. `MESSAGES=10000` sets their number. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CAN_RUN, MESSAGES, NOTHING_LOST, runCampaign } from '../../support/file-campaign.ts';
import { temporary } from '../../support/gateway.ts';
import { openProxy } from '../../support/proxy.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { HAS_SSHD, makeSshd } from '../../support/sshd.ts';

const MINUTES = MESSAGES > 1000 ? 40 : 3;

it.runIf(HAS_SSHD && CAN_RUN)(`SFTP loses none of ${MESSAGES} messages`, { timeout: (MINUTES + 1) * 60_000 }, async () => {
  const folder = temporary();
  const far = join(folder, 'far');
  const disk = mountSmallDisk(far, 50 + MESSAGES / 10);
  const [inbox, outbox] = [join(far, 'in'), join(far, 'out')];
  for (const box of [inbox, outbox]) mkdirSync(box);
  const sshd = await makeSshd(join(folder, 'ssh'));
  await sshd.start();
  const network = await openProxy('another');
  network.target = sshd.port;
  try {
    const { user, hostKeys, keyFile } = sshd;
    const server = { host: '127.0.0.1', port: network.port, user, hostKeys, keyFile, timeoutSeconds: 10 };
    const result = await runCampaign(
      {
        folder,
        inbox,
        outbox,
        kind: 'sftp',
        settings: { in: { ...server, inbox, pollSeconds: 0.2, stableSeconds: 0.3 }, out: { ...server, outbox } },
        faults: {
          'the server is killed': async () => {
            await sshd.kill();
            await delay(300);
            await sshd.start();
          },
          'the network is cut': async () => {
            network.cut();
            await delay(500);
            network.heal();
          },
          ...(disk === undefined
            ? {}
            : {
                'the disk of the server is full': async () => {
                  disk.fill();
                  await delay(1500);
                  disk.free();
                },
              }),
        },
      },
      MINUTES,
    );
    console.log(JSON.stringify(result));
    expect(result).toMatchObject(NOTHING_LOST);
    expect(result.accepted).toBeGreaterThanOrEqual(MESSAGES);
  } finally {
    await network.close();
    await sshd.kill();
    disk?.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
});
