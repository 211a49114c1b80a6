/** Keeps signed reports in a folder, each under its digest. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileOfReport, type SignedReport } from './report.ts';

/** Writes a report to a folder, or to the file that is named. Returns its path. The same report always has the same name. */
export function keepReport(signed: SignedReport, folder: string, file?: string): string {
  const text = fileOfReport(signed);
  if (file === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = file ?? join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Where a gateway keeps its reports. */
export const reportsFolder = (dataFolder: string): string => join(dataFolder, 'shadow');
