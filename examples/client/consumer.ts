/** Follows new cases, verifies each and says whom it is about. Usage: INTERCHANGE_TOKEN=$(npx interchange token --as cps) npx node examples/client/consumer.ts */
import { openInterchange } from '../../contracts/client/client.ts';

const url = process.env.INTERCHANGE_URL ?? 'http://127.0.0.1:8080';
const client = openInterchange({ url, token: process.env.INTERCHANGE_TOKEN ?? '' });
let most = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);

// Keep the cursor when you have dealt with an event: give it back, and you go on after it.
for await (const { event } of client.follow({ type: 'uk.justice.case.registered.v1' })) {
  const names = (event.data.defendants ?? []).map(({ person }) => person?.name?.familyName ?? '(withheld)');
  console.log(`${(await client.verify(event)) ? 'verified' : 'NOT VERIFIED'}  ${event.data.case?.urn}: ${names.join(', ')}`);
  if (--most <= 0) break;
}
