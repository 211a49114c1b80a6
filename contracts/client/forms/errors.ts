/** What is wrong with what was typed, in the words of GOV.UK; and what a gateway says of it, at the field it is about. */
import type { DatePart, Field, Form } from './field.ts';
import { isWithin } from './field.ts';

export interface FormError {
  readonly text: string;
  /** The field that it is about; none when it is about the form. */
  readonly pointer?: string;
  /** The parts of a date that it is about. */
  readonly parts?: readonly DatePart[];
}

/** The part of a gateway's problem (RFC 9457) that a form shows. */
export interface ProblemDetails {
  readonly title: string;
  readonly detail?: string | undefined;
  readonly reasons?: readonly { readonly at?: string | undefined; readonly reason: string }[] | undefined;
}

/** As the first word of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The nearest field at or above a place. */
const fieldAt = ({ fields }: Form, place: string): Field | undefined =>
  fields.filter(({ pointer }) => isWithin(place, pointer)).toSorted((one, other) => other.pointer.length - one.pointer.length)[0];

/** The errors of a problem: each reason at the nearest field at or above its place, otherwise of the form. */
export function errorsOf(form: Form, { title, detail, reasons = [] }: ProblemDetails): readonly FormError[] {
  if (reasons.length === 0) return [{ text: detail ?? title }];
  const errors = reasons.map(({ at = '', reason }): FormError => {
    const field = fieldAt(form, at);
    if (field === undefined) return { text: at === '' || at === '/' ? reason : `${reason}, at ${at}` };
    return {
      text: `Check ${field.called}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`,
      pointer: field.pointer,
    };
  });
  return errors.filter(({ text }, n) => errors.findIndex((error) => error.text === text) === n);
}
