/** The published suites of conformance (`schemas/conformance/`): what is checked, and in which levels. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What kind of system is checked at an address. Each has a suite of its own. */
export const KINDS = ['consumer', 'submitter'] as const;
/** An adapter is checked where it is. */
export type Kind = (typeof KINDS)[number] | 'adapter';

export interface SuiteLevel {
  readonly number: number;
  readonly name: string;
  readonly meaning: string;
}

export interface SuiteCheck {
  readonly id: string;
  readonly level: number;
  readonly title: string;
  readonly expects: string;
  readonly source: string;
}

/** A document of `schemas/conformance/suite.json`. */
export interface Suite {
  readonly id: Kind;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly levels: readonly SuiteLevel[];
  readonly checks: readonly SuiteCheck[];
}

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas', 'conformance');

export const readSuite = (kind: Kind): Suite => JSON.parse(readFileSync(join(FOLDER, `${kind}.json`), 'utf8')) as Suite;
