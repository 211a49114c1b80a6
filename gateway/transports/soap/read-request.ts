/** From the bytes of a request to what it asks for: envelope, SOAP action, and the schema of the WSDL. */
import { decodeText } from '../../../adapters/charset.ts';
import { checkAction, readEnvelope, type SoapRequest } from './envelope.ts';
import { SoapFault } from './fault.ts';
import { BodySchema } from './schema.ts';
import { SERVICES, type ServiceName, wsdlOf } from './services.ts';

/** A request as HTTP brought it. */
export interface RawRequest {
  readonly service: ServiceName;
  readonly bytes: Uint8Array;
  readonly charset?: string;
  /** The SOAP action, as HTTP says it. */
  readonly action?: string;
}

/** Reads requests. A schema is compiled with the first request of its service. */
export class RequestChecker {
  readonly #schemas = new Map<ServiceName, BodySchema>();

  /** Throws {@link SoapFault}. */
  read({ service: name, bytes, charset, action }: RawRequest): SoapRequest {
    const service = SERVICES[name];
    const decoded = decodeText(bytes, charset);
    if (!decoded.ok) throw new SoapFault('charset', decoded.refusals[0].line);
    const { text } = decoded.value;
    const request = readEnvelope(text, service);
    checkAction(service, request.operation, action);
    this.#schema(name).check(text);
    return request;
  }

  #schema(name: ServiceName): BodySchema {
    const schema = this.#schemas.get(name) ?? new BodySchema(wsdlOf(name), SERVICES[name].version);
    this.#schemas.set(name, schema);
    return schema;
  }
}
