/** Reading a message: malformed values are not reported as missing, and a case without a reference is accepted. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { openWorkbench } from '../../gateway/cli/workbench.ts';

const workbench = await openWorkbench({});
const result = readFileSync(new URL('../../examples/messages/court-result.xml', import.meta.url), 'utf8');
const withValue = (name: string, content: string): string =>
  result.replaceAll(new RegExp(`<((?:DC:)?${name})>[^<]*<`, 'g'), (_, tag: string) => `<${tag}>${content}<`);

const eventOf = async (text: string) => {
  const taken = await workbench.events(Buffer.from(text));
  if (!taken.ok) throw new Error(JSON.stringify(taken.refusals));
  return taken.value.events[0]?.event;
};
const issuesOf = async (text: string): Promise<readonly JsonObject[]> => {
  const event = await eventOf(text);
  return (event?.data.quality as { readonly issues?: readonly JsonObject[] } | undefined)?.issues ?? [];
};

describe('an invalid date', () => {
  it('is malformed, not missing, where the standard requires a date', async () => {
    const taken = await workbench.events(Buffer.from(withValue('DateOfHearing', '16/11/2026')));
    expect(taken.ok ? [] : taken.refusals).toEqual([
      { code: 'schema-violation', at: '/hearing/date', reason: 'The message has a value of the wrong type' },
    ]);
  });
  it('is a quality issue at its place, where the standard does not require a date', async () =>
    expect(await issuesOf(withValue('Birthdate', '1991-02-30'))).toContainEqual(
      expect.objectContaining({ code: 'value-malformed', at: '/defendants/0/person/dateOfBirth' }),
    ));
});

describe('a case without a reference', () => {
  it.each(['', '  '])('%j is accepted without a case, with a quality issue', async (blank) => {
    const event = await eventOf(withValue('PTIURN', blank));
    expect([event?.subject, event?.partitionkey]).toEqual([undefined, event?.id]);
    expect(await issuesOf(withValue('PTIURN', blank))).toContainEqual(
      expect.objectContaining({ code: 'case-reference-missing', at: '/case' }),
    );
  });
});

describe('spellings of one case reference', () => {
  it.each(['52wx1000426', '52WX/10004/26', '52WX\u00a01000426', '52WX1000426\u200b'])(
    '%j has the subject of the case, and is kept as received',
    async (urn) => {
      const [one, other] = [await eventOf(withValue('PTIURN', urn)), await eventOf(result)];
      expect([one?.subject, one?.partitionkey]).toEqual([other?.subject, other?.partitionkey]);
      expect(one?.data.case).toMatchObject({ urn });
    },
  );
});
