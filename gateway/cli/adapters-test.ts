/** `interchange adapters test`: the conformance kit of adapters, with its report and signed statement. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADAPTER_CHECKS, type AdapterContext } from '../../adapters/kit/checks.ts';
import { levelText, reportOf } from '../../contracts/conformance/report.ts';
import { runSuite } from '../../contracts/conformance/run.ts';
import { readSuite } from '../../contracts/conformance/suite.ts';
import { findAdapter } from './adapters-load.ts';
import { teller, writeReport } from './conformance-report.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values } from './verb.ts';
import { openWorkbench } from './workbench.ts';

function samplesIn(folder: string): readonly Uint8Array[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
  if (names.length === 0) throw new UsageError(`There is no sample in ${folder}: put messages of the format there, with invented people`);
  return names.toSorted().map((name) => readFileSync(join(folder, name)));
}

/** Milliseconds of the processor: what else runs on the machine does not count. */
const cpuTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

export async function testAction(values: Values, paths: readonly string[], io: Io): Promise<ExitCode> {
  const [path, ...more] = paths;
  if (path === undefined || more.length > 0) throw new UsageError('Name one adapter: adapters test PATH');
  const workbench = await openWorkbench(io.env);
  const { adapter, samples } = await findAdapter(path, workbench.standards);
  const context: AdapterContext = {
    adapter,
    samples: samplesIn(textOf(values, 'samples') ?? samples),
    check: (standard, data) =>
      workbench.standards.byName.get(standard)?.check(data) ?? [
        { code: 'standard-unknown', reason: 'No published standard has this name' },
      ],
    isAboveFloor: workbench.isAboveFloor,
    now: cpuTime,
  };
  const suite = readSuite('adapter');
  const target = `adapter:${adapter.id}/${adapter.version}`;
  const started = new Date().toISOString();
  if (values.json !== true) io.out(`${suite.title}: ${target}, suite ${suite.id} ${suite.version}`);
  const results = await runSuite(suite, ADAPTER_CHECKS, context, {
    interrupted: io.interrupted,
    ...(values.json === true ? {} : { onResult: teller(suite, io) }),
  });
  const report = reportOf(suite, target, started, results);
  const folder = await writeReport(report, suite, values, io);
  if (values.json === true) io.json(report);
  else {
    io.out('', `Speed: ${results.find(({ id }) => id === 'speed')?.detail ?? ''}`);
    io.out(levelText(report, suite), `Report and statement: ${folder}`);
  }
  return report.level === suite.levels.length ? 0 : 1;
}
