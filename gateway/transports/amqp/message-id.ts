/**
 * Ids of messages, which AMQP 1.0 has in four types, as texts. The forms are those of the AMQP JMS mapping, so that a reply repeats an id in the
 * type that its sender gave it.
 */
import rhea from 'rhea';
import { numberOf, type Value } from './encoding.ts';

const [BINARY, UUID, ULONG, STRING] = ['AMQP_BINARY:', 'AMQP_UUID:', 'AMQP_ULONG:', 'AMQP_STRING:'] as const;

/** An id of a message as a text, or undefined where the value is not an id. */
export function readId(bytes: Buffer, value: Value): string | undefined {
  const { code, start, end } = value;
  if (code === 0xa1 || code === 0xb1) {
    const text = bytes.toString('utf8', start, end);
    return text.startsWith('AMQP_') ? STRING + text : text;
  }
  if (code === 0xa0 || code === 0xb0) return BINARY + bytes.toString('hex', start, end);
  if (code === 0x98) return UUID + bytes.toString('hex', start, end);
  if (code === 0x80) return ULONG + bytes.readBigUInt64BE(start);
  return code === 0x53 || code === 0x44 ? ULONG + numberOf(bytes, value) : undefined;
}

function ulong(digits: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(digits));
  return bytes;
}

/** The id of a text that {@link readId} made, as rhea writes it. Its types say that every id is a text. */
export function writeId(text: string): string {
  const { types } = rhea;
  const after = (start: string) => (text.startsWith(start) ? text.slice(start.length) : undefined);
  const [binary, uuid, number] = [after(BINARY), after(UUID), after(ULONG)];
  if (binary !== undefined) return types.wrap_binary(Buffer.from(binary, 'hex')) as unknown as string;
  if (uuid !== undefined) return types.wrap_uuid(Buffer.from(uuid, 'hex')) as unknown as string;
  if (number !== undefined) return types.wrap_ulong(ulong(number)) as unknown as string;
  return after(STRING) ?? text;
}
