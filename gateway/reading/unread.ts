/** Bounds on what a reader is given and has not read yet. */

/** Whether a reader may be given so many bytes more; if it may, they count. */
export type Room = (bytes: number) => boolean;

/** The reader has to read what it was given before it gets more. Nothing was disclosed. */
export class TooMuchUnread extends Error {
  override readonly name = 'TooMuchUnread';
}

/** Throws {@link TooMuchUnread} where there is no room for so many bytes. */
export function mustHaveRoom(hasRoom: Room | undefined, bytes: number): void {
  if (hasRoom?.(bytes) === false) throw new TooMuchUnread('The client has not read what it was given before');
}
