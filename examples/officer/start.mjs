// Plain JavaScript, so that a Node that is too old can still run it: it hands over to the Node 24 that `npm ci` brought.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) await import('./main.ts');
else {
  const child = spawn(here('../../node_modules/node/bin/node'), [here('./main.ts')], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', () =>
    console.error(`This needs Node.js 24 or later, and this is ${process.versions.node}. Run "npm ci": it brings one.`),
  );
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
