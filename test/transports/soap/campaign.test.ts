/**
 * Messages are submitted by SOAP while the gateway and its client are killed, the network is cut and the disk is full. None is lost, none is
 * published twice, and each is acknowledged. The short form runs with all tests; `MESSAGES=10000` is the full one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { developmentToken } from '../../../gateway/cli/remote.ts';
import { HOME, readConfig } from '../../../gateway/config.ts';
import { freePort } from '../../support/broker.ts';
import { campaignGateway, publishedCases } from '../../support/campaign-gateway.ts';
import { ON_KAFKA, temporary } from '../../support/gateway.ts';
import { openProxy } from '../../support/proxy.ts';

const MESSAGES = Number(process.env.MESSAGES ?? 200);
/** The files of the gateway, at first: a small part of the messages fits. */
const FILE_KILOBYTES = 1024;
/** After which parts of the messages the network is cut, the gateway is killed and the client is killed. */
const FAULTS_AFTER = MESSAGES > 1000 ? [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] : [0.6];
const ALL = Array.from({ length: MESSAGES }, (_, n) => n);

const numbersIn = (file: string): readonly number[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : [];

it.skipIf(ON_KAFKA)(`of ${MESSAGES} messages by SOAP none is lost`, { timeout: 120_000 + MESSAGES * 200 }, async () => {
  const folder = temporary();
  const [notes, outbox, port, network] = [join(folder, 'notes'), join(folder, 'outbox'), await freePort(), await openProxy('another')];
  for (const name of [notes, outbox]) mkdirSync(name);
  network.target = port;
  const settings = { port, services: { cjse: '/cjse' }, outbox };
  const gateway = campaignGateway(folder, [{ name: 'spi', kind: 'soap', client: 'wessex.police.records', settings }]);
  await gateway.start(FILE_KILOBYTES);
  const token = await developmentToken(readConfig({}, { dataFolder: gateway.data }), 'force', false);
  const words = [join(HOME, 'test/support/soap-sender.ts'), `http://127.0.0.1:${network.port}/cjse`, notes, String(MESSAGES)];
  let client: ChildProcess;
  let complaints = '';
  const startClient = () => {
    client = spawn(process.execPath, words, { env: { ...process.env, TOKEN: token }, stdio: ['ignore', 'ignore', 'pipe'] });
    client.stderr?.on('data', (chunk) => void (complaints += chunk));
  };
  const killClient = async () => {
    const ended = once(client, 'exit');
    if (client.exitCode === null && client.kill('SIGKILL')) await ended;
  };
  const submitted = () => new Set(numbersIn(join(notes, 'submitted'))).size;
  const progressed = async (part: number) => {
    while (submitted() < Math.floor(MESSAGES * part)) {
      if (client.exitCode !== null) throw new Error(`The client ended: ${complaints}`);
      await delay(50);
    }
  };
  const restart = async () => {
    await gateway.kill();
    await gateway.start();
  };
  startClient();
  try {
    // The disk is full until there is room: nothing more is accepted.
    await expect.poll(submitted, { timeout: 60_000 }).toBeGreaterThan(0);
    let before = -1;
    while (submitted() > before) {
      before = submitted();
      await delay(2000);
    }
    expect(before).toBeLessThan(MESSAGES);
    gateway.makeRoom();
    for (const part of FAULTS_AFTER) {
      await progressed(part);
      network.cut();
      await delay(300);
      network.heal();
      await progressed(part + 0.03);
      await restart();
      await progressed(part + 0.06);
      await killClient();
      startClient();
    }
    await progressed(1);
    await restart();
    const acknowledged = () => new Set(numbersIn(join(notes, 'acknowledged'))).size;
    await expect.poll(acknowledged, { timeout: 60_000 }).toBe(MESSAGES);
    await gateway.kill();
    const published = await publishedCases(await gateway.start(), token);
    expect(published.toSorted((a, b) => a - b)).toEqual(ALL);
  } finally {
    await killClient();
    await gateway.kill();
    await network.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
