/** `interchange replay` with a real gateway: which events it writes, for which reader, and how often. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verb } from '../../gateway/cli/replay.ts';
import { type ExitCode, runVerb } from '../../gateway/cli/verb.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { disclosedEvents, shortId } from '../../gateway/store/outcomes.ts';
import { caseOf, openGateway, resultOf, type TestGateway } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';
import { caseWithOffences } from '../support/rules-in-force.ts';

const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-11-01T09:00:00Z');
let gateway: TestGateway;
let clock = BEGIN;
let early: string;
let late: string;

beforeAll(async () => {
  gateway = await openGateway({ now: () => clock });
  early = (await gateway.post('/v1/messages', caseOf(1), 'force')).body.events[0].id as string;
  clock = BEGIN + 2 * HOUR;
  late = (await gateway.post('/v1/messages', caseOf(2), 'force')).body.events[0].id as string;
  await gateway.post('/v1/messages', resultOf(2), 'court');
});
afterAll(() => gateway.close());

const at = (hours: number): string => new Date(BEGIN + hours * HOUR).toISOString();

async function replay(persona: string, ...words: string[]): Promise<{ code: ExitCode; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = makeIo(
    { INTERCHANGE_URL: gateway.url, INTERCHANGE_TOKEN: await gateway.token(persona) },
    (line) => out.push(line),
    (line) => err.push(line),
  );
  return { code: await runVerb(verb, words, io), out, err };
}

const ids = (lines: readonly string[]): readonly string[] => lines.map((line) => (JSON.parse(line) as SealedEvent).id);

describe('a replay of events', () => {
  it('writes the events again, with their ids', async () => {
    const { out, code } = await replay('cps', '--from', at(0), '--type', 'uk.justice.case.registered.v1', '--to', '-');
    expect([code, ids(out).toSorted()]).toEqual([0, [early, late].toSorted()]);
  });
  it('begins at the given time', async () => {
    expect(ids((await replay('cps', '--from', at(1), '--type', 'uk.justice.case.registered.v1', '--to', '-')).out)).toEqual([late]);
  });
  it('ends at the given time', async () => {
    expect(ids((await replay('cps', '--from', at(0), '--until', at(1), '--to', '-')).out)).toEqual([early]);
  });
  it('contains only events that the reader may read, and is audited again', async () => {
    const before = (await gateway.audit()).length;
    const { out } = await replay('supplier', '--from', at(0), '--to', '-');
    expect(out.length).toBeGreaterThan(0);
    expect(out.join()).not.toContain('PROSSER');
    const entries = (await gateway.audit()).slice(before).filter(({ who }) => who === 'example.supplier.frontend');
    const disclosed = entries.flatMap(disclosedEvents).map(({ id }) => id);
    expect(disclosed).toEqual(expect.arrayContaining(ids(out).map(shortId)));
  });
  it('writes to a file, and never overwrites one', async () => {
    const file = join(gateway.folder, 'again.ndjson');
    expect((await replay('cps', '--from', at(1), '--to', file)).code).toBe(0);
    expect(ids(readFileSync(file, 'utf8').trim().split('\n'))).toContain(late);
    await expect(replay('cps', '--from', at(1), '--to', file)).rejects.toThrow(/EEXIST/);
  });
});

describe('a replay to an address', () => {
  const taken: string[] = [];
  let answers: number[] = [];
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => void (body += String(chunk)));
      request.on('end', () => {
        const status = answers.shift() ?? 204;
        if (status === 204) taken.push((JSON.parse(body) as SealedEvent).id);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  });
  afterAll(() => server.close());

  it('sends each event once, and again after a temporary failure', async () => {
    answers = [503, 204];
    const { err } = await replay('cps', '--from', at(0), '--type', 'uk.justice.case.registered.v1', '--to', address);
    expect(taken.toSorted()).toEqual([early, late].toSorted());
    expect(err).toEqual(['2 events given again.']);
  });
  it('stops at a refused event, and reports how far it came', async () => {
    answers = [204, 400];
    await expect(replay('cps', '--from', at(0), '--type', 'uk.justice.case.registered.v1', '--to', address)).rejects.toThrow(
      /does not take event/,
    );
  });
});

describe('an invalid call', () => {
  it.each([
    [['--to', '-'], /--from/],
    [['--from', 'yesterday', '--to', '-'], /--from/],
    [['--from', '2026-11-01T00:00:00Z'], /--to/],
  ])('with %j is refused', async (words, reason) => {
    await expect(replay('cps', ...words)).rejects.toThrow(reason);
  });
  it('with both a cursor and a time is refused', async () => {
    const { body } = await gateway.call('/v1/events?limit=1', {}, 'cps');
    expect((await gateway.call(`/v1/events?from=${at(0)}&cursor=${body.cursor}`, {}, 'cps')).status).toBe(400);
    expect((await gateway.call('/v1/events?from=soon', {}, 'cps')).status).toBe(400);
  });
});

describe('large events', () => {
  it('are complete where they came by reference', async () => {
    const { body } = await gateway.post('/v1/messages', caseWithOffences(1500, caseOf(3)), 'force');
    const { out } = await replay('cps', '--from', at(2), '--to', '-');
    const large = out.map((line) => JSON.parse(line) as SealedEvent).find(({ id }) => id === body.events[0].id);
    expect(JSON.stringify(large?.data.defendants).match(/"wording"/g)?.length).toBeGreaterThanOrEqual(1500);
  });
});
