/** The services that the gateway has: which WSDL each serves, and which elements its operations take. */
import { readFileSync } from 'node:fs';
import type { SoapVersion } from './fault.ts';

export type ServiceName = 'cjse' | 'court-lists' | 'darts';

/** An operation, by the element that its requests have in the body. */
export interface OperationForm {
  readonly name: string;
  readonly namespace: string;
  readonly element: string;
  /** The SOAP action, and that of WS-Addressing. Empty where the WSDL has none. */
  readonly action: string;
}

/** What can be said of a service without an open gateway. */
export interface ServiceForm {
  readonly name: ServiceName;
  readonly version: SoapVersion;
  /** Whether the headers of WS-Addressing are understood, and Action is demanded. */
  readonly usesAddressing: boolean;
  /** Whether a header of WS-Security is passed over that holds only a token, as existing clients send one. Nothing is trusted for it. */
  readonly passesOverTokens: boolean;
  /** Whether the message is text in an element of the request; otherwise the request is the message. */
  readonly hasFields: boolean;
  readonly operations: readonly OperationForm[];
}

const CJSE = 'http://schemas.cjse.gov.uk/endpoint/types/';
const LIBRA = 'http://www.justice.gov.uk/magistrates/external/ExternalDocumentRequest';
const XHIBIT = 'http://www.courtservice.gov.uk/schemas/courtservice';
const DARTS = 'http://com.synapps.mojdarts.service.com';

const dartsOperation = (name: string): OperationForm => ({ name, namespace: DARTS, element: name, action: '' });

const xhibitList = (name: string, element: string): OperationForm => ({ name, namespace: XHIBIT, element, action: name });

export const SERVICES: Readonly<Record<ServiceName, ServiceForm>> = {
  cjse: {
    name: 'cjse',
    version: '1.1',
    usesAddressing: false,
    passesOverTokens: false,
    hasFields: true,
    operations: [
      { name: 'submit', namespace: CJSE, element: 'SubmitRequestMes', action: 'http://schemas.cjse.gov.uk/endpoint/wsdl/submit' },
      { name: 'retrieve', namespace: CJSE, element: 'RetrieveRequestMes', action: 'http://schemas.cjse.gov.uk/endpoint/wsdl/retrieve' },
    ],
  },
  'court-lists': {
    name: 'court-lists',
    version: '1.2',
    usesAddressing: true,
    passesOverTokens: false,
    hasFields: false,
    operations: [
      { name: 'externalDocument', namespace: LIBRA, element: 'ExternalDocumentRequest', action: 'externalDocument' },
      xhibitList('dailyList', 'DailyList'),
      xhibitList('firmList', 'FirmList'),
      xhibitList('warnedList', 'WarnedList'),
    ],
  },
  darts: {
    name: 'darts',
    version: '1.1',
    usesAddressing: false,
    passesOverTokens: true,
    hasFields: true,
    operations: [dartsOperation('addCase'), dartsOperation('addLogEntry'), dartsOperation('addDocument')],
  },
};

/** The WSDL of a service. Its address is not in it yet. */
export const wsdlOf = (name: ServiceName): string => readFileSync(new URL(`./wsdl/${name}.wsdl`, import.meta.url), 'utf8');
