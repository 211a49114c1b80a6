/** A second reading of XML, independent of the adapters: libxml2, and its canonical form (C14N 1.0, with comments). */
import { readFileSync } from 'node:fs';
import { XmlDocument, type XmlElement, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';

const LIBRA = 'http://www.dca.gov.uk/xmlschemas/libra';
const MESSAGE = `//*[namespace-uri()='${LIBRA}' and (local-name()='ResultedCaseMessage' or local-name()='NewCaseMessage')]`;

/** Finds the SPI message inside whatever envelopes by libxml2 alone, and gives it to `use`. */
function withMessage<T>(text: string, use: (message: XmlElement, document: XmlDocument) => T): T | undefined {
  let source = text.replace(/^\ufeff/, '').trim();
  for (let depth = 0; depth < 8; depth++) {
    const isEscaped = source.startsWith('&lt;');
    using document = XmlDocument.fromString(isEscaped ? `<escaped>${source}</escaped>` : source.replace(/^<\?xml[^>]*\?>/, ''));
    if (!isEscaped) {
      const message = document.get(MESSAGE) as XmlElement | null;
      if (message !== null) return use(message, document);
    }
    const carrier = isEscaped
      ? document.root
      : (document.get("//*[local-name()='DataStreamContent' or local-name()='Message']") as XmlElement | null);
    if (carrier === null) return undefined;
    source = carrier.content.trim();
  }
  return undefined;
}

/** The canonical form of the message inside its envelopes: one information set, one form. */
export const canonicalMessage = (text: string): string | undefined =>
  withMessage(text, (message) => message.canonicalizeToString({ withComments: true }));

/** The canonical form of a whole document. */
export function canonicalDocument(text: string): string {
  using document = XmlDocument.fromString(text.replace(/^\ufeff/, ''));
  return document.canonicalizeToString({ withComments: true });
}

/** The canonical form of a whole document in whichever charset it declares. */
export function canonicalBytes(bytes: Uint8Array): string {
  using document = XmlDocument.fromBuffer(bytes);
  return document.canonicalizeToString({ withComments: true });
}

/** The canonical form of the first element of a name, wherever it is. */
export function canonicalElement(text: string, name: string): string | undefined {
  using document = XmlDocument.fromString(text.replace(/^\ufeff/, ''));
  const element = document.get(`//*[local-name()='${name}']`) as XmlElement | null;
  return element?.canonicalizeToString({ withComments: true });
}

/** The official schemas as a validator of the message inside its envelopes; the errors, or an empty list. */
export const officialSchema = (file: string): ((text: string) => readonly string[]) => validatorOf(file, canonicalMessage);

/** An official schema as a validator of the first element of a name. */
export const elementSchema = (file: string, name: string): ((text: string) => readonly string[]) =>
  validatorOf(file, (text) => canonicalElement(text, name));

function validatorOf(file: string, find: (text: string) => string | undefined): (text: string) => readonly string[] {
  xmlRegisterFsInputProviders();
  const validator = XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(file), { url: file }));
  return (text) => {
    const canonical = find(text);
    if (canonical === undefined) return ['There is no message'];
    using alone = XmlDocument.fromString(canonical);
    try {
      validator.validate(alone);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  };
}
