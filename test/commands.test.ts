/**
 * Every command of every page runs as printed, in the order of its page, in a separate checkout and against a real gateway. Only the ports
 * are others. What a machine for tests cannot run is marked on the page, and counted here.
 */
import { describe, expect, it } from 'vitest';
import { blocksOf, Checkout, pages } from './support/documents.ts';

const PAGE_MILLISECONDS = 600_000;
/** A problem report of a gateway, where `curl` prints it. */
const PROBLEM = /^\{"type":"https:\/\/justice-interchange\.example\/problems\/.*$/m;

/** What a reader of the page sees, besides that nothing fails. */
const SEEN: Readonly<Record<string, readonly RegExp[]>> = {
  'README.md': [/case\.registered\.v1 {2}OFFICIAL/, /portion/, /Usage: interchange VERB/],
  'docs/adapters.md': [/csv-results/, /2 accepted|1 accepted/, /courtroom/],
  'docs/conformance.md': [/level 3/i, /Verifies: http/],
  'docs/evidence.md': [/evidence\.zip: \d+ bytes/, /evidence\.zip: verifies: message/],
  'docs/labels.md': [
    /The seal verifies: 1 portions/,
    /does not verify: portion \/defendants\/0\/person\/name/,
    /CYPA1933_s49/,
    /"task"|victim-update/,
  ],
  'docs/operations.md': [/ok {4}Gateway/, /is complete and verifies/, /The audit log verifies/, /"rows":\[/, /"items"|"resubmissionOf"/],
  'docs/sandbox.md': [/"access_token"/],
  'docs/transports/soap.md': [/<ResponseCode>202</, /Receipt: /],
  'docs/users/asset-owner.md': [/in-force/, /^[<>] .*OFFICIAL-SENSITIVE/m, /The audit log verifies/, /2 recipients|3 recipients/],
  'docs/users/consumer.md': [/"cursor"/, /"deliveries"|"attempts"/, /case\.linked/, /<\?xml|<\w/],
  'docs/users/integrator.md': [/^same$/m, /accepted as|sent earlier/, /HTTP\/1\.1 202/, /"resubmissionOf"/],
  'docs/users/operator.md': [/"status":"pass"/, /interchange_messages_total/, /"items":\[\{/, /"resubmissionOf"/, /The audit log verifies/],
  'docs/users/supplier.md': [/"\$defs"|"\$schema"/, /accepted: /, /verified {2}/, /HTTP\/1\.1 202/],
};

const all = pages().map((page) => ({ page, blocks: blocksOf(page) }));

describe('every documentation page', () => {
  it('classifies each block, with a reason where it is not run', () => {
    const reasons: Record<string, number> = {};
    for (const { about } of all.flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === 'not-run')))
      reasons[about] = (reasons[about] ?? 0) + 1;
    expect(reasons).toEqual({
      alternative: 2,
      authority: 1,
      bench: 2,
      broker: 1,
      'files of others': 1,
      install: 2,
      mount: 1,
      packages: 2,
      publication: 1,
      service: 4,
      shell: 1,
      tests: 3,
      zeep: 1,
    });
  });
  it('is in the list of tested pages', () => {
    const run = all.filter(({ blocks }) => blocks.some(({ kind }) => kind === 'run')).map(({ page }) => page);
    expect(run).toEqual(expect.arrayContaining(Object.keys(SEEN)));
  });
});

describe('the commands', () => {
  const runnable = all.filter(({ blocks }) => blocks.some(({ kind }) => kind === 'run' || kind === 'running'));
  it.each(runnable)(
    'of $page work as described',
    async ({ page, blocks }) => {
      // One page shows that the npx of npm finds the program.
      await using checkout = await Checkout.open(page === 'README.md');
      const startsGateway = blocks.some(({ kind, text }) => kind === 'running' && /npm start|interchange serve/.test(text));
      if (!startsGateway) await checkout.keepRunning('node gateway/cli/interchange.mjs sandbox --cases 3');
      let output = '';
      for (const { kind, about, fails, text, line } of blocks) {
        if (kind === 'file') checkout.save(about, text);
        if (kind === 'running') await checkout.keepRunning(text);
        if (kind !== 'run') continue;
        const ran = await checkout.run(text);
        expect(ran.failed.length, `${line}: ${ran.failed.join('; ')}\n${ran.output.slice(-3000)}`).toBe(fails);
        expect(PROBLEM.exec(ran.output)?.[0], line).toBeUndefined();
        output += ran.output;
      }
      for (const seen of SEEN[page] ?? []) expect(output, `${page} shows ${seen}`).toMatch(seen);
    },
    PAGE_MILLISECONDS,
  );
});
