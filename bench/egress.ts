/** How many events a second can be decided on and redacted for one reader? */
import type { SealedEvent, VerifiedEvent } from '../gateway/labels/event.ts';
import { decide } from '../gateway/labels/redact.ts';
import { clearanceOf, eventsOf, labelling, must, NOW, verifier } from '../test/support/rules-in-force.ts';
import { compare, perSecond, type Row } from './clock.ts';
import { messages } from './messages.ts';

const TURNS = 40;

export async function egress(): Promise<readonly Row[]> {
  const sealVerifier = verifier();
  const verified: VerifiedEvent[] = [];
  const sealed: { readonly event: SealedEvent; readonly topic: string }[] = [];
  for (const bytes of messages())
    for (const { event, topic } of await eventsOf(bytes)) {
      sealed.push({ event, topic });
      verified.push(must(await sealVerifier.verify(event, topic)));
    }
  const [supplier, cps] = [clearanceOf('supplier'), clearanceOf('cps')];
  const run = (clearance: typeof cps) => () => {
    for (let turn = 0; turn < TURNS; turn++) for (const event of verified) decide(labelling, event, clearance, NOW);
  };
  const {
    permit = 1,
    redact = 1,
    verify = 1,
  } = await compare(7, {
    permit: run(cps),
    redact: run(supplier),
    verify: async () => {
      for (const { event, topic } of sealed) await sealVerifier.verify(event, topic);
    },
  });
  const count = verified.length * TURNS;
  return [
    { question: 'decide, whole event', rate: `${perSecond(count, permit)} events/s` },
    { question: 'decide + redact', rate: `${perSecond(count, redact)} events/s` },
    { question: 'verify portions and base (signature known)', rate: `${perSecond(verified.length, verify)} events/s` },
  ];
}
