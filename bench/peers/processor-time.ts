/** How much processor time a process has used (Linux). */
import { readFileSync } from 'node:fs';

/** What Linux counts in for programs, on every machine: hundredths of a second. */
const TICK_MILLISECONDS = 10;
/** Places of utime and stime in /proc/PID/stat, counted behind the name, which may hold blanks. */
const [USER, SYSTEM] = [11, 12] as const;

/** Milliseconds of all threads of a process, in user and system mode. */
export function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER]) + Number(fields[SYSTEM])) * TICK_MILLISECONDS;
}
