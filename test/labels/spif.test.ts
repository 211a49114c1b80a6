/** Policies and labels of other systems: XML SPIF, ADatP-4774, and equivalent labels of another policy. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../gateway/config.ts';
import { NAMESPACE_4774, readLabel, writeLabel } from '../../gateway/labels/confidentiality-label.ts';
import { dominates } from '../../gateway/labels/decision.ts';
import { displayOf } from '../../gateway/labels/display.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { compileClearance, compileLabel, compilePolicy, labelOf, type Policy } from '../../gateway/labels/policy.ts';
import { readSpif } from '../../gateway/labels/spif.ts';
import { invalidities } from '../../gateway/labels/validity.ts';
import { must, POLICY, standards, policy as uk } from '../support/rules-in-force.ts';

/** A policy of an invented alliance. */
const spif = (more: { classes?: string; sets?: string; head?: string } = {}) => `<?xml version="1.0"?>
<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1" version="3" creationDate="20260101000000Z" originatorDN="CN=Nobody" keyIdentifier="00" privilegeId="1.2.3" rbacId="1.2.3">
  <securityPolicyId name="WESSEX" id="1.2.826.0.99"/>
  <securityClassifications>
    <securityClassification name="OPEN" lacv="1" hierarchy="1"/>
    <securityClassification name="CLOSED" lacv="2" hierarchy="2">${more.classes ?? ''}</securityClassification>
  </securityClassifications>
  <securityCategoryTagSets>
    <securityCategoryTagSet name="Releasable To" id="1.2.826.0.99.1">
      <securityCategoryTag tagType="enumerated" enumType="permissive">
        ${Array.from({ length: 70 }, (_, n) => `<tagCategory name="T${n}" lacv="${n + 1}"/>`).join('')}
        <markingQualifier markingCode="pageTop"><qualifier markingQualifier="REL TO " qualifierCode="prefix"/></markingQualifier>
      </securityCategoryTag>
    </securityCategoryTagSet>
    <securityCategoryTagSet name="Need" id="1.2.826.0.99.2">
      <securityCategoryTag tagType="restrictive">
        <tagCategory name="ALPHA" lacv="1"><excludedClass>OPEN</excludedClass></tagCategory>
        <tagCategory name="BETA" lacv="2">
          <requiredCategory operation="oneOrMore"><categoryGroup tagSetRef="Need" tagType="restrictive" lacv="1"/></requiredCategory>
          <excludedCategory tagSetRef="Releasable To" tagType="enumerated" enumType="permissive" lacv="70"/>
        </tagCategory>
      </securityCategoryTag>
    </securityCategoryTagSet>
    ${more.sets ?? ''}
  </securityCategoryTagSets>
</SPIF>`;

const imported = (xml = spif()): Policy => compilePolicy(must(readSpif(xml)).document);
const policy = imported();
const ID = { id: 'urn:oid:1.2.826.0.99', version: '3.0.0' };
const [REL, NEED] = ['1.2.826.0.99.1', '1.2.826.0.99.2'];
const label = (classification: string, categories?: Label['categories']): Label => ({
  policy: ID,
  classification,
  ...(categories === undefined ? {} : { categories }),
});

