#!/usr/bin/env node
// Plain JavaScript, so that a Node that is too old can still run it: it hands over to the Node 24 that `npm ci` brought to a checkout.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache?.();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
  // A command that is over ends the process, whatever holds it: what a failed start left behind must not go on listening.
  setTimeout(() => process.exit(), 2000).unref();
} else {
  const brought = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (existsSync(brought)) {
    const child = spawn(brought, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code) => {
      process.exitCode = code ?? 1;
    });
  } else {
    console.error(
      `Justice Interchange needs Node.js 24 or later, and this is ${process.versions.node}. Install Node.js 24 (in a checkout, "npm ci" brings it).`,
    );
    process.exitCode = 2;
  }
}
