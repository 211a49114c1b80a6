/** Reads request bodies whole, to a limit, exactly as sent. */
import express, { type RequestHandler } from 'express';

/** The body as bytes in `request.body`, whatever its media type. A compressed body is refused: a small one can hold a large one. */
export const readBody = (limit: number): RequestHandler => express.raw({ type: () => true, limit, inflate: false });

export const bytesOf = (body: unknown): Uint8Array => (Buffer.isBuffer(body) ? body : new Uint8Array());

/** Media type and charset of a Content-Type header, lower case. */
export function contentTypeOf(header: string | undefined): { readonly mediaType?: string; readonly charset?: string } {
  const mediaType = /^\s*([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+)/i.exec(header ?? '')?.[1]?.toLowerCase();
  const charset = /;\s*charset\s*=\s*"?([A-Za-z0-9_.:-]{1,40})"?/i.exec(header ?? '')?.[1]?.toLowerCase();
  return { ...(mediaType === undefined ? {} : { mediaType }), ...(charset === undefined ? {} : { charset }) };
}
