/** `interchange audit witness`: keeps the heads of an audit log, on a machine that the gateway's administrator does not run. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { WitnessFile } from '../store/audit/witness-file.ts';
import { witnessServer } from '../store/audit/witness-server.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values } from './verb.ts';

const LISTEN = /^(.+):(\d{1,5})$/;

export async function runWitness(values: Values, io: Io): Promise<ExitCode> {
  const [file, tokenFile] = [textOf(values, 'file'), textOf(values, 'token-file')];
  const [, host, port] = LISTEN.exec(textOf(values, 'listen') ?? '') ?? [];
  if (file === undefined || host === undefined || Number(port) > 65_535)
    throw new UsageError('Usage: interchange audit witness --listen HOST:PORT --file PATH [--token-file PATH]');
  const token = tokenFile === undefined ? undefined : readFileSync(tokenFile, 'utf8').trim();
  if (token === '') throw new UsageError(`The token file ${tokenFile} is empty`);
  const witness = new WitnessFile(file);
  const seen = await witness.seen();
  const server = witnessServer(witness, token).listen(Number(port), host.replace(/^\[(.+)\]$/, '$1'));
  await once(server, 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const { interrupted } = io;
  if (values.json === true) io.json({ ready: url, heads: seen.length });
  else io.out(`ready: ${url}, ${seen.length} heads seen`);
  if (!interrupted.aborted) await once(interrupted, 'abort');
  server.close();
  server.closeAllConnections();
  return 0;
}
