/** A peer in a separate process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import type { Command } from './builds.ts';

const READY_MILLISECONDS = 120_000;
const POLL_MILLISECONDS = 100;
const STOP_MILLISECONDS = 20_000;

export interface PeerProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Whether the peer's operation is there: it takes POST alone, and the path is not found before its route is open. */
async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/messages`);
    await response.body?.cancel();
    return response.status === 405;
  } catch {
    return false;
  }
}

/** Starts a peer that listens on a port, and resolves when it takes messages. What it writes goes to the log. */
export async function startPeer(
  command: Command,
  port: number,
  log: string,
  env: Readonly<Record<string, string>> = {},
): Promise<PeerProcess> {
  const out = openSync(log, 'a');
  const child = spawn(command.program, [...command.args], { env: { ...process.env, ...env }, stdio: ['ignore', out, out] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let end: string | undefined;
  const exit = once(child, 'exit').then(
    ([code]) => void (end = `It ended with ${code}`),
    (error: NodeJS.ErrnoException) => void (end = error.code === 'ENOENT' ? `${command.program} is not installed` : error.message),
  );
  const stop = async () => {
    if (end === undefined) {
      child.kill('SIGTERM');
      const late = setTimeout(kill, STOP_MILLISECONDS);
      await exit;
      clearTimeout(late);
    }
    process.off('exit', kill);
  };
  const url = `http://127.0.0.1:${port}`;
  for (const until = performance.now() + READY_MILLISECONDS; !(await isReady(url)); ) {
    const reason = end ?? (performance.now() > until ? 'It took too long to start' : undefined);
    if (reason !== undefined) {
      await stop();
      const written = readFileSync(log, 'utf8').trim().slice(-300);
      throw new Error(written === '' ? reason : `${reason}: ${written}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  return { url, pid: child.pid ?? 0, stop };
}
