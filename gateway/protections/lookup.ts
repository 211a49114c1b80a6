/** Finds which of many protected persons a text or an object may refer to, without a comparison with each of them. */
import type { SearchedText } from './marks.ts';
import type { Form } from './mentions.ts';
import { identifiersOf, type Person } from './people.ts';
import type { Protection } from './protection.ts';

/** How many protected persons are compared with one person. Where more have similar names, the person counts as possibly one of them. */
const MOST_ASKED = 300;

interface InForm {
  readonly form: Form;
  /** The places of groups by mark. */
  readonly groups: Map<string, Set<number>>;
  /** Protections by a number or a sound of a family name. */
  readonly protections: Map<string, Set<Grouped>>;
}

interface Grouped {
  readonly protection: Protection;
  readonly group: number;
}

const addTo = <T>(map: Map<string, Set<T>>, key: string, value: T): void => {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
};

/** Groups protections by what they raise, and finds them by the keys of their persons. */
export class Lookup {
  /** One protection of each group that raises the same portions for the same reason. */
  readonly groups: readonly Protection[];
  readonly #forms: readonly InForm[];
  readonly #all: readonly Grouped[];
  /** Protections of persons without a known name: anybody could be that person. */
  readonly #nameless: readonly Grouped[];

  constructor(protections: readonly Protection[]) {
    const byKey = new Map<string, number>();
    const numbers = new Map<ReadonlySet<string>, number>();
    const groups: Protection[] = [];
    this.#all = protections.map((protection) => {
      const key = groupKey(protection, numbers);
      let group = byKey.get(key);
      if (group === undefined) {
        group = groups.push(protection) - 1;
        byKey.set(key, group);
      }
      return { protection, group };
    });
    this.groups = groups;
    this.#nameless = this.#all.filter(({ protection: { matcher } }) => matcher.keys.families.length === 0);
    const forms = new Map<Form, InForm>();
    for (const grouped of this.#all) {
      const { matcher } = grouped.protection;
      let inForm = forms.get(matcher.form);
      if (inForm === undefined) {
        inForm = { form: matcher.form, groups: new Map(), protections: new Map() };
        forms.set(matcher.form, inForm);
      }
      for (const mark of matcher.marks) addTo(inForm.groups, mark, grouped.group);
      for (const keys of [matcher.keys, ...matcher.relatives])
        for (const identifier of identifiersOf(keys)) addTo(inForm.protections, identifier, grouped);
    }
    this.#forms = [...forms.values()];
  }

  /** Adds the indexes of the groups that have a person whom a text mentions. */
  addMentioned({ marks }: SearchedText, found: Set<number>): void {
    for (const { form, groups } of this.#forms) {
      if (groups.size === 0) continue;
      for (const mark of marks) {
        if (found.size === this.groups.length) return;
        for (const group of groups.get(form.markOf(mark)) ?? NONE) found.add(group);
      }
    }
  }

  /** Adds the indexes of the groups that a person in the event belongs to, or may belong to, as `isMeant` decides. */
  addDescribed(person: Person, found: Set<number>, isMeant: (protection: Protection) => boolean): void {
    let asked = 0;
    const ask = ({ protection, group }: Grouped): void => {
      if (found.has(group)) return;
      asked++;
      if (asked > MOST_ASKED || isMeant(protection)) found.add(group);
    };
    const isNameless = person.keys.families.length === 0;
    (isNameless ? this.#all : this.#nameless).forEach(ask);
    if (isNameless) return;
    for (const { form, protections } of this.#forms)
      for (const identifier of identifiersOf(form.keysOf(person.keys))) protections.get(identifier)?.forEach(ask);
  }
}

const NONE: ReadonlySet<number> = new Set();

/** The key of a protection's group: the portions that it raises, the raise and the reason. */
function groupKey({ title, law, reason, raise, portions }: Protection, numbers: Map<ReadonlySet<string>, number>): string {
  const number = numbers.get(portions) ?? numbers.size;
  numbers.set(portions, number);
  return JSON.stringify([title, law, reason, raise.classification, raise.bits, number]);
}
