/**
 * Runs what the image of the gateway holds, without Docker: the same files, as a user who is not root, on a file system that cannot be
 * written but for the data folder. Fails where the sandbox or the gateway does not work so.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const HOME = resolve(import.meta.dirname, '..');
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

const root = mkdtempSync(join(tmpdir(), 'interchange-image-'));
const [app, data, node] = [join(root, 'app'), join(root, 'data'), join(root, 'node')];

/** A shell that makes everything read-only but the data folder, for what it starts and nothing else. */
const SEAL_OFF = `mount --make-rprivate / && mount --bind ${data} ${data} && mount -o remount,ro,bind /`;
const canSealOff = isRoot && spawnSync('unshare', ['-m', 'sh', '-c', 'mount --make-rprivate / && mount -o remount,ro,bind /']).status === 0;

/** The words that start a program as the image would. */
function confined(words: readonly string[]): readonly [string, readonly string[]] {
  const asNobody = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs', ...words] : words;
  if (canSealOff) return ['unshare', ['-m', 'sh', '-c', `${SEAL_OFF} && exec "$@"`, 'sh', ...asNobody]];
  return [asNobody[0] as string, asNobody.slice(1)];
}

const env = {
  PATH: process.env.PATH ?? '',
  INTERCHANGE_DATA: join(data, 'store'),
  INTERCHANGE_KEYS: join(data, 'keys'),
  INTERCHANGE_LOG: 'error',
};
const options = { cwd: app, env, encoding: 'utf8', timeout: 120_000 } as const;
const interchange = (...words: readonly string[]): readonly [string, readonly string[]] =>
  confined([node, 'gateway/cli/interchange.mjs', ...words]);

function must(holds: boolean, reason: string): void {
  if (!holds) throw new Error(`The image would not work: ${reason}`);
}

async function serves(): Promise<void> {
  const [program, words] = interchange('serve', '--json', '--port', '0');
  const child = spawn(program, words, { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"ready"')) continue;
      const { ready } = JSON.parse(line) as { readonly ready: string };
      must((await fetch(`${ready}/health`)).ok, 'the gateway is not in good health');
      must((await (await fetch(ready, { headers: { Accept: 'text/html' } })).text()).includes('Justice Interchange'), 'there is no portal');
      return;
    }
    must(false, 'the gateway ended before it was ready');
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

try {
  execFileSync(process.execPath, [join(HOME, 'deploy/image.ts'), app], { stdio: 'inherit' });
  cpSync(process.execPath, node);
  mkdirSync(data);
  chmodSync(root, 0o755);
  if (isRoot) chownSync(data, NOBODY, NOBODY);

  const [program, words] = confined([node, '-e', "require('node:fs').writeFileSync('written', '')"]);
  must(!isRoot || spawnSync(program, words, options).status !== 0, 'its own files can be written');
  const sandbox = spawnSync(...interchange('sandbox', '--once', '--port', '0'), options);
  must(sandbox.status === 0 && sandbox.stdout.includes('victim: Ffion PROSSER'), `the sandbox failed: ${sandbox.stderr}`);
  const audit = spawnSync(...interchange('audit', 'verify'), options);
  must(audit.status === 0, `the audit log does not verify: ${audit.stderr}`);
  await serves();
  console.log(`The files of the image work${isRoot ? ', not as root' : ''}${canSealOff ? ', on a read-only file system' : ''}.`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
