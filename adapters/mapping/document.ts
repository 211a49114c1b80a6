/** The types of mapping documents, which describe a format as data. The published schema is `mappings/mapping`. */
import type { Json } from '../adapter.ts';
import type { TableDescription } from '../table/description.ts';
import type { LensSpec } from './lenses.ts';

/** One field, for reading and writing. */
export interface FieldDocument {
  /** Of the table: the column, or the columns whose values are one list or one text. None for a constant. */
  readonly column?: string;
  readonly columns?: readonly string[];
  /** Its place in the event: a JSON Pointer, or several for a text in parts. */
  readonly to: string | readonly string[];
  readonly lens?: LensSpec;
  /** The constant value of every event of the format. */
  readonly value?: Json;
  /** Whether a record without the value gives an event without it, or is refused. */
  readonly empty?: 'absent' | 'refuse';
}

/** The event of a record of a table. */
export interface EventDocument {
  /** The table of the description. Default: the only one. */
  readonly table?: string;
  readonly standard: string;
  /** JSON Pointer of the value that keeps the events of a case in order. */
  readonly caseReference?: string;
  /** The column with a protective marking. */
  readonly marking?: string;
  readonly fields: readonly FieldDocument[];
  /** Records after the event's first record: each is an item of one of its lists. */
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
  /** Whether records can contain a protective marking. Default: they can. */
  readonly carriesMarkings?: boolean;
  /** The beginning of messages, where the format has no header line. */
  readonly begins?: string;
  readonly source: TableDescription;
  readonly events: readonly EventDocument[];
}

/** A fault of a document: a JSON Pointer, a line and the reason. */
export interface MappingFault {
  readonly at: string;
  readonly line: number;
  readonly reason: string;
}
