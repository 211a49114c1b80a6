/** Checks requests by the schema in the WSDL. Nothing is ever fetched: what the schemas import is in the same WSDL. */
import {
  ParseOption,
  XmlBufferInputProvider,
  XmlDocument,
  type XmlElement,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from 'libxml2-wasm';
import { ENVELOPES, SoapFault, type SoapVersion } from './fault.ts';

/** No network, no external entities. The size of the request is bounded before. */
const SAFE = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NO_SYS_CATALOG | ParseOption.XML_PARSE_HUGE;

const XSD = 'http://www.w3.org/2001/XMLSchema';

/** Compiles the schemas in a WSDL to one validator. */
function compile(wsdl: string): XsdValidator {
  using document = XmlDocument.fromString(wsdl, { option: SAFE });
  const schemas = (document.find('/*/*/xs:schema', { xs: XSD }) as XmlElement[]).map((schema) => ({
    namespace: schema.attr('targetNamespace')?.value ?? '',
    text: schema.canonicalizeToString(),
  }));
  const placeOf = (namespace: string): string => `schema-${schemas.findIndex((candidate) => candidate.namespace === namespace)}.xsd`;
  const imported = (namespace: string): string => `<xs:import namespace="${namespace}" schemaLocation="${placeOf(namespace)}"/>`;
  const files = schemas.map(({ namespace, text }) => [
    placeOf(namespace),
    Buffer.from(text.replaceAll(/<xs:import namespace="([^"]*)"><\/xs:import>/g, (_, other: string) => imported(other))),
  ]);
  using all = XmlDocument.fromString(
    `<xs:schema xmlns:xs="${XSD}">${schemas.map(({ namespace }) => imported(namespace)).join('')}</xs:schema>`,
    { option: SAFE, url: 'all.xsd' },
  );
  xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(files) as Record<string, Uint8Array>));
  try {
    return XsdValidator.fromDoc(all);
  } finally {
    xmlCleanupInputProvider();
  }
}

export class BodySchema {
  readonly #validator: XsdValidator;
  readonly #version: SoapVersion;

  constructor(wsdl: string, version: SoapVersion) {
    this.#validator = compile(wsdl);
    this.#version = version;
  }

  /** Throws {@link SoapFault} where the element in the body of an envelope is not valid. */
  check(text: string): void {
    try {
      using document = XmlDocument.fromString(text, { option: SAFE });
      const element = document.get('/e:Envelope/e:Body/*', { e: ENVELOPES[this.#version] }) as XmlElement | null;
      if (element === null) throw new SoapFault('not-one-body');
      this.#validator.validate(element);
    } catch (error) {
      if (error instanceof SoapFault) throw error;
      // What the library says quotes the values of the request. The line says enough.
      const [detail] = (error as { readonly details?: readonly { readonly line: number }[] }).details ?? [];
      throw new SoapFault('invalid-body', detail?.line);
    }
  }
}
