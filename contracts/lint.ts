/** Lints the contracts with Redocly. Its AsyncAPI rules know only an old JSON Schema, so there the standards' files are checked to exist and left out. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const REFERENCE = /\$ref: (\.\.\/schemas\/[A-Za-z0-9./-]+)/g;

const source = readFileSync(join(HERE, 'asyncapi.yaml'), 'utf8');
const missing = [...source.matchAll(REFERENCE)].map(([, file = '']) => file).filter((file) => !existsSync(join(HERE, file)));
for (const file of missing) console.error(`contracts/asyncapi.yaml refers to ${file}, which is not there`);

const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
const copy = join(folder, 'asyncapi.yaml');
writeFileSync(copy, source.replaceAll(REFERENCE, 'type: object'));
const config = join(HERE, 'redocly.yaml');
const { status } = spawnSync('redocly', ['lint', '--config', config, join(HERE, 'openapi.yaml'), copy], {
  stdio: 'inherit',
  env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
});
rmSync(folder, { recursive: true });
process.exitCode = missing.length > 0 ? 1 : (status ?? 1);
