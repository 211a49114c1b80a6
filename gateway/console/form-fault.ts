/** What is wrong in a form, and at which field. */
export interface FormFault {
  readonly field: string;
  readonly text: string;
}
