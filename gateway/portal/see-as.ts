/** See it as…: shows an example event, the copy that a persona receives, and the reason for each part that is withheld. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { markingOf } from '../../contracts/client/label.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Label } from '../labels/label.ts';
import type { PolicyDocument } from '../labels/policy-document.ts';
import type { Page } from '../pages/page.ts';
import type { Preview, Withheld } from '../pipeline/preview.ts';
import { linesOf } from './json-lines.ts';
import { POLICY_PATH, pathOf } from './paths.ts';
import { type Site, statedIn } from './site.ts';

export interface Asked {
  /** The name of a standard. */
  readonly event?: string;
  /** The number of the standard's example, from 1. */
  readonly example?: string;
  readonly as?: string;
}

const WITHOUT_CATEGORY: Readonly<Record<string, string>> = {
  classification: 'The clearance does not hold this classification',
  task: 'The task that the reader named does not need it',
  whole: 'It can hold anything of the event: only who may read all that the standard can hold gets it',
  'unknown-standard': 'The gateway does not know the standard',
};

/** Explains a reason code of a decision in words. */
function inWords(reason: string, label: Label | undefined, { categories }: PolicyDocument): string {
  const sentence = WITHOUT_CATEGORY[reason];
  if (sentence !== undefined) return sentence;
  const { kind, property = reason } = categories.find(({ id }) => id === reason) ?? {};
  const values = (label as unknown as Readonly<Record<string, unknown>> | undefined)?.[property];
  if (!Array.isArray(values) || values.length === 0) return `The clearance does not hold ${reason}`;
  const list = values.join(', ');
  return kind === 'permissive'
    ? `The clearance holds none of ${list} (${reason})`
    : `The clearance does not hold all of ${list} (${reason})`;
}

const rowOf = ({ portion, label, reasons, rules }: Withheld, policy: PolicyDocument) => ({
  portion: portion === '' ? undefined : { text: policy.portions[portion]?.title ?? portion, href: `${POLICY_PATH}#portion-${portion}` },
  marking: markingOf(label),
  restrictions: label.restrictions ?? [],
  reasons: reasons.map((reason) => inWords(reason, label, policy)),
  rules,
});

/** The parts that are withheld. Parts with the same label and reasons share a row. */
function rowsOf(withheld: readonly Withheld[], policy: PolicyDocument) {
  const rows = withheld.map(({ pointer, ...about }) => ({ pointer, row: rowOf({ pointer, ...about }, policy) }));
  const alike = Map.groupBy(rows, ({ row }) => JSON.stringify(row));
  return [...alike.values()].map((same) => ({ pointers: same.map(({ pointer }) => pointer), ...same[0]?.row }));
}

/** The members of an event to show. Its portions are left out: the table has the same information. */
const shownOf = ({ type, classification, rendition, data: { portions: _portions, ...data } }: SealedEvent): JsonObject =>
  ({ type, classification, ...(rendition === undefined ? {} : { rendition }), data }) as unknown as JsonObject;

const verdictOf = ({ verdict, withheld }: Preview): string => {
  if (verdict === 'permit') return 'All of it';
  return verdict === 'deny' ? 'Nothing' : `A redacted copy: ${withheld.length} ${withheld.length === 1 ? 'part is' : 'parts are'} withheld`;
};

/** The events to choose from: the examples of each standard that has a topic. */
function choicesOf({ context: { standards } }: Site) {
  return [...standards.byName.values()].flatMap(({ name, schemaId, hasTopic }) => {
    const schema = standards.files.get(schemaId);
    const examples = ((schema?.examples ?? []) as readonly JsonObject[]).map(statedIn);
    return hasTopic && examples.length > 0 ? [{ name, title: String(schema?.title ?? name), href: pathOf(schemaId), examples }] : [];
  });
}

/** The page; undefined where the gateway is not a sandbox, or where the example does not exist. */
export function seeAsPage(site: Site, query: Asked): Page | undefined {
  const { seeAs } = site.context;
  const choices = choicesOf(site);
  const choice = query.event === undefined ? choices[0] : choices.find(({ name }) => name === query.event);
  const number = Number(query.example ?? 1);
  const data = choice?.examples[number - 1];
  if (seeAs === undefined || choice === undefined || data === undefined) return undefined;
  const seen = seeAs(choice.name, data);
  if (seen === undefined) return undefined;
  const chosen = seen.personas.find(({ persona }) => persona === query.as) ?? seen.personas.at(-1);
  if (chosen === undefined) return undefined;
  const { preview } = chosen;
  const policy = site.context.policy();
  const isWithheld = preview.verdict === 'deny' ? () => true : isOneOf(preview.withheld.map(({ pointer }) => `/data${pointer}`));
  return {
    template: 'see-as',
    title: `See it as…: ${choice.title}${number > 1 ? ` (${number})` : ''}, as ${chosen.persona}`,
    section: 'sandbox',
    trail: [{ text: 'Sandbox', href: '/sandbox' }, { text: 'See it as…' }],
    choices: choices.map(({ name, title, examples }) => ({ name, title, count: examples.length })),
    chosen: {
      event: choice.name,
      title: choice.title,
      href: choice.href,
      example: number,
      count: choice.examples.length,
      persona: chosen.persona,
    },
    personas: seen.personas.map(({ persona, title, task, preview: personaPreview }) => ({
      persona,
      title,
      task,
      verdict: verdictOf(personaPreview),
    })),
    persona: { ...chosen, verdict: verdictOf(preview), because: preview.reasons.map((reason) => inWords(reason, undefined, policy)) },
    whole: linesOf(shownOf(seen.event), isWithheld),
    given: preview.event === undefined ? undefined : linesOf(shownOf(preview.event), () => false),
    withheld: rowsOf(preview.withheld, policy),
  };
}

/** Tests whether a pointer is one of the given ones. */
const isOneOf = (pointers: readonly string[]) => {
  const known = new Set(pointers);
  return (pointer: string): boolean => known.has(pointer);
};
