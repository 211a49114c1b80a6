/** T38: the bits of a clearance mean something only under the policy that it was compiled against. */
import { expect, it } from 'vitest';
import type { Labelling } from '../../gateway/labels/label-event.ts';
import { deliver } from '../../gateway/pipeline/deliver.ts';
import { RecordVerifier } from '../../gateway/pipeline/record-verifier.ts';
import { NOTHING_KNOWN } from '../../gateway/protections/register.ts';
import { compileRulesInForce } from '../../gateway/rules/compiled-rules.ts';
import { clearanceOf, config, eventOf, labelling, NOW, policy, publicKey, sampleCase, standards } from '../support/rules-in-force.ts';

/** The policy with one restriction more, before the others: every bit of them moves. */
const { version, continues = [], categories } = policy.document;
const next = compileRulesInForce(config, standards, {
  ...policy.document,
  version: '1.99.0',
  continues: [...continues, version],
  categories: categories.map((category) =>
    category.id === 'restrictions'
      ? { ...category, values: [{ id: 'NEW_ORDER', title: 'A new order', law: 'A new Act' }, ...category.values] }
      : category,
  ),
});

it('an event is not given to a client whose clearance is of another policy, before or during its verification', async () => {
  const { event, topic } = await eventOf(sampleCase);
  const record = { topic, key: event.partitionkey, value: Buffer.from(JSON.stringify(event)), headers: {} };
  let current: Labelling = labelling;
  const records = new RecordVerifier(
    () => current,
    () => publicKey,
  );
  const context = { now: () => NOW, labelling: () => current, records, known: () => NOTHING_KNOWN };
  const give = async (clearance = clearanceOf('cps')) => {
    const delivery = await deliver(context, record, clearance);
    return delivery.ok ? delivery.value.decision.verdict : delivery.refusals.map(({ code }) => code);
  };
  expect(await give()).toBe('permit');
  const under = give();
  current = next.labelling;
  expect(await under).toEqual(['label-unknown-policy']);
  expect(await give()).toEqual(['label-unknown-policy']);
  const cps = [...next.clients.values()].find(({ id }) => id === config.clients.find(({ persona }) => persona === 'cps')?.id);
  expect(await give(cps?.clearance)).toBe('permit');
});