describe('a policy in XML SPIF', () => {
  it('is valid against its own schema after import', () => {
    const { document, notImported } = must(readSpif(spif()));
    const validate = standards.ajv.getSchema('https://justice-interchange.example/standards/labels/policy/1.1.0');
    expect(validate?.(JSON.parse(JSON.stringify(document))), JSON.stringify(validate?.errors)).toBe(true);
    expect(document.classifications.map(({ id, rank }) => [id, rank])).toEqual([
      ['OPEN', 1],
      ['CLOSED', 2],
    ]);
    expect(document.categories.map(({ id, kind, display }) => [id, kind, display])).toEqual([
      [REL, 'permissive', { prefix: 'REL TO ' }],
      [NEED, 'restrictive', undefined],
    ]);
    expect(notImported).toEqual([]);
  });
  it('is imported with a list of what this project does not support', () => {
    const { notImported } = must(readSpif(spif({ classes: '<equivalentClassification policyRef="X" lacv="1" applied="both"/>' })));
    expect(notImported).toEqual([{ element: 'equivalentClassification', line: 6 }]);
  });
  it.each([
    ['not well-formed', spif().replace('</SPIF>', ''), 26, 'xml-not-well-formed'],
    ['a document type', `<!DOCTYPE SPIF>${spif()}`, 1, 'xml-doctype'],
    ['another document', '<a/>', 1, 'spif-invalid'],
    ['two classifications of one number', spif().replace('lacv="2" hierarchy="2"', 'lacv="1" hierarchy="2"'), 6, 'spif-invalid'],
    ['two classifications of one rank', spif().replace('hierarchy="2"', 'hierarchy="1"'), 6, 'spif-invalid'],
    ['a tag without a kind', spif().replace('tagType="restrictive">', 'tagType="notApplicable">'), 16, 'spif-invalid'],
    ['a value without a number', spif().replace('name="ALPHA" lacv="1"', 'name="ALPHA"'), 17, 'spif-invalid'],
    ['an unknown excluded class', spif().replace('<excludedClass>OPEN', '<excludedClass>SHUT'), 17, 'spif-invalid'],
    [
      'an unknown required category',
      spif().replace('<categoryGroup tagSetRef="Need"', '<categoryGroup tagSetRef="Nought"'),
      19,
      'spif-invalid',
    ],
    ['an unknown required value', spif().replace('lacv="1"/></requiredCategory>', 'lacv="9"/></requiredCategory>'), 19, 'spif-invalid'],
    ['an operation that is not known', spif().replace('oneOrMore', 'some'), 19, 'spif-invalid'],
    ['an invalid version', spif().replace('version="3"', 'version="three"'), 2, 'spif-invalid'],
  ])('is refused with its line: %s', (_, xml, line, code) => {
    expect(readSpif(xml)).toMatchObject({ refusals: [{ code, line }] });
  });
  it('has rules for combinations', () => {
    const codes = (candidate: Label) => invalidities(policy, must(compileLabel(policy, candidate))).map(({ reason }) => reason);
    expect(codes(label('CLOSED', { [NEED]: ['ALPHA', 'BETA'] }))).toEqual([]);
    expect(codes(label('OPEN', { [NEED]: ['ALPHA'] }))).toEqual(['ALPHA goes only with CLOSED']);
    expect(codes(label('CLOSED', { [NEED]: ['BETA'] }))).toEqual([`BETA needs one or more of ${NEED}`]);
    expect(codes(label('CLOSED', { [NEED]: ['ALPHA', 'BETA'], [REL]: ['T69'] }))).toEqual([`BETA excludes ${REL}`]);
  });
  it.each([
    ['onlyOne', [], false],
    ['onlyOne', ['ALPHA'], true],
    ['onlyOne', ['ALPHA', 'BETA'], false],
    ['oneOrMore', ['BETA'], true],
    ['all', ['ALPHA'], false],
    ['all', ['ALPHA', 'BETA'], true],
  ])('with a classification that requires %s of two, with %j: %s', (operation, values, isValid) => {
    const group = (lacv: number) => `<categoryGroup tagSetRef="Need" tagType="restrictive" lacv="${lacv}"/>`;
    const plain = spif({ classes: `<requiredCategory operation="${operation}">${group(1)}${group(2)}</requiredCategory>` })
      .replace(/(name="BETA" lacv="2">)\s*<requiredCategory.*?<\/requiredCategory>/, '$1')
      .replace(/<excludedCategory[^>]*>/, '');
    const importedPolicy = imported(plain);
    expect(invalidities(importedPolicy, must(compileLabel(importedPolicy, label('CLOSED', { [NEED]: values })))).length === 0).toBe(
      isValid,
    );
  });
});

/** Labels of the invented policy, valid and invalid. */
const labels = fc
  .record({
    classification: fc.constantFrom('OPEN', 'CLOSED'),
    rel: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 69 }), { maxLength: 5 })),
    need: fc.subarray(['ALPHA', 'BETA']),
  })
  .map(({ classification, rel, need }) =>
    label(classification, { ...(rel === null ? {} : { [REL]: rel.map((n) => `T${n}`) }), ...(need.length === 0 ? {} : { [NEED]: need }) }),
  );

