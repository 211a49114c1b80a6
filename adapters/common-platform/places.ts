/** Maps places of the table to places in the event, for the documentation and for values with a wrong type. */
import type { JsonObject } from '../adapter.ts';

const OFFENCE = '/defendants/*/offences/*';

/** Places of the table and their places in the event, the first that fits. A place that only helps to make others has none. */
const PLACES: readonly (readonly [RegExp, string | undefined])[] = [
  [/^\/read\/(?:subject|applicant|respondents\/\*)\/(?:defendant|individual|organisation|authority)(?=\/)/, '/defendants/*'],
  [/^\/read\/cases\/\*\/offences\/\*(?=\/)/, OFFENCE],
  [/^\/read\/ordered\/\*\/offence(?=\/)/, OFFENCE],
  [/^\/read\/(?:hearing|case\/id|application\/id)$/, '/message/reference'],
  [/^\/read\/application\/reference$/, '/case/courtReference'],
  [/^\/read\/application(?=\/)/, OFFENCE],
  [/^\/read\/results\/\*(?=\/)/, `${OFFENCE}/results/*`],
  [/^\/read\/(?:case|cases\/\*|ordered\/\*)\/(?:urn|reference)$/, '/case/urn'],
  [/^\/read\/case\/authority$/, '/case/originator'],
  [/^\/read\/case\/informant$/, '/case/informant'],
  [/^\/read\/markers\/\*\/code$/, '/case/marker'],
  [/^\/read\/court(?=\/)/, '/hearing/courtHouse'],
  [/^\/read\/days\/\*\/start$/, '/hearing/time'],
  [/^\/read\/day$/, '/hearing/date'],
  [/^\/read\/attendance\/\*\/days\/\*\/type$/, '/defendants/*/presence'],
  [/^\/read\/restriction$/, `${OFFENCE}/results/*/text`],
  [/^\/read\/shared$/, '/message/created'],
  [/^\/read\/isReshare$/, '/message/type'],
  [/^\/read\//, undefined],
];

/** The same for places inside defendants, offences and results. */
const WITHIN: readonly (readonly [RegExp, string | undefined])[] = [
  [/^(\/defendants\/\*)\/offences(?:\/\*){1,2}\/isDisposed$/, `${OFFENCE}/finalDisposal`],
  [/^\/defendants\/\*\/results\/\*(?=\/)/, `${OFFENCE}/results/*`],
  [/^\/defendants\/\*\/reference$/, '/defendants/*/asn'],
  [/^\/defendants\/\*\/id$/, '/message/reference'],
  [/^\/defendants\/\*\/proceedings$/, `${OFFENCE}/initiatedDate`],
  [/^\/defendants\/\*\/associated\/\*(?=\/(?!role$))/, '/defendants/*/parentGuardian'],
  [/^\/defendants\/\*\/(?:master|isYouth|associated\/\*\/role)$/, undefined],
  [/^\/defendants\/\*\/aliases\/\*\/organisation$/, '/defendants/*/organisation/aliases/*'],
];

const IN_ANY: readonly (readonly [RegExp, string | undefined])[] = [
  [/\/address\/postcode$/, '/address/lines/*'],
  [/\/courtHouse\/location$/, '/courtHouse/ouCode'],
  [/\/courtHouse\/ljaCode$/, '/courtHouse/psaCode'],
  [/\/nextHearing\/start$/, '/nextHearing/date'],
  [/\/results\/\*\/label$/, '/results/*/text'],
  [/\/prompts\/\*\/(?:label|value)$/, '/text'],
  [/\/prompts\/\*\/isImposition$/, '/amounts/*'],
  [/\/prompts\/\*\/points$/, '/penaltyPoints'],
  [/\/restrictions\/\*\/(?:label|ordered)$/, '/results/*/text'],
  [/\/qualifier$/, '/qualifiers/*'],
  [/\/results\/\*\/category$/, '/finalDisposal'],
  [/\/results\/\*\/(?:isDeleted|isPrompt|saysPrompts|master)$/, undefined],
];

function placeOf(at: string): string | undefined {
  let place = at;
  for (const table of [PLACES, WITHIN, IN_ANY]) {
    const found = table.find(([form]) => form.test(place));
    if (found === undefined) continue;
    const [form, to] = found;
    if (to === undefined) return undefined;
    place = place.replace(form, to);
  }
  return place;
}

/** The places in the event for a place of the table, with `*` for a position in a list. */
export function placesOf(at: string): readonly string[] {
  const place = placeOf(at);
  return place === undefined ? [] : [place];
}

/** The place in the event of one value. A place in a list that the event orders otherwise is that of the whole list. */
export function pointerOf(_read: JsonObject, pointer: string): string {
  const steps = pointer.split('/');
  const general = steps.map((step) => (/^\d+$/.test(step) ? '*' : step)).join('/');
  const place = placeOf(general);
  if (place === general) return pointer;
  return place === undefined ? '/hearing' : place.replace(/^\/defendants\/\*/, '/defendants/0').replace(/\/\*.*$/, '');
}
