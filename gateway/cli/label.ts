/** `interchange label explain`: which portion of a message got which label, and by which rule. */
import { readFileSync } from 'node:fs';
import type { Label } from '../labels/label.ts';
import { labelSlots, spell } from '../labels/label-event.ts';
import { markingOf } from '../labels/policy.ts';
import { UsageError, type Verb } from './verb.ts';
import { openWorkbench } from './workbench.ts';

/** A label in one line, for people. */
export function lineOf(label: Label): string {
  const { policy, classification, sensitive, legacy, ...categories } = label;
  const parts = Object.entries(categories).map(([name, values]) => `${name}: ${(values as readonly string[]).join(', ') || 'nobody'}`);
  return [markingOf(label), ...parts].join('; ');
}

export const verb: Verb = {
  name: 'label',
  summary: 'explain FILE: which portion of a message gets which label, and by which rule',
  usage: 'explain FILE',
  example: 'interchange label explain examples/messages/new-case.xml',
  options: {},
  run: async (values, [action, file, ...more], io) => {
    if (action !== 'explain' || file === undefined || more.length > 0) throw new UsageError('Say: label explain FILE');
    const { events, law, standards } = await openWorkbench(io.env);
    const made = await events(readFileSync(file));
    if (!made.ok) {
      for (const { code, reason, line } of made.refusals)
        io.err(`${file}: refused: ${code}: ${reason}${line === undefined ? '' : `, line ${line}`}`);
      return 1;
    }
    for (const event of made.events) {
      const plan = standards.byType.get(event.type)?.plan;
      if (plan === undefined) continue;
      const { policy } = law.labelling;
      const slots = labelSlots(law.labelling, plan, event.data).filter(({ isPresent }) => isPresent);
      const explained = slots.map(({ pointer, portion, label, raisedBy }) => ({
        pointer,
        portion,
        because: policy.document.portions[portion]?.title ?? '',
        label: label === undefined ? event.data.label : spell(law.labelling, label),
        raisedBy: raisedBy.map(({ document: { id, title, law: act } }) => ({ id, title, law: act })),
      }));
      if (values.json === true) {
        io.out(JSON.stringify({ type: event.type, label: event.data.label, portions: explained }));
        continue;
      }
      io.out(`${event.type}: ${lineOf(event.data.label)}`);
      io.out('  Everything that is no portion: OFFICIAL, or what the source’s floor and the sender’s assertion make of it.');
      for (const { pointer, portion, label, raisedBy } of explained) {
        io.out(`  ${pointer}`);
        io.out(`      portion ${portion}: ${lineOf(label)}`);
        for (const { title, law: act } of raisedBy) io.out(`      raised: ${title} (${act})`);
      }
    }
    return 0;
  },
};
