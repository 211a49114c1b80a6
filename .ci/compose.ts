/**
 * Checks docker-compose.yml: nobody is root, file systems are read-only, versions are pinned, everything that serves has a health check.
 * Checks deploy/Dockerfile: its Node.js is that of package.json, it copies nothing that is missing, and it does not run as root.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test?: unknown; readonly disable?: boolean };
  readonly volumes?: readonly string[];
  readonly privileged?: boolean;
}

/** What is wrong with a compose file, one line each. */
export function faultsOf(text: string): readonly string[] {
  const { services, volumes = {} } = parse(text, { merge: true }) as { services: Record<string, Service>; volumes?: object };
  return Object.entries(services).flatMap(([name, service]) => {
    const faults: string[] = [];
    const must = (holds: boolean, reason: string) => {
      if (!holds) faults.push(`${name}: ${reason}`);
    };
    must(service.user !== undefined && !/^(root|0)(:|$)/.test(service.user), 'runs as root');
    must(service.read_only === true, 'its file system can be written');
    must(service.cap_drop?.includes('ALL') === true, 'keeps capabilities');
    must(service.security_opt?.includes('no-new-privileges:true') === true, 'may gain privileges');
    must(service.privileged !== true, 'is privileged');
    must(service.mem_limit !== undefined, 'has no limit of memory');
    must(/:[\w.-]*\d[\w.-]*$|:local$/.test(service.image ?? ''), 'has an image without a version');
    must(service.healthcheck?.test !== undefined || service.restart === 'no', 'has no health check');
    for (const port of service.ports ?? []) must(port.startsWith('127.0.0.1:'), 'listens to other machines');
    for (const volume of service.volumes ?? []) must((volume.split(':')[0] ?? '') in volumes, 'mounts what is not a volume of this file');
    return faults;
  });
}

const HOME = resolve(import.meta.dirname, '..');

/** What is wrong with the Dockerfile, one line each. `version` is that of Node.js. */
export function imageFaultsOf(text: string, version: string): readonly string[] {
  const lines = text.split('\n');
  const faults: string[] = [];
  const base = lines.find((line) => line.startsWith('ARG NODE='))?.slice('ARG NODE='.length) ?? '';
  if (!base.startsWith(`node:${version}-`)) faults.push(`the base image is not of Node.js ${version}, as package.json says`);
  for (const line of lines.filter((candidate) => candidate.startsWith('FROM ')))
    if (!line.startsWith('FROM ${NODE}')) faults.push('a stage has another base image');
  for (const [, sources = ''] of text.matchAll(/^COPY (?!--)(.+) \S+$/gm))
    for (const source of sources.split(' ')) if (!existsSync(resolve(HOME, source))) faults.push(`it copies ${source}, which is missing`);
  if (!/^USER (?!root|0)/m.test(text)) faults.push('it runs as root');
  return faults;
}

if (import.meta.main) {
  const read = (name: string): string => readFileSync(resolve(HOME, name), 'utf8');
  const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: { readonly node: string } };
  const faults = [
    ...faultsOf(read('docker-compose.yml')).map((fault) => `docker-compose.yml: ${fault}`),
    ...imageFaultsOf(read('deploy/Dockerfile'), dependencies.node).map((fault) => `deploy/Dockerfile: ${fault}`),
  ];
  for (const fault of faults) console.error(fault);
  console.log(`docker-compose.yml and deploy/Dockerfile: ${faults.length === 0 ? 'in order' : `${faults.length} faults`}.`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
