/** Checks docker-compose.yml: nobody is root, file systems are read-only, versions are pinned, everything that serves has a health check. */
import { readFileSync } from 'node:fs';
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

if (import.meta.main) {
  const faults = faultsOf(readFileSync(resolve(import.meta.dirname, '../docker-compose.yml'), 'utf8'));
  for (const fault of faults) console.error(`docker-compose.yml: ${fault}`);
  console.log(`docker-compose.yml: ${faults.length === 0 ? 'in order' : `${faults.length} faults`}.`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
