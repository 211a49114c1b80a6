/** The example in docs/users/consumer.md runs, and returns what the document says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOME } from '../../../gateway/config.ts';
import type { SealedEvent } from '../../../gateway/labels/event.ts';
import { openGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
}, 60_000);
afterAll(() => gateway?.close());

it('the example of a case history in the manual works as described', async () => {
  const page = readFileSync(join(HOME, 'docs/users/consumer.md'), 'utf8');
  const script = /```bash\n(.*?)```/s.exec(page)?.[1] ?? '';
  const [FORCE, COURT, CPS] = await Promise.all(['force', 'court', 'cps'].map((persona) => gateway.token(persona)));
  const env = { PATH: process.env.PATH, URL: gateway.url, FORCE, COURT, CPS };
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { env, maxBuffer: 10_000_000 });
  const { events } = JSON.parse(stdout) as { events: readonly SealedEvent[] };
  const says = events.map(({ type, data: { kind = '' } }) => `${type.replace(/^uk\.justice\.|\.v1$/g, '')} ${kind as string}`.trim());
  const rows = [...page.matchAll(/^\| (\d) \| `([a-z.]+)`(?:, `([a-z]+)`)?/gm)].map(([, , standard, kind]) =>
    [standard, kind].join(' ').trim(),
  );
  expect(rows).toHaveLength(7);
  expect(says).toEqual(rows);
  expect(events[3]?.data).toMatchObject({ corrects: events[1]?.id, replacedBy: events[2]?.id });
  expect(events[6]?.data.corrects).toBe(events[0]?.id);
}, 60_000);
