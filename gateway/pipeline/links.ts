/** Finds the links between cases in the events of a message, for the register. A link names cases by their pseudonyms alone. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { LinkChange } from '../protections/link.ts';
import type { PseudonymOf } from '../protections/register.ts';
import { canonicalUrn } from '../quality/canonical-form.ts';
import { CORRECTIONS, type Referring } from './references.ts';

const LINKS = 'case.linked';
const LINK_TYPE = /^uk\.justice\.case\.linked\./;

/** The links that events make, and those that they correct. */
export function linkChanges(events: readonly Referring[], pseudonymOf: PseudonymOf): readonly LinkChange[] {
  return events.flatMap(({ event, standard, corrected }): readonly LinkChange[] => {
    const { id, source, subject, recordedtime, data } = event;
    if (subject === undefined) return [];
    if (standard.name === CORRECTIONS && LINK_TYPE.test(corrected?.type ?? ''))
      return [{ unlink: { event: String(data.corrects), case: subject, by: id, time: recordedtime } }];
    if (standard.name !== LINKS) return [];
    const linked = ((data.linkedCases ?? []) as readonly JsonObject[]).map(({ urn }) => canonicalUrn(typeof urn === 'string' ? urn : ''));
    const others = new Set(linked.filter((urn) => urn !== '').map((urn) => pseudonymOf('case', urn)));
    others.delete(subject);
    return others.size === 0 ? [] : [{ link: { event: id, case: subject, linked: [...others], by: source, since: recordedtime } }];
  });
}
