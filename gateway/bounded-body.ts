/** Reads a body from the network up to a limit, so that its sender cannot fill the memory. */

/** All bytes, or undefined where there are more than `most`. Rejects as the source does. */
export async function bytesUpTo(source: AsyncIterable<Uint8Array> | null, most: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source ?? []) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Why `fetch` failed, in a word of the system where it has one. */
export function failureOf(error: unknown): string | undefined {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code;
}
