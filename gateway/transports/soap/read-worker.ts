/** Reads large requests in a separate thread, so that no other request waits for them. */
import { parentPort } from 'node:worker_threads';
import { SoapFault } from './fault.ts';
import { type RawRequest, RequestChecker } from './read-request.ts';

const port = parentPort as NonNullable<typeof parentPort>;
const checker = new RequestChecker();

port.on('message', (request: RawRequest) => {
  try {
    port.postMessage({ request: checker.read(request) });
  } catch (error) {
    port.postMessage({ fault: error instanceof SoapFault ? { code: error.code, line: error.line } : { code: 'failed' } });
  }
});
