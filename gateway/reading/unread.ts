/** Limits how much data can be on its way to a reader that does not read it. */

/** Reserves bytes for a reader. Returns false where the reader has no room for them. */
export type Room = (bytes: number) => boolean;

/** The reader must read its earlier responses before it gets more. Nothing was disclosed. */
export class TooMuchUnread extends Error {
  override readonly name = 'TooMuchUnread';
}

/** Throws {@link TooMuchUnread} where the reader has no room for this number of bytes. */
export function mustHaveRoom(hasRoom: Room | undefined, bytes: number): void {
  if (hasRoom?.(bytes) === false) throw new TooMuchUnread('The client has not read its earlier responses');
}
