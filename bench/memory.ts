/** Does the gateway's memory stay flat over 200,000 messages? */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from './clock.ts';
import { spawnGateway } from './gateway.ts';
import { load } from './ingest.ts';

const CHUNK = 10_000;
const CHUNKS = 20;
/** What a process that has just started grows by, until its heaps have their size, says nothing. */
const WARM_UP = 3;

const MIB = 1024 * 1024;

/** Resident bytes of a process (Linux). */
function residentOf(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

export async function memory(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const gateway = await spawnGateway(folder);
  const sizes: number[] = [];
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    await load(gateway.url, gateway.token, chunk * CHUNK, CHUNK);
    sizes.push(residentOf(gateway.pid));
    console.error(`${(chunk + 1) * CHUNK} messages, ${Math.round((sizes.at(-1) ?? 0) / MIB)} MiB`);
  }
  await gateway.stop();
  rmSync(folder, { recursive: true });
  const steady = sizes.slice(WARM_UP);
  const mean = steady.reduce((sum, size) => sum + size, 0) / steady.length;
  const off = Math.max(...steady.map((size) => Math.abs(size - mean))) / mean;
  return [
    {
      question: `memory over ${CHUNK * CHUNKS} messages, after the first ${CHUNK * WARM_UP}`,
      rate: `${Math.round(mean / MIB)} MiB`,
      ratio: `±${(off * 100).toFixed(1)} %`,
      target: '±10 %',
    },
  ];
}
