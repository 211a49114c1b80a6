import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../adapters/adapter.ts';
import { resultedCase } from '../../../adapters/spi/index.ts';
import { CORPUS, corpus, hasCorpus } from '../../support/corpus.ts';

const withOracle = corpus('spi-resulted-case')
  .map((message) => ({ ...message, oracle: join(CORPUS, message.folder, message.name.replace(/\.xml$/, '.aho.xml')) }))
  .filter(({ oracle }) => existsSync(oracle));

/** The text at a path of element names below a node, in any namespace. */
const textAt = (node: XmlDocument | XmlElement, ...names: readonly string[]): string | undefined =>
  node.find(`.//${names.map((name) => `*[local-name()='${name}']`).join('/')}`).map((found) => (found as XmlElement).content.trim())[0];

const list = (value: unknown): readonly JsonObject[] => (value ?? []) as readonly JsonObject[];
const object = (value: unknown): JsonObject => (value ?? {}) as JsonObject;

/** The production system pads an ASN's serial to 11 digits and writes it without slashes; the message is kept as received. */
const longAsn = (asn: string): string =>
  asn
    .replaceAll('/', '')
    .replace(
      /^(\d{4}[A-Z0-9]{4})(\d{1,11})([A-Z])$/,
      (_, unit: string, serial: string, letter: string) => unit + serial.padStart(11, '0') + letter,
    );

/** Plea codes of SPI (ModeOfTrial and Plea code lists of Libra) and what the production system calls them. */
const seenPleas = new Map<string, Set<string>>();

describe.runIf(hasCorpus)('court results are read as the system in production reads them', () => {
  it('the corpus contains recorded answers', () => expect(withOracle.length).toBeGreaterThan(50));

  it.each(withOracle)('$name', ({ bytes, oracle }) => {
    using aho = XmlDocument.fromBuffer(readFileSync(oracle));
    const decoded = resultedCase.decode(bytes);
    const data = object(decoded.ok ? decoded.value.events[0]?.data : {});
    const [defendant = {}] = list(data.defendants);
    const person = object(defendant.person);
    const name = object(person.name) as { givenNames?: readonly string[]; familyName?: string };
    const hearing = object(data.hearing);
    const court = object(hearing.courtHouse);
    const agrees = (decoded: unknown, stated: string | undefined): void => {
      if (stated !== undefined) expect(decoded === undefined ? undefined : String(decoded).trim()).toBe(stated);
    };
    agrees(String(object(data.case).urn).toUpperCase(), textAt(aho, 'Case', 'PTIURN'));
    agrees(hearing.date, textAt(aho, 'Hearing', 'DateOfHearing'));
    agrees(court.ouCode, textAt(aho, 'Hearing', 'CourtHearingLocation', 'OrganisationUnitCode'));
    agrees(court.psaCode, textAt(aho, 'Hearing', 'CourtHouseCode'));
    agrees(longAsn(String(defendant.asn)), textAt(aho, 'HearingDefendant', 'ArrestSummonsNumber'));
    agrees(person.dateOfBirth, textAt(aho, 'HearingDefendant', 'DefendantDetail', 'BirthDate'));
    agrees(name.familyName, textAt(aho, 'HearingDefendant', 'DefendantDetail', 'PersonName', 'FamilyName'));
    agrees(name.givenNames?.[0], textAt(aho, 'HearingDefendant', 'DefendantDetail', 'PersonName', 'GivenName'));

    // The system in production adds offences from PNC and merges results; what both state of one offence must agree.
    const offences = aho.find("//*[local-name()='HearingDefendant']/*[local-name()='Offence']") as XmlElement[];
    const bySequence = new Map(offences.map((offence) => [textAt(offence, 'CourtOffenceSequenceNumber'), offence]));
    let compared = 0;
    for (const offence of list(defendant.offences)) {
      const stated = bySequence.get(String(Number(offence.sequence)));
      if (stated === undefined) continue;
      compared++;
      const code = ['ActOrSource', 'Year', 'Reason'].map((part) => textAt(stated, 'OffenceCode', part) ?? '').join('');
      if (code.length === 7) agrees(String(offence.code).slice(0, 7), code);
      agrees(object(offence.date).start, textAt(stated, 'ActualOffenceStartDate', 'StartDate'));
      agrees(offence.chargeDate, textAt(stated, 'ChargeDate'));
      agrees(offence.arrestDate, textAt(stated, 'ArrestDate'));
      if (offence.convictionDate !== undefined) agrees(offence.convictionDate, textAt(stated, 'ConvictionDate'));
      const plea = textAt(stated, 'PleaStatus');
      if (offence.plea !== undefined && plea !== undefined)
        seenPleas.set(String(offence.plea), (seenPleas.get(String(offence.plea)) ?? new Set()).add(plea));
      const statedCodes = new Set(
        (stated.find(".//*[local-name()='CJSresultCode']") as XmlElement[]).map((element) => Number(element.content)),
      );
      const resultCodes = list(offence.results).flatMap((result) => (result.code === undefined ? [] : [Number(result.code)]));
      for (const resultCode of resultCodes) expect(statedCodes).toContain(resultCode);
    }
    expect(compared).toBeGreaterThan(0);
  });

  it('a plea code always has the same meaning', () => {
    expect(seenPleas.size).toBeGreaterThan(1);
    for (const [code, pleas] of seenPleas) expect([code, pleas.size]).toEqual([code, 1]);
  });
});
