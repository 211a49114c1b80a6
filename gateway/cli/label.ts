/** `interchange label explain`: which portion of a message got which label, and by which rule. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, success } from '../../adapters/result.ts';
import { markingOf } from '../../contracts/client/label.ts';
import { HOME, readConfig } from '../config.ts';
import { readLabel, writeLabel } from '../labels/confidentiality-label.ts';
import { displayOf } from '../labels/display.ts';
import type { Label } from '../labels/label.ts';
import { compileLabel, compilePolicy } from '../labels/policy.ts';
import { PROTECTION_REASONS } from '../labels/policy-document.ts';
import { invalidities } from '../labels/validity.ts';
import { checkPolicy, type RulesInForce, readPolicy } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { refusalLine } from './refusal-line.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';
import { type Explained, openWorkbench } from './workbench.ts';

/** A label in one line, for people. */
function lineOf(label: Label): string {
  const { policy, classification, sensitive, legacy, categories: policyCategories = {}, ...categories } = label;
  const parts = Object.entries({ ...categories, ...policyCategories }).map(
    ([name, values]) => `${name}: ${(values as readonly string[]).join(', ') || 'nobody'}`,
  );
  return [markingOf(label), ...parts].join('; ');
}

/** Reads a label from XML to JSON, writes one from JSON to ADatP-4774 XML, or shows either as people read it, under a policy. */
function exchange(
  action: 'read' | 'write' | 'display',
  file: string | undefined,
  more: readonly string[],
  values: Values,
  io: Io,
): ExitCode {
  if (file === undefined || more.length > 0) throw new UsageError(`Usage: interchange label ${action} FILE`);
  const policy = compilePolicy(
    checkPolicy(loadStandards(join(HOME, 'schemas')), readPolicy(textOf(values, 'policy') ?? readConfig(io.env).policyFile)),
  );
  const text = readFileSync(file, 'utf8');
  const isXml = action === 'read' || (action === 'display' && text.trimStart().startsWith('<'));
  const label = isXml ? readLabel(policy, text) : success(JSON.parse(text) as Label);
  const compiled = label.ok ? compileLabel(policy, label.value) : label;
  if (!label.ok || !compiled.ok) return refuse(file, compiled, io);
  if (action === 'write') {
    const written = writeLabel(policy, label.value);
    if (!written.ok) return refuse(file, written, io);
    io.data(Buffer.from(`${written.value}\n`));
    return 0;
  }
  const wrong = invalidities(policy, compiled.value);
  if (action === 'display') io.out(displayOf(policy, label.value));
  else io.json(label.value);
  for (const { reason, at } of wrong) io.err(`${file}: not valid under the policy: ${reason}, at ${at}`);
  return wrong.length === 0 ? 0 : 1;
}

function refuse(file: string, result: Result<unknown>, io: Io): ExitCode {
  for (const refusal of result.ok ? [] : result.refusals) io.err(`${file}: refused: ${refusalLine(refusal)}`);
  return 1;
}

export const verb: Verb = {
  ...VERBS.label,
  run: async (values, [action, file, ...more], io) => {
    if (action === 'read' || action === 'write' || action === 'display') return exchange(action, file, more, values, io);
    if (action !== 'explain' || file === undefined || more.length > 0)
      throw new UsageError('Usage: interchange label explain|read|write|display FILE');
    return explain(file, values, io);
  },
};

/** Says of each portion which label it gets, and why; first who must not be identified. */
async function explain(file: string, values: Values, io: Io): Promise<ExitCode> {
  const { events, rules } = await openWorkbench(io.env);
  const made = await events(readFileSync(file));
  if (!made.ok) {
    for (const refusal of made.refusals) io.err(`${file}: refused: ${refusalLine(refusal)}`);
    return 1;
  }
  for (const event of made.value.events) {
    if (values.json === true) io.json(asData(event, rules));
    else io.out(...asLines(event, rules));
  }
  return 0;
}

const portionsOf = ({ event, slots }: Explained, { labelling }: RulesInForce) =>
  slots.map(({ pointer, portion, label, isUnlisted, raisedBy }) => ({
    pointer,
    portion,
    because: isUnlisted ? NOT_LISTED : (labelling.policy.document.portions[portion]?.title ?? ''),
    label: label === undefined ? event.data.label : labelling.spell(label),
    raisedBy,
  }));

const NOT_LISTED = 'A code that is not in its list or form can say anything, so it carries the label of the event';

const asData = (explanation: Explained, rules: RulesInForce) => ({
  type: explanation.event.type,
  label: explanation.event.data.label,
  protections: explanation.protections.map(({ at, restrictions, reason, title, law, until }) => ({
    at,
    restrictions,
    reason,
    title,
    law,
    until,
  })),
  portions: portionsOf(explanation, rules),
});

function* asLines(explanation: Explained, rules: RulesInForce): Generator<string> {
  const { event, protections } = explanation;
  yield `${event.type}: ${lineOf(event.data.label)}`;
  for (const { at = 'somebody whom the event does not name', restrictions, reason, title, until } of protections) {
    const end = until === undefined ? '' : `, until ${until}`;
    yield `  Must not be identified: ${at} (${restrictions.join(', ')}${end})`;
    yield `      ${reason}: ${PROTECTION_REASONS[reason]}. ${title}`;
  }
  yield '  Everything that is not a portion: OFFICIAL, or what the source’s floor and the sender’s assertion make of it.';
  for (const { pointer, portion, because, label, raisedBy } of portionsOf(explanation, rules)) {
    yield `  ${pointer}`;
    yield portion === '' ? `      ${because}: ${lineOf(label)}` : `      portion ${portion}: ${lineOf(label)}`;
    const raised = new Set(raisedBy.map(({ title, law }) => `${title} (${law})`));
    for (const rule of raised) yield `      raised: ${rule}`;
  }
}
