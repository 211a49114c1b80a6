/** Where messages lie as files: a folder of this machine, or one on the other side of a connection. */

/** What shows that a file has not changed. */
export interface Shape {
  readonly size: number;
  /** When it was last written to, in the unit of the file system. */
  readonly modified: number;
  /** Its number in the file system, where that is known. */
  readonly inode?: number;
}

export const isSameShape = (a: Shape, b: Shape): boolean => a.size === b.size && a.modified === b.modified && a.inode === b.inode;

export interface ListedFile extends Shape {
  readonly name: string;
  /** That it is a plain file with one name: no link, pipe or device. */
  readonly isPlain: boolean;
}

/** Why a file is not read. `changing`: somebody still writes it. `denied`: the gateway may not read it. */
export type Unread = 'changing' | 'too-large' | 'empty' | 'not-plain' | 'denied';

/** `taken`: there is a file with the new name already. `gone`: another gateway has claimed the file. `denied`: the gateway may not rename it. */
export type Claim = 'claimed' | 'taken' | 'gone' | 'denied';

/** Names come from whoever wrote the files, and are used only in the folder that they were found in. */
export interface MessageFiles {
  /** The files whose names are wanted, without folders. */
  list(isWanted: (name: string) => boolean): AsyncIterable<ListedFile>;
  /** Gives a file the name under which only this gateway takes it. Replaces nothing. */
  claim(name: string, claimed: string): Promise<Claim>;
  /** The complete bytes of a claimed file, or why there are none. */
  read(claimed: string, seen: Shape, mostBytes: number): Promise<Uint8Array | Unread>;
  isUnchanged(claimed: string, seen: Shape): Promise<boolean>;
  /** Writes a report to the folder of the files that wait. */
  report(name: string, report: string): Promise<void>;
  /** Whether there is a file of this name among those that are finished. */
  isFinished(name: string): Promise<boolean>;
  /** Writes a report to the folder of the files that are finished. */
  reportFinished(name: string, report: string): Promise<void>;
  /** Gives a claimed file its last name. Replaces nothing. */
  finish(claimed: string, name: string): Promise<void>;
  remove(claimed: string): Promise<void>;
}
