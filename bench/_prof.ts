import { context, source, labelling } from '../test/support/law.ts';
import { ingest, prepare } from '../gateway/pipeline/ingest.ts';
import { labelEvent } from '../gateway/labels/label-event.ts';
import { seal, disclosureOf, digestOf, baseDigest } from '../gateway/labels/seal.ts';
import { canonicalJson } from '../gateway/labels/canonical-json.ts';
import { decode } from '../gateway/pipeline/decode.ts';
import { messages } from './messages.ts';
import { CompactSign } from 'jose';
import { sign, generateKeyPairSync } from 'node:crypto';
const all = messages(); const own = source();
const dec = all.map(bytes => { const d = decode(context.adapters, {source: own, bytes}); if(!d.ok) throw 1; return {bytes, d}; });
const prep = dec.map(({bytes,d}) => { const p = prepare(context, {source: own, bytes}, d.adapter.id, d.events); if(!p.ok) throw 1; return p.value[0]!.event; });
const lab = prep.map(e => labelEvent(labelling, e, own.floor));
async function time(name: string, f: (i: number) => unknown, n = all.length) {
  for (let r=0;r<3;r++) for (let i=0;i<n;i++) await f(i);
  const t=performance.now(); for (let r=0;r<10;r++) for (let i=0;i<n;i++) { const x = f(i); if (x instanceof Promise) await x; }
  console.log(name, ((performance.now()-t)/n/10*1000).toFixed(1),'us');
}
const kp = generateKeyPairSync('ed25519');
await time('decode', i => decode(context.adapters, {source: own, bytes: all[i]!}));
await time('prepare', i => prepare(context, {source: own, bytes: all[i]!}, 'x', dec[i]!.d.events));
await time('check', i => context.standards.byName.get(dec[i]!.d.events[0]!.standard)!.check(dec[i]!.d.events[0]!.data));
await time('label', i => labelEvent(labelling, prep[i]!, own.floor));
await time('seal', i => seal(lab[i]!, 't', context.sealKey, context.identities.salts));
await time('salts', i => context.identities.salts('x'.repeat(43), 1500));
await time('messageId', i => context.identities.messageId('x', all[i]!));
await time('pseudonym', i => context.identities.pseudonym('case', 'abc'));
await time('canonical whole', i => canonicalJson(lab[i]!.event.data));
await time('baseDigest', i => baseDigest(lab[i]!.event.data, lab[i]!.event.data.portions.flatMap(p=>p.at)));
await time('json whole', i => JSON.stringify(lab[i]!.event.data));
await time('digest one', i => digestOf('abcdefghijklmnop', '/defendants/0/address', {label: lab[i]!.event.data.portions[0]!.label, value: 'x'} as never));
const payload = Buffer.alloc(3000, 97);
await time('jose', i => new CompactSign(payload).setProtectedHeader({alg:'EdDSA', typ:'x', kid:'k'}).sign(context.sealKey.key));
await time('node sign', i => sign(null, payload, kp.privateKey));
console.log('slots', lab.reduce((a,l)=>a+l.slots.length,0)/lab.length, 'present', lab.reduce((a,l)=>a+l.slots.filter(s=>s.isPresent).length,0)/lab.length, 'size', lab.reduce((a,l)=>a+JSON.stringify(l.event).length,0)/lab.length);
