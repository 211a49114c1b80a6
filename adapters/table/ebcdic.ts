/** EBCDIC code pages 037 (United States, Canada) and 500 (international): the character for each byte. iconv-lite has neither. */

/** The Latin-1 character of each byte, in hexadecimal, in the order of the bytes. */
const CP037 =
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a' +
  '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22' +
  'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
  '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f';

/** The bytes with other characters in code page 500. */
const CP500_DIFFERS = { 74: '5b', 79: '21', 90: '5d', 95: '5e', 176: 'a2', 186: 'ac', 187: '7c' } as const;

const tableOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

const cp037 = tableOf(CP037);
const cp500 = cp037.slice();
for (const [byte, character] of Object.entries(CP500_DIFFERS)) cp500[Number(byte)] = Number.parseInt(character, 16);

const inverse = (table: Uint8Array): Uint8Array => {
  const back = new Uint8Array(256);
  for (const [byte, character] of table.entries()) back[character] = byte;
  return back;
};

const TABLES = { cp037: { to: cp037, from: inverse(cp037) }, cp500: { to: cp500, from: inverse(cp500) } } as const;

export type EbcdicPage = keyof typeof TABLES;

export const isEbcdic = (name: string): name is EbcdicPage => Object.hasOwn(TABLES, name);

/** Decodes EBCDIC. Every byte is one character of Latin-1, so nothing is lost. */
export function decodeEbcdic(bytes: Uint8Array, page: EbcdicPage): string {
  const { to } = TABLES[page];
  return Buffer.from(bytes.map((byte) => to[byte] as number)).toString('latin1');
}

/** Encodes a text; undefined where the code page does not have a character. */
export function encodeEbcdic(text: string, page: EbcdicPage): Uint8Array | undefined {
  const { from } = TABLES[page];
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (code > 0xff) return undefined;
    bytes[n] = from[code] as number;
  }
  return bytes;
}
