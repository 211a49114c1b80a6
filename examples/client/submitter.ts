/** Sends an event as a front-end does. Usage: INTERCHANGE_TOKEN=$(npx interchange token --as force) npx node examples/client/submitter.ts */
import { GatewayProblem, openInterchange } from '../../contracts/client/client.ts';

const url = process.env.INTERCHANGE_URL ?? 'http://127.0.0.1:8080';
const client = openInterchange({ url, token: process.env.INTERCHANGE_TOKEN ?? '' });

try {
  const receipt = await client.submit('uk.justice.case.registered.v1', {
    case: { urn: '52WX1000726' },
    defendants: [{ person: { name: { givenNames: ['Jory'], familyName: 'TREMAYNE' } }, offences: [{ code: 'CJ88116' }] }],
  });
  console.log(`${receipt.status}: ${receipt.events.map(({ id }) => id).join()}`);
} catch (error) {
  if (!(error instanceof GatewayProblem)) throw error;
  const { title, reasons = [] } = error.problem;
  console.error([title, ...reasons.map(({ at = '/', reason }) => `  ${at}: ${reason}`)].join('\n'));
  process.exitCode = 1;
}
