/** Task profiles: of each standard the portions that one task needs, and no more (data minimisation: DPA 2018 s.37). */
import type { PortionPlan } from './portions.ts';

/** A profile as it is published in `schemas/profiles/`. */
export interface ProfileDocument {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  /** What the task is, for whoever reviews the profile. */
  readonly purpose: string;
  /** The law that the task is done under. */
  readonly law: string;
  /** By name of a standard: pointers of portions, with `*` for a place in a list. A standard that is not named is not part of the task. */
  readonly standards: Readonly<Record<string, readonly string[]>>;
}

/** What a task may be given: by event type, the fields of it. */
export interface Profile {
  readonly document: ProfileDocument;
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
}

const CORRECTIONS = 'correction.issued';

/** The field that a portion's pointer is one of: every place in a list counts as `*`. */
export const fieldOf = (pointer: string): string => pointer.replaceAll(/\/\d+(?=\/)/g, '/*');

/** Every field of a standard that a profile can name. */
function fieldsOf(plan: PortionPlan, pointer = ''): readonly string[] {
  return [
    ...plan.portions.map(({ property }) => `${pointer}/${property}`),
    ...plan.objects.flatMap(([property, below]) => fieldsOf(below, `${pointer}/${property}`)),
    ...plan.arrays.flatMap(([property, below]) => fieldsOf(below, `${pointer}/${property}/*`)),
  ];
}

/** Compiles a profile. Throws an Error that names the place when it asks for what no standard has, or would keep corrections away. */
export function compileProfile(
  document: ProfileDocument,
  standardOf: (name: string) => { readonly type: string; readonly plan: PortionPlan } | undefined,
): Profile {
  const fields = new Map<string, ReadonlySet<string>>();
  for (const [name, asked] of Object.entries(document.standards)) {
    const standard = standardOf(name);
    if (standard === undefined) throw new Error(`Profile ${document.id}: /standards/${name}: there is no such standard`);
    const known = new Set(fieldsOf(standard.plan));
    for (const field of asked)
      if (!known.has(field)) throw new Error(`Profile ${document.id}: /standards/${name}: ${field} is not a portion of the standard`);
    fields.set(standard.type, new Set(asked));
  }
  if (document.standards[CORRECTIONS] === undefined)
    throw new Error(
      `Profile ${document.id}: /standards/${CORRECTIONS} is missing: whoever was told something must be told when it was wrong`,
    );
  return { document, fields };
}
