/** What the outer layers of a message say about its way: kept in the event, and never the message's content. */
import type { Target } from '../xml/nodes.ts';

/** Parent and name of an envelope element, and where its text goes. A trailing `[]` collects. */
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

/** Adds what an envelope element says, if it is one of the facts that the standard names. The first value wins. */
export function noteFact(facts: Target, parent: string, name: string, text: string): void {
  const value = text.trim();
  if (value === '') return;
  const key = FACTS[`${parent}/${name}`];
  if (key === undefined) return;
  if (key.endsWith('[]')) ((facts[key.slice(0, -2)] ??= []) as string[]).push(value);
  else facts[key] ??= value;
}

/** Elements whose text can be a whole document, escaped. */
export const CARRIERS: ReadonlySet<string> = new Set(['DataStreamContent', 'Message']);
