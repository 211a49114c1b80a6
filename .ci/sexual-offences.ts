/** Which offence codes are sexual offences in the sense of the Sexual Offences (Amendment) Act 1992, derived from the standing data. */
import { type CodeList, type OffenceSource, type Row, sound } from './codelist-file.ts';

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

/** Titles with such a word that are not a sexual offence: hatred on grounds of orientation, licences for sex shops, the plant. */
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

export function sexualOffences(source: readonly OffenceSource[]): CodeList {
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
