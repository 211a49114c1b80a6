/** The officer's front-end as a process: `npm run example:officer`. The only file here that looks at the environment. */
import { openInterchange } from '../../contracts/client/client.ts';
import { officerApp } from './app.ts';
import { Granted } from './granted.ts';
import { loadStandards } from './standards.ts';
import { clientCredentials } from './token.ts';

const { INTERCHANGE_URL: url = 'http://127.0.0.1:8080', INTERCHANGE_TOKEN, OFFICER_PORT = '8081' } = process.env;
const token = INTERCHANGE_TOKEN ?? clientCredentials({ url, clientId: 'officer', clientSecret: 'sandbox' });
const client = openInterchange({ url, token });
const standards = loadStandards();
const granted = new Granted(client, standards.task.id);
const app = officerApp({ client, granted, standards, log: (line) => console.log(line) });

// On this machine only: the app has no sign-in.
const server = app.listen(Number(OFFICER_PORT), '127.0.0.1', (error) => {
  if (error !== undefined) {
    console.error(`Port ${OFFICER_PORT} cannot be used: ${error.message}. Set OFFICER_PORT to another.`);
    process.exitCode = 1;
    return;
  }
  console.log(`The officer's front-end is on http://127.0.0.1:${OFFICER_PORT}, with the gateway on ${url}`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
await granted.catchUp();
