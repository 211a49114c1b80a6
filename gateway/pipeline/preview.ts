/** Shows what each reader would receive of an example event, and why the other parts would be withheld. Stores nothing. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';
import { reasonsAgainst } from '../labels/decision.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { CompiledClearance, Label } from '../labels/label.ts';
import { type Labelled, labelEvent } from '../labels/label-event.ts';
import { homeOf, levelTopics } from '../labels/levels.ts';
import type { Profile } from '../labels/profile.ts';
import { decide } from '../labels/redact.ts';
import { type Sealed, type SealKey, seal } from '../labels/seal.ts';
import type { Standard } from '../rules/standards.ts';
import { topicOf } from '../wire/topics.ts';
import { NO_ANSWERS } from './ingest.ts';
import { protect } from './protect.ts';
import { type PrepareContext, prepare } from './read.ts';

export interface PreviewContext extends PrepareContext {
  /** A key that no gateway trusts, so that an example cannot pass for a real event. */
  readonly sealKey: SealKey;
  readonly now: () => number;
}

export interface PreviewReader {
  readonly clearance: CompiledClearance;
  /** The task that the reader names. */
  readonly profile?: Profile;
}

/** A portion that is withheld from a reader. */
export interface Withheld {
  readonly pointer: string;
  /** The class of the portion; empty for a code that is not in its list. */
  readonly portion: string;
  readonly label: Label;
  /** `classification`, the ids of categories that the clearance lacks, `task`, or `whole` for a portion that needs clearance for everything. */
  readonly reasons: readonly string[];
  /** The rules that raised it. */
  readonly rules: readonly { readonly title: string; readonly law: string }[];
}

/** What a reader would receive: the complete event, a redacted copy, or nothing. */
export interface Preview {
  readonly verdict: 'permit' | 'redact' | 'deny';
  readonly event?: SealedEvent;
  readonly withheld: readonly Withheld[];
  /** The reasons why the complete event is withheld. */
  readonly reasons: readonly string[];
}

const RECORDED = { sequence: '0000000000000000' };

/** The event that the gateway would make from some data; undefined where it would refuse the data. */
function make(
  context: PreviewContext,
  standard: Standard,
  data: JsonObject,
): { readonly labelled: Labelled; readonly sealed: Sealed } | undefined {
  const labelling = context.labelling();
  const floor = labelling.policy.lowest;
  const source = { id: 'example.source', floor, submits: new Set([standard.name]) };
  const stamp = { ...RECORDED, recordedtime: new Date(context.now()).toISOString() };
  const bytes = Buffer.from(JSON.stringify(data));
  const messageId = context.identities.messageId(source.id, bytes);
  const prepared = prepare(context, { source, bytes, messageId, stamp }, 'example', [{ standard: standard.name, data, warnings: [] }]);
  if (!prepared.ok) return undefined;
  const [protectedEvent] = protect(labelling, prepared.value, floor, NO_ANSWERS, context.identities.pseudonym);
  if (protectedEvent === undefined) return undefined;
  const labelled = labelEvent(labelling, protectedEvent.event, floor, { found: protectedEvent.found });
  const topic = (level: string) => topicOf(standard, level);
  const topics = levelTopics(labelling.policy).map(topic);
  const sealed = seal(labelled, topics, (content) => topic(homeOf(labelling, content)), context.sealKey, context.identities.salts);
  return { labelled, sealed };
}

function withheldFrom(
  context: PreviewContext,
  { slots, compiled }: Labelled,
  delivered: SealedEvent | undefined,
  reader: PreviewReader,
): readonly Withheld[] {
  const labelling = context.labelling();
  return slots.flatMap(({ pointer, portion, label, raisedBy }) => {
    if (delivered !== undefined && at(delivered.data, pointer) !== undefined) return [];
    const portionLabel = label ?? compiled.eventLabel;
    const against = reasonsAgainst(labelling.policy, reader.clearance, portionLabel);
    const other = reader.profile === undefined ? 'whole' : 'task';
    return [
      {
        pointer,
        portion,
        label: labelling.spell(portionLabel),
        reasons: against.length > 0 ? against : [other],
        rules: [...new Map(raisedBy.map(({ title, law }) => [title, { title, law }])).values()],
      },
    ];
  });
}

/** What each reader would receive of an event of a standard, in the order of the readers, and the complete event. Undefined for invalid data. */
export function preview(
  context: PreviewContext,
  standard: Standard,
  data: JsonObject,
  readers: readonly PreviewReader[],
): { readonly event: SealedEvent; readonly readers: readonly Preview[] } | undefined {
  const complete = make(context, standard, data);
  if (complete === undefined) return undefined;
  const { labelled, sealed } = complete;
  const previews = readers.map((reader): Preview => {
    const terms = reader.profile === undefined ? {} : { profile: reader.profile };
    const decision = decide(context.labelling(), sealed, reader.clearance, context.now(), terms);
    if (decision.verdict === 'deny') return { verdict: 'deny', withheld: [], reasons: decision.reasons };
    const withheld = decision.verdict === 'permit' ? [] : withheldFrom(context, labelled, decision.event, reader);
    return { verdict: decision.verdict, event: decision.event, withheld, reasons: [] };
  });
  return { event: sealed.event, readers: previews };
}
