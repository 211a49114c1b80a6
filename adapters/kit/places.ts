/** Common titles of columns, with their places in the standards. Inference proposes them, and a person decides. */

/** By standard: a place, words in the titles of its columns, and whether it is personal data. */
interface KnownPlace {
  readonly at: string;
  readonly names: RegExp;
}

const PERSON: readonly KnownPlace[] = [
  { at: '/name/familyName', names: /^(?:sur|last ?|family ?)name$|^surname \d?$|person.*(?:surname|family)/ },
  { at: '/name/givenNames', names: /^(?:fore|first ?|given ?|christian ?)names?(?: ?1)?$/ },
  { at: '/name/title', names: /^title$/ },
  { at: '/dateOfBirth', names: /^(?:dob|date of birth|birth ?date|d o b)$/ },
  { at: '/gender', names: /^(?:sex|gender)$/ },
  { at: '/ethnicity/selfDefined', names: /^(?:self ?defined ?ethnicity|sde|16 ?\+ ?1|ethnicity self.*)$/ },
  { at: '/ethnicity/observed', names: /^(?:observed ?ethnicity|ic ?code|officer.*ethnicity|ethnic(?:ity)? observed)$/ },
  { at: '/contact/phones/home', names: /^(?:home )?(?:tele)?phone(?: number)?$/ },
];

const below = (root: string, places: readonly KnownPlace[]): readonly KnownPlace[] =>
  places.map(({ at, names }) => ({ at: root + at, names }));

export const KNOWN_PLACES: Readonly<Record<string, readonly KnownPlace[]>> = {
  'person.stopped': [
    { at: '/stop/reference', names: /^(?:(?:stop|search|record|form)? ?(?:ref(?:erence)?|number|no|id))$/ },
    { at: '/stop/date', names: /^(?:date|stop date|date of (?:stop|search)|search date)$/ },
    { at: '/stop/time', names: /^(?:time|stop time|time of (?:stop|search)|search time)$/ },
    { at: '/stop/location', names: /^(?:location|place|street|where)$/ },
    { at: '/stop/power', names: /^(?:power|legislation|act)$/ },
    { at: '/stop/object', names: /^(?:object|object of search|searched for|reason)$/ },
    { at: '/stop/grounds', names: /^grounds?$/ },
    { at: '/stop/outcome', names: /^(?:outcome|result|disposal)$/ },
    { at: '/stop/outcomeLinked', names: /^(?:outcome ?linked.*|linked)$/ },
    { at: '/vehicle/registration', names: /^(?:vrm|vrn|registration|reg(?: no)?)$/ },
    { at: '/vehicle/make', names: /^(?:make|vehicle|model)$/ },
    { at: '/officer/number', names: /^(?:officer|collar|shoulder|warrant) ?(?:number|no|id)$/ },
    { at: '/officer/rank', names: /^(?:officer )?rank$/ },
    { at: '/case/urn', names: /^(?:urn|pti ?urn|case (?:ref(?:erence)?|urn))$/ },
    ...below('/person', PERSON),
  ],
  'case.registered': [
    { at: '/case/urn', names: /^(?:urn|pti ?urn|case (?:ref(?:erence)?|urn))$/ },
    { at: '/defendants/0/asn', names: /^(?:asn|arrest summons (?:number|no))$/ },
    { at: '/defendants/0/pncId', names: /^(?:pnc ?id|pnc(?: number| no)?)$/ },
    { at: '/defendants/0/croNumber', names: /^cro(?: number| no)?$/ },
    { at: '/defendants/0/offences/0/code', names: /^(?:offence code|cjs code|offence)$/ },
    { at: '/defendants/0/offences/0/wording', names: /^(?:offence )?wording$/ },
    { at: '/defendants/0/offences/0/chargeDate', names: /^(?:charge date|date charged|charged)$/ },
    { at: '/defendants/0/offences/0/arrestDate', names: /^(?:arrest date|date arrested|arrested)$/ },
    ...below('/defendants/0/person', PERSON),
  ],
};

/** Words in column titles that indicate personal data. */
export const PERSONAL =
  /name|\bdob\b|birth|address|street|postcode|phone|mobile|e-?mail|\bsex\b|gender|ethnic|nationality|\bpnc|\bcro\b|\basn\b|\burn\b|\bvrm\b|registration|medical|religion/;

/** A title in lower case, with single spaces between its words. */
export const wordsOf = (title: string): string =>
  title
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9+]+/g, ' ')
    .trim();
