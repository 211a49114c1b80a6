/** Reads an envelope: exactly what SOAP allows, and nothing that could be read in two ways (T62). */
import type { XmlTag } from '../../../adapters/xml/handler.ts';
import { scanXml } from '../../../adapters/xml/scan.ts';
import { ADDRESSING } from './addressing.ts';
import { ENVELOPES, type FaultCode, SoapFault } from './fault.ts';
import type { OperationForm, ServiceForm } from './services.ts';

/** A request as its envelope says it. Its body is not checked by the schema yet. */
export interface SoapRequest {
  readonly operation: OperationForm;
  /** The text of the elements in the body, by their path: `Filter/TimeFrom`. Only where the service has them. */
  readonly fields: ReadonlyMap<string, string>;
  /** The addressing header MessageID. */
  readonly messageId?: string;
}

const ANONYMOUS = `${ADDRESSING}/anonymous`;
const SECURITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
/** Where signed or encrypted content begins. Nothing here verifies it, so nothing may seem to be verified. */
const SIGNED = new Set(['http://www.w3.org/2000/09/xmldsig#', 'http://www.w3.org/2001/04/xmlenc#']);

const ONE_TIME_ADDRESSES = new Set(['Action', 'MessageID', 'To', 'From', 'ReplyTo', 'FaultTo']);
const ROLES_OF_ALL = new Set(['http://schemas.xmlsoap.org/soap/actor/next', 'http://www.w3.org/2003/05/soap-envelope/role/next']);
const ULTIMATE = 'http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver';

/** A request with fields has a few. Checking many by the schema takes a time that grows with their square. */
const MOST_FIELDS = 1000;

/** The depth of the elements in an envelope. */
const [ENVELOPE, PART, BLOCK] = [1, 2, 3];

function attribute({ attributes }: XmlTag, uri: string, local: string): string | undefined {
  for (const candidate of Object.values(attributes)) if (candidate.uri === uri && candidate.local === local) return candidate.value;
  return undefined;
}

class EnvelopeReader {
  readonly #service: ServiceForm;
  readonly #namespace: string;
  readonly #path: string[] = [];
  #depth = 0;
  #part: 'none' | 'Header' | 'Body' = 'none';
  #hasHeader = false;
  #hasBody = false;
  #operation: OperationForm | undefined;
  #block: XmlTag | undefined;
  #text = '';
  #elements = 0;
  readonly #fields = new Map<string, string>();
  /** Addressing headers, by their names. */
  readonly #addressing = new Map<string, string>();

  constructor(service: ServiceForm) {
    this.#service = service;
    this.#namespace = ENVELOPES[service.version];
  }

