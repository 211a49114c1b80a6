/** A mapping that is proposed from a sample. */
import type { MappingDocument } from '../mapping/document.ts';

export interface Proposal {
  readonly mapping: MappingDocument;
  /** What a person must decide, each in one sentence. No value of the sample stands in them. */
  readonly undecided: readonly string[];
  /** Titles of columns that hold personal data, by their names. */
  readonly personal: readonly string[];
}

/** That a message of the format can carry a marking is not known of a sample. */
export const DECIDE_MARKINGS =
  'carriesMarkings: say false if no record can carry a protective marking. Until then a record that cannot be read waits at the highest label.';
