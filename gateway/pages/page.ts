/** A page as a value: its template, its title, and what the template says. */
export interface Page {
  readonly template: string;
  readonly title: string;
  readonly [name: string]: unknown;
}