  open(tag: XmlTag): void {
    this.#depth++;
    this.#text = '';
    if (SIGNED.has(tag.uri)) throw new SoapFault('security-header');
    if (this.#depth === ENVELOPE) this.#envelope(tag);
    else if (this.#depth === PART) this.#openPart(tag);
    else if (this.#depth === BLOCK && this.#part === 'Header') this.#header(tag);
    else if (this.#depth === BLOCK) this.#body(tag);
    else if (this.#part === 'Body') this.#field(tag);
  }

  #envelope({ local, uri }: XmlTag): void {
    if (local !== 'Envelope') throw new SoapFault('not-an-envelope');
    if (uri !== this.#namespace) throw new SoapFault('wrong-version');
  }

  #openPart({ local, uri }: XmlTag): void {
    if (uri !== this.#namespace || (local !== 'Header' && local !== 'Body')) throw new SoapFault('not-an-envelope');
    if (local === 'Body' && this.#hasBody) throw new SoapFault('not-one-body');
    if (local === 'Header' && (this.#hasHeader || this.#hasBody)) throw new SoapFault('not-an-envelope');
    this.#hasHeader ||= local === 'Header';
    this.#hasBody ||= local === 'Body';
    this.#part = local;
  }

  #header(tag: XmlTag): void {
    this.#block = tag;
    const { usesAddressing, passesOverTokens, version } = this.#service;
    const isAddressing = usesAddressing && tag.uri === ADDRESSING;
    const role = attribute(tag, this.#namespace, version === '1.1' ? 'actor' : 'role') ?? '';
    const isForUs = role === '' || role === ULTIMATE || ROLES_OF_ALL.has(role);
    const mustUnderstand = /^\s*(?:1|true)\s*$/.test(attribute(tag, this.#namespace, 'mustUnderstand') ?? '');
    if (tag.uri === SECURITY && !passesOverTokens) throw new SoapFault('security-header');
    if (mustUnderstand && isForUs && !isAddressing) throw new SoapFault('not-understood');
    if (isAddressing && isForUs && ONE_TIME_ADDRESSES.has(tag.local)) {
      if (this.#addressing.has(tag.local)) throw new SoapFault('invalid-addressing');
      this.#addressing.set(tag.local, '');
    }
  }

  #body({ local, uri }: XmlTag): void {
    if (this.#operation !== undefined) throw new SoapFault('not-one-body');
    this.#operation = this.#service.operations.find((operation) => operation.element === local && operation.namespace === uri);
    if (this.#operation === undefined) throw new SoapFault('unknown-operation');
  }

  #field({ local }: XmlTag): void {
    if (this.#service.hasFields && ++this.#elements > MOST_FIELDS) throw new SoapFault('xml-limit');
    this.#path.push(local);
  }

  text(text: string): void {
    if (this.#depth <= PART) {
      if (/\S/.test(text)) throw new SoapFault('not-an-envelope');
    } else if (this.#part === 'Header' || this.#service.hasFields) this.#text += text;
  }

  close({ local }: XmlTag): void {
    if (this.#part === 'Header') this.#closeInHeader(local);
    else if (this.#part === 'Body' && this.#depth > BLOCK) {
      const path = this.#path.join('/');
      if (this.#service.hasFields && !this.#fields.has(path)) this.#fields.set(path, this.#text);
      this.#path.pop();
    }
    this.#text = '';
    if (this.#depth === PART) this.#part = 'none';
    this.#depth--;
  }

  #closeInHeader(local: string): void {
    const { uri, local: block } = this.#block ?? {};
    if (uri !== ADDRESSING || block === undefined || !this.#addressing.has(block)) return;
    if (this.#depth === BLOCK && (block === 'Action' || block === 'MessageID')) this.#addressing.set(block, this.#text.trim());
    if (this.#depth === BLOCK + 1 && local === 'Address') this.#addressing.set(block, this.#text.trim());
  }

  /** What the envelope asks for. */
  request(): SoapRequest {
    if (!this.#hasBody || this.#operation === undefined) throw new SoapFault('not-one-body');
    if (this.#service.usesAddressing) this.#checkAddressing(this.#operation);
    const messageId = this.#addressing.get('MessageID');
    return { operation: this.#operation, fields: this.#fields, ...(messageId === undefined ? {} : { messageId }) };
  }

  #checkAddressing({ action }: OperationForm): void {
    const said = this.#addressing.get('Action');
    if (said === undefined) throw new SoapFault('action-missing');
    if (said !== action) throw new SoapFault('action-not-supported');
    for (const name of ['ReplyTo', 'FaultTo'])
      if ((this.#addressing.get(name) ?? ANONYMOUS) !== ANONYMOUS) throw new SoapFault('only-anonymous');
  }
}

const XML_FAULTS: Readonly<Record<string, FaultCode>> = { 'xml-doctype': 'xml-doctype', 'xml-limit': 'xml-limit' };

/** Reads the envelope of a request to a service. Throws {@link SoapFault}. */
export function readEnvelope(text: string, service: ServiceForm): SoapRequest {
  const reader = new EnvelopeReader(service);
  const refused = scanXml(text, reader);
  if (refused !== undefined) throw new SoapFault(XML_FAULTS[refused.code] ?? 'xml-not-well-formed', refused.line);
  return reader.request();
}

/** Checks the SOAP action of HTTP: the header `SOAPAction` in SOAP 1.1, the parameter `action` in 1.2, where it may be absent. */
export function checkAction({ version }: ServiceForm, { action }: OperationForm, said: string | undefined): void {
  const statedAction = said?.trim().replace(/^"(.*)"$/, '$1');
  const isRight = statedAction === action || (statedAction === undefined && (version === '1.2' || action === ''));
  if (!isRight) throw new SoapFault('wrong-action');
}
