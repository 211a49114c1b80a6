/** Debian’s OpenSSH server as the current user, with its own keys and folders. `.ci/left-out.ts` reports where it is missing. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HOME } from '../../gateway/config.ts';

const SSHD = '/usr/sbin/sshd';
const NOTE = join(HOME, '.cache/sshd-left-out.txt');

/** Whether this machine has an OpenSSH server. */
export const HAS_SSHD = ((): boolean => {
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  if (existsSync(SSHD)) rmSync(NOTE, { force: true });
  else writeFileSync(NOTE, `${SSHD} is not there (Debian: apt-get install openssh-server)`);
  return existsSync(SSHD);
})();

export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** The public keys that it shows. */
  readonly hostKeys: readonly string[];
  /** The private key that it lets in. */
  readonly keyFile: string;
  start(): Promise<void>;
  /** `kill -9`, with everything that it started. */
  kill(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export function makeKey(file: string, kind = 'ed25519'): string {
  execFileSync('ssh-keygen', ['-q', '-t', kind, '-N', '', '-C', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

/** A process and all that it started. */
function withChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    return [pid, ...children.flatMap(withChildren)];
  } catch {
    return [];
  }
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });

/** A server with its files in a folder. `subsystem` changes what it serves. */
export async function makeSshd(folder: string, subsystem = 'internal-sftp'): Promise<Sshd> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const hostKeys = ['ed25519', 'ecdsa'].map((kind) => makeKey(at(`host-${kind}`), kind));
  makeKey(at('client'));
  writeFileSync(at('authorized_keys'), readFileSync(at('client.pub')), { mode: 0o600 });
  const port = await freePort();
  writeFileSync(
    at('config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host-ed25519')}`,
      `HostKey ${at('host-ecdsa')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'MaxStartups 100',
      `Subsystem sftp ${subsystem}`,
      '',
    ].join('\n'),
  );
  let child: ChildProcess | undefined;
  return {
    port,
    user: userInfo().username,
    hostKeys,
    keyFile: at('client'),
    start: async () => {
      // As root it needs the folder that its Debian service makes at each start.
      if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
      const started = spawn(SSHD, ['-D', '-e', '-f', at('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
      child = started;
      let said = '';
      started.stderr?.on('data', (chunk) => void (said = `${said}${chunk}`.slice(-10_000)));
      while (!(await isListening(port))) {
        if (started.exitCode !== null) throw new Error(`sshd does not start: ${said}`);
        await delay(20);
      }
    },
    kill: async () => {
      const killed = child;
      if (killed?.pid === undefined) return;
      child = undefined;
      const ended = once(killed, 'exit');
      for (const pid of withChildren(killed.pid)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
      await ended;
    },
  };
}
