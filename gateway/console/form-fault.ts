/** The first thing that is wrong in a form, and at which field. */
export interface FormFault {
  readonly field: string;
  readonly text: string;
}

/** What is wrong in a form with several fields, by the name of each. */
export type Faults = Readonly<Record<string, string>>;

/** The same, as the summary on top of a page lists it. */
export const errorsOf = (faults: Faults): readonly { readonly href: string; readonly text: string }[] =>
  Object.entries(faults).map(([field, text]) => ({ href: `#${field}`, text }));
