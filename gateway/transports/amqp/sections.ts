/** Reads a message of AMQP 1.0: its bytes, and the few properties that the gateway uses. Everything else is passed over, unmade. */
import type { Unread } from '../queue.ts';
import { isPlainText, mediaTypeIn } from '../queue.ts';
import { type Described, itemsOf, Malformed, numberOf, readValue, type Value } from './encoding.ts';
import { readId } from './message-id.ts';

export interface AmqpMessage {
  readonly content: Uint8Array | Exclude<Unread, 'too-large'>;
  readonly mediaType?: string;
  readonly replyTo?: string;
  readonly correlationId?: string;
}

/** The sections of a message, by the numbers of their descriptors (part 3 of the standard). */
const [PROPERTIES, DATA, SEQUENCE, VALUE] = [0x73, 0x75, 0x76, 0x77];
const NAMES: Readonly<Record<string, number>> = {
  'amqp:properties:list': PROPERTIES,
  'amqp:data:binary': DATA,
  'amqp:amqp-sequence:list': SEQUENCE,
  'amqp:value:*': VALUE,
};
/** The places of properties in their list. */
const [MESSAGE_ID, REPLY_TO, CORRELATION_ID, CONTENT_TYPE] = [0, 4, 5, 6];

const isBinary = ({ code }: Value): boolean => code === 0xa0 || code === 0xb0;
const isString = ({ code }: Value): boolean => code === 0xa1 || code === 0xb1;
const isSymbol = ({ code }: Value): boolean => code === 0xa3 || code === 0xb3;

const textOf = (bytes: Buffer, { start, end }: Value): string => bytes.toString('utf8', start, end);

const sectionOf = (bytes: Buffer, { descriptor }: Described): number | undefined =>
  isSymbol(descriptor) ? NAMES[textOf(bytes, descriptor)] : numberOf(bytes, descriptor);

const propertyOf = (bytes: Buffer, value: Value | undefined): string | undefined =>
  value !== undefined && (isString(value) || isSymbol(value)) ? textOf(bytes, value) : undefined;

const plain = (text: string | undefined): string | undefined => (text !== undefined && isPlainText(text) ? text : undefined);

/** What a reply repeats: the correlation id, or the id of the message where there is none. */
function propertiesOf(bytes: Buffer, list: Value): Omit<AmqpMessage, 'content'> {
  const items = itemsOf(bytes, list, CONTENT_TYPE + 1);
  const replyTo = plain(propertyOf(bytes, items[REPLY_TO]));
  const [id, correlation] = [items[MESSAGE_ID], items[CORRELATION_ID]].map((item) => item && plain(readId(bytes, item)));
  const correlationId = correlation ?? id;
  const mediaType = mediaTypeIn(propertyOf(bytes, items[CONTENT_TYPE]));
  return {
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(mediaType === undefined ? {} : { mediaType }),
  };
}

/** Reads a message. Never throws: what cannot be read says so in its content. */
export function readMessage(bytes: Buffer): AmqpMessage {
  let properties: Omit<AmqpMessage, 'content'> = {};
  const parts: Buffer[] = [];
  let isOther = false;
  try {
    for (let offset = 0; offset < bytes.length; ) {
      const section = readValue(bytes, offset);
      offset = section.end;
      if (!('descriptor' in section)) throw new Malformed();
      const kind = sectionOf(bytes, section);
      if (kind === PROPERTIES) properties = propertiesOf(bytes, section);
      else if (kind === DATA || kind === VALUE) {
        if (isBinary(section) || (kind === VALUE && isString(section))) parts.push(bytes.subarray(section.start, section.end));
        else isOther = true;
      } else if (kind === SEQUENCE) isOther = true;
    }
  } catch (error) {
    if (error instanceof Malformed) return { ...properties, content: 'malformed' };
    throw error;
  }
  const [first = new Uint8Array()] = parts;
  return { ...properties, content: isOther ? 'not-bytes' : parts.length > 1 ? Buffer.concat(parts) : first };
}
