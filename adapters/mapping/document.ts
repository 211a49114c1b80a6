/** A mapping document: one format as data. Its form is published as the schema `mappings/mapping`. */
import type { Json } from '../adapter.ts';
import type { TableDescription } from '../table/description.ts';
import type { LensSpec } from './lenses.ts';

/** One fact, both ways. */
export interface FieldDocument {
  /** Of the table: the column, or the columns whose values are one list or one text. None for a constant. */
  readonly column?: string;
  readonly columns?: readonly string[];
  /** Where it stands in the event: a JSON Pointer, or several for a text in parts. */
  readonly to: string | readonly string[];
  readonly lens?: LensSpec;
  /** What every event of the format has here. */
  readonly value?: Json;
  /** What a record without the value is: an event without it, or refused. */
  readonly empty?: 'absent' | 'refuse';
}

/** The event that a record of a table is. */
export interface EventDocument {
  /** The table of the description; the only one where nothing is said. */
  readonly table?: string;
  readonly standard: string;
  /** JSON Pointer of the value that events of one case are put in order by. */
  readonly caseReference?: string;
  /** The column that holds a protective marking. */
  readonly marking?: string;
  readonly fields: readonly FieldDocument[];
  /** Records that follow and belong to the event: each is an item of one of its lists. */
  readonly items?: readonly ItemsDocument[];
}

/** The records that are the items of a list. Their places begin at the item. */
export interface ItemsDocument {
  readonly table: string;
  readonly to: string;
  readonly fields: readonly FieldDocument[];
}

export interface MappingDocument {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly mediaTypes?: readonly string[];
  /** Whether records can carry a protective marking anywhere. Where nothing is said, they can. */
  readonly carriesMarkings?: boolean;
  /** What a message begins with, where no header line shows the format. */
  readonly begins?: string;
  readonly source: TableDescription;
  readonly events: readonly EventDocument[];
}

/** Something wrong with a document: where, in a JSON Pointer and a line, and why. */
export interface MappingFault {
  readonly at: string;
  readonly line: number;
  readonly reason: string;
}
