/** The transfer details in the outer layers of a message. The event keeps them, apart from the message's content. */
import type { Target } from '../xml/nodes.ts';

/** The parent and name of an envelope element, and the place for its text. A trailing `[]` collects several values. */
const FACTS: Readonly<Record<string, string>> = {
  'DeliverRequest/MessageIdentifier': 'identifier',
  'SubmitRequestMes/RequestID': 'identifier',
  'SubmitRequestMes/SourceID': 'source',
  'SubmitRequestMes/DestinationID': 'destinations[]',
  'SubmitRequestMes/Timestamp': 'created',
  'RequestingSystem/Name': 'requestingSystem',
  'OriginatingSystem/Name': 'originatingSystem',
  'OriginatingSystem/OrgUnitCode': 'organisationalUnit',
  'DataController/Organisation': 'dataController',
  'MessageMetadata/CreationDateTime': 'created',
  'MessageMetadata/ExpiryDateTime': 'expires',
  'MessageMetadata/SenderRequestedDestination': 'destinations[]',
  'MessageType/Type': 'type',
  'RequestFromSystem/CorrelationID': 'correlationId',
  'RequestFromSystem/SystemID': 'systemId',
  'RequestFromSystem/OrganizationalUnitID': 'organisationalUnit',
  'RequestFromSystem/DataController': 'dataController',
  'RequestFromSystem/User': 'user',
  'RequestFromSystem/SourceID': 'source',
  'RequestFromSystem/DestinationID': 'destinations[]',
  'RequestFromSystem/TestOperation': 'testOperation',
  'DataStream/DataStreamType': 'type',
  'DataStream/Reference': 'reference',
  'DataStream/Dated': 'dated',
  'DataStream/Timed': 'timed',
};

/** Adds the value of an envelope element, if the standard has a place for it. The first value wins. */
export function noteFact(facts: Target, parent: string, name: string, text: string): void {
  const value = text.trim();
  if (value === '') return;
  const key = FACTS[`${parent}/${name}`];
  if (key === undefined) return;
  if (key.endsWith('[]')) ((facts[key.slice(0, -2)] ??= []) as string[]).push(value);
  else facts[key] ??= value;
}

/** Elements whose text can be an escaped document. */
export const CARRIERS: ReadonlySet<string> = new Set(['DataStreamContent', 'Message']);
