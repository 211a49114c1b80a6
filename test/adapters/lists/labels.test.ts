/** Which parts of a court list the public, the press and other readers receive. */
import { describe, expect, it } from 'vitest';
import type { Adapter, JsonObject } from '../../../adapters/adapter.ts';
import { hmctsList } from '../../../adapters/hmcts-list/index.ts';
import { hmctsPublicList } from '../../../adapters/hmcts-public-list/index.ts';
import { libraCourtList } from '../../../adapters/libra/index.ts';
import { xhibitList } from '../../../adapters/xhibit/index.ts';
import { decide } from '../../../gateway/labels/redact.ts';
import { mappingCheck } from '../../../gateway/rules/mappings.ts';
import { listSamples } from '../../support/list-corpus.ts';
import { clearanceFor, labelling, must, NOW, standards, take, verifier, withAdapter } from '../../support/rules-in-force.ts';

const [libra] = listSamples('libra', '.xml').map(({ bytes }) => bytes.toString());

/** The data of each event of a list as a client reads it that publishes. */
async function readBy(recipient: 'PUBLIC' | 'MEDIA', adapter: Adapter, text: string): Promise<readonly JsonObject[]> {
  const outcome = take(text, {}, withAdapter(adapter));
  if (outcome.kind === 'refused') throw new Error(outcome.refusals.map(({ code, at }) => `${code} ${at}`).join());
  const clearance = clearanceFor({ classifications: ['OFFICIAL'], releasableTo: [recipient] });
  return Promise.all(
    outcome.events.map(async ({ event, topic }) => {
      const decision = decide(labelling, must(await verifier().verify(event, topic)), clearance, NOW);
      if (decision.verdict === 'deny') throw new Error(decision.reasons.join());
      const { label, portions, ...data } = decision.event.data as unknown as JsonObject;
      return data;
    }),
  );
}

describe('the documentation of the list adapters', () => {
  const { hasPlace } = mappingCheck(standards);
  it.each([libraCourtList, xhibitList, hmctsList, hmctsPublicList])('names only places of the standard: $id', ({ fields = [] }) => {
    expect(fields.length).toBeGreaterThan(40);
    expect(fields.filter(({ standard, at }) => !hasPlace(standard, at.replaceAll('*', '0'))).map(({ at }) => at)).toEqual([]);
  });
});

describe('an entry of a court list', () => {
  it('is valid under the standard', () => {
    const decoded = libraCourtList.decode(Buffer.from(libra as string));
    const check = standards.byName.get('hearing.listed')?.check;
    expect(decoded.ok ? decoded.value.events.flatMap(({ data }) => check?.(data)) : decoded).toEqual([]);
  });

  it('shows the public who is tried, where, when and for what, and no other personal data', async () => {
    const [adult] = await readBy('PUBLIC', libraCourtList, libra as string);
    expect(adult).toMatchObject({
      hearing: { courtHouse: { name: "Trewarren Magistrates' Court" }, date: '2026-11-16', time: '09:00:00', panel: 'Adult Panel' },
      sitting: { room: '01' },
      defendants: [{ person: { name: { familyName: 'TREMAYNE' } }, offences: [{ code: 'TH68010', title: 'Theft from a shop' }] }],
    });
    expect(JSON.stringify(adult)).not.toMatch(/1991|Fore Street|ZZ9|0073319|65656|Slot|POL52|stole|Contrary|"plea|Ultd|libra-court-list/);
  });

  it('also shows the press the date of birth and the address', async () => {
    const [adult] = await readBy('MEDIA', libraCourtList, libra as string);
    expect(adult).toMatchObject({ defendants: [{ person: { dateOfBirth: '1991-04-17' }, address: { postcode: 'ZZ9 1AA' } }] });
    expect(JSON.stringify(adult)).not.toMatch(/0073319|65656|POL52|stole|"plea/);
  });

  it.each(['PUBLIC', 'MEDIA'] as const)('about a youth shows %s no identity and no free text', async (recipient) => {
    const [, , youth] = await readBy(recipient, libraCourtList, libra as string);
    expect(youth).toMatchObject({ hearing: { date: '2026-11-16' }, defendants: [{ offences: [{ code: 'CJ88116' }] }] });
    expect(JSON.stringify(youth)).not.toMatch(/PENROSE|Demelza|2010|Chapel|ZZ9|Common assault|Bosanko|Youth/);
  });

  it('from a list without dates of birth names nobody to the public, because anybody may be a youth', async () => {
    const [list] = listSamples('hmcts-list', 'magistrates-public-list.json').map(({ bytes }) => bytes.toString());
    const events = await readBy('PUBLIC', hmctsList, list as string);
    expect(events.length).toBe(2);
    expect(JSON.stringify(events)).not.toMatch(/Tremayne|Jory/);
  });

  it('about a masked defendant shows the public the mask, and not the name', async () => {
    const [list] = listSamples('xhibit', 'daily-list.xml').map(({ bytes }) => bytes.toString());
    const [, masked] = await readBy('PUBLIC', xhibitList, list as string);
    expect(masked).toMatchObject({ defendants: [{ isMasked: 'Y', offences: [{ code: 'CJ88116' }] }] });
    expect(JSON.stringify(masked)).not.toMatch(/PENROSE|Demelza/);
  });
});