describe('a category of more values than an integer has bits', () => {
  it('is satisfied by a value in any part, allows everybody when absent, and nobody when empty', () => {
    fc.assert(
      fc.property(labels, fc.uniqueArray(fc.integer({ min: 0, max: 69 })), (eventLabel, held) => {
        const clearance = must(
          compileClearance(policy, {
            policy: ID,
            classifications: ['OPEN', 'CLOSED'],
            categories: { [REL]: held.map((n) => `T${n}`), [NEED]: ['ALPHA', 'BETA'] },
          }),
        );
        const needed = eventLabel.categories?.[REL];
        const expected = needed === undefined || needed.some((value) => held.includes(Number(value.slice(1))));
        expect(dominates(policy, clearance, must(compileLabel(policy, eventLabel)))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a label in ADatP-4774', () => {
  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(labels, (eventLabel) => {
        const normal = labelOf(policy, must(compileLabel(policy, eventLabel)));
        const xml = writeLabel(policy, eventLabel);
        if (eventLabel.categories?.[REL]?.length === 0) expect(xml).toMatchObject({ refusals: [{ code: 'label-malformed' }] });
        else expect(must(readLabel(policy, must(xml)))).toEqual(normal);
      }),
      { numRuns: 1000 },
    );
  });
  it('of the UK policy is also the same, with its own categories', () => {
    const ukLabel: Label = {
      policy: POLICY,
      classification: 'OFFICIAL',
      sensitive: true,
      handling: ['POLICE USE ONLY'],
      releasableTo: ['POLICE', 'CPS'],
    };
    expect(must(readLabel(uk, must(writeLabel(uk, ukLabel))))).toEqual(ukLabel);
  });
  const xml = (body: string, policyName = 'WESSEX') =>
    `<originatorConfidentialityLabel xmlns="${NAMESPACE_4774}">\n<ConfidentialityInformation>\n<PolicyIdentifier>${policyName}</PolicyIdentifier>\n<Classification>CLOSED</Classification>\n${body}</ConfidentialityInformation></originatorConfidentialityLabel>`;
  it.each([
    ['another policy', xml('', 'ELSEWHERE'), 'label-unknown-policy', 3],
    ['a category that is not known', xml('<Category TagName="Nought" Type="RESTRICTIVE"/>'), 'label-unknown-category', 5],
    ['a category of another kind', xml('<Category TagName="Need" Type="PERMISSIVE"/>'), 'label-unknown-category', 5],
    ['a category in another case', xml('<Category TagName="NEED" Type="RESTRICTIVE"/>'), 'label-unknown-category', 5],
    [
      'a value that is not known',
      xml('<Category TagName="Need" Type="RESTRICTIVE"><GenericValue>GAMMA</GenericValue></Category>'),
      'label-unknown-value',
      5,
    ],
    [
      'a kind of value that is not supported',
      xml('<Category TagName="Need" Type="RESTRICTIVE">\n<Other>ALPHA</Other></Category>'),
      'label-unreadable',
      6,
    ],
    [
      'one category twice',
      xml('<Category TagName="Need" Type="RESTRICTIVE"/>\n<Category TagName="Need" Type="RESTRICTIVE"/>'),
      'label-unreadable',
      6,
    ],
    ['an entity', `<!DOCTYPE a [<!ENTITY b "c">]>${xml('')}`, 'xml-doctype', 1],
    ['no label at all', '<a/>', 'label-unreadable', 1],
  ])('is refused with its line: %s', (_, text, code, line) => {
    expect(readLabel(policy, text)).toMatchObject({ refusals: [{ code, line }] });
  });
  it('T09 has no meaning with a name of two categories, unless the id says which', () => {
    const twice = compilePolicy({
      ...policy.document,
      categories: [
        ...policy.document.categories,
        { ...(policy.document.categories[1] as never as object), id: '1.2.9', property: 'categories.1.2.9' } as never,
      ],
    });
    const text = xml('<Category TagName="Need" Type="RESTRICTIVE"><GenericValue>ALPHA</GenericValue></Category>');
    expect(readLabel(twice, text)).toMatchObject({ refusals: [{ code: 'label-unknown-category' }] });
    const named = text.replace('Type="RESTRICTIVE"', 'Type="RESTRICTIVE" URI="urn:oid:1.2.9"');
    expect(must(readLabel(twice, named)).categories).toEqual({ '1.2.9': ['ALPHA'] });
  });
});

const CORPUS = join(HOME, '../shared/corpus/labels');
describe.runIf(existsSync(CORPUS))('the corpus of NATO labels', () => {
  const read = (file: string) => readFileSync(join(CORPUS, file), 'utf8');
  const nato = imported(existsSync(CORPUS) ? read('nato-4774-policy.xml') : spif());
  const validate = standards.ajv.getSchema('https://justice-interchange.example/standards/labels/policy/1.1.0');

  it('has a policy that is imported completely apart from its extensions', () => {
    const { document, notImported } = must(readSpif(read('nato-4774-policy.xml')));
    expect(validate?.(JSON.parse(JSON.stringify(document))), JSON.stringify(validate?.errors)).toBe(true);
    expect(notImported.map(({ element }) => element)).toEqual(['extensions']);
    expect(document.classifications.map(({ id }) => id)).toEqual(['UNCLASSIFIED', 'RESTRICTED', 'CONFIDENTIAL', 'SECRET', 'TOP SECRET']);
    const count = (name: string) => document.categories.find((category) => category.name === name)?.values.length;
    const tags = read('nato-4774-policy.xml').split('<spif:securityCategoryTagSet ').slice(1);
    for (const tag of tags) expect(count(/name="([^"]*)"/.exec(tag)?.[1] ?? '')).toBe(tag.match(/<spif:tagCategory /g)?.length);
  });
  it.each(['1', '2', '3'])('has a valid label %s, which is the same in both forms and after a round trip', (n) => {
    const xml = read(`nato-4774-17-${n}.nato`);
    const natoLabel = must(readLabel(nato, xml));
    expect(invalidities(nato, must(compileLabel(nato, natoLabel)))).toEqual([]);
    expect(must(readLabel(nato, read(`nato-4774-17-${n}.xml`)))).toEqual(natoLabel);
    const written = must(writeLabel(nato, natoLabel));
    expect(must(readLabel(nato, written))).toEqual(natoLabel);
    expect(statements(written)).toEqual(statements(xml));
  });
});

/** What a 4774 label says, by a parser that is not ours. */
function statements(xml: string): readonly string[] {
  const document = XmlDocument.fromString(xml);
  const said: string[] = [];
  const names = { c: NAMESPACE_4774 };
  for (const path of ['//c:PolicyIdentifier', '//c:Classification'])
    for (const node of document.find(path, names)) said.push(`${path} ${node.content.trim()}`);
  for (const node of document.find('//c:Category', names)) {
    const attribute = (name: string) => (node as never as { attr(name: string): { value: string } | null }).attr(name)?.value;
    for (const value of (node as never as { find(path: string, names: object): { content: string }[] }).find('c:GenericValue', names))
      said.push(`${attribute('TagName')} ${attribute('Type')} ${value.content.trim()}`);
  }
  document.dispose();
  return said.toSorted();
}

describe('a marking for people', () => {
  it('has the words of the policy, in the policy’s order', () => {
    expect(displayOf(policy, label('CLOSED', { [NEED]: ['ALPHA'], [REL]: ['T2', 'T1'] }))).toBe('CLOSED REL TO T1/T2 ALPHA');
    expect(displayOf(policy, label('OPEN'))).toBe('OPEN');
  });
  it('says when a label is for nobody', () => expect(displayOf(policy, label('OPEN', { [REL]: [] }))).toBe('OPEN REL TO NOBODY'));
  it('of the UK policy says SENSITIVE, descriptors, recipients and restrictions', () => {
    const unrestricted = { policy: POLICY, classification: 'OFFICIAL', sensitive: true, descriptors: ['PERSONAL DATA'] };
    const restricted = { ...unrestricted, releasableTo: ['CPS', 'POLICE'], restrictions: ['SOAA1992_s1'] };
    const words = displayOf(uk, restricted).split(' ');
    expect(words[0]).toBe('OFFICIAL-SENSITIVE');
    expect(displayOf(uk, restricted)).toContain('PERSONAL DATA');
    expect(words).toEqual(expect.arrayContaining(['POLICE/CPS', 'SOAA1992_s1']));
  });
  it('never leaves out a value of the label', () => {
    const values = uk.document.categories.flatMap(({ property, values: all }) => all.map(({ id }) => [property, id] as const));
    for (const [property, id] of values) {
      if (property === 'sensitive') continue;
      const marking = displayOf(uk, { policy: POLICY, classification: 'SECRET', [property]: [id] } as Label);
      expect(marking).toContain(id);
    }
  });
});
