/** The Standard Prosecutor Interface (Libra and Common Platform ~ police), schema 0.6g: reads and writes. */
import type { Adapter } from '../adapter.ts';
import { decodeXml } from '../xml/decode.ts';
import { encodeXml } from '../xml/encode.ts';
import { fieldsOf } from '../xml/fields.ts';
import { rootOf } from '../xml/reader.ts';
import type { MessageSpec } from '../xml/table.ts';
import { NEW_CASE } from './new-case.ts';
import { RESULTED_CASE } from './resulted-case.ts';

function spiAdapter(spec: MessageSpec, title: string): Adapter {
  const root = rootOf(spec);
  const name = new RegExp(`[<:;]${spec.root.name}[\\s>/&]`);
  return {
    id: spec.id,
    title,
    version: '1.1.0',
    mediaTypes: ['application/spi+xml', 'application/xml', 'text/xml'],
    standards: [spec.standard],
    carriesMarkings: false,
    fields: fieldsOf(spec),
    detect: (head) => name.test(head),
    decode: (message, context) => decodeXml(spec, root, message, context?.charset),
    encode: (events, options) => encodeXml(spec, root, events, options),
  };
}

/** Court to police, CPS and probation. */
export const resultedCase = spiAdapter(RESULTED_CASE, 'SPI resulted case: the outcome of a hearing');

/** Police to court and CPS. */
export const newCase = spiAdapter(NEW_CASE, 'SPI new case');
