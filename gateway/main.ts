/** Opens all parts of the gateway, and connects them. No other file does this. */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { HOME } from './config.ts';
import { HTTP_CONTRACT } from './documents.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { openLog } from './log.ts';
import { InForce } from './rules/in-force.ts';
import { loadStandards } from './rules/standards.ts';
import { openAuthentication } from './start/authentication.ts';
import { openConfiguration } from './start/configuration.ts';
import { openExchange } from './start/exchange.ts';
import { openHttp } from './start/http.ts';
import { openStorage } from './start/storage.ts';
import { openTransports } from './start/transports.ts';
import { loadContract } from './transports/http/contract.ts';
import { openDevelopmentIssuer } from './transports/http/issuer.ts';
import { makeObserve } from './transports/http/observe.ts';
import { openTracer, SILENT } from './transports/http/trace.ts';
import { loadTransports } from './transports/kinds.ts';
import { makeReceive } from './transports/receive.ts';
import type { OpenedTransport } from './transports/transport.ts';
import { openExpiring } from './upkeep/expiring.ts';
import { VERSION } from './version.ts';

/**
 * Starts a gateway. Rejects with the reason when a part cannot be opened; then no part stays open. Each part is closed in the reverse of
 * the order in which it is opened here.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, production = false, now = Date.now, logTo, reset } = options;
  await using stack = new AsyncDisposableStack();
  const log = openLog(config.logLevel, logTo);
  const standards = options.standards ?? loadStandards(join(HOME, 'schemas'));
  const contract = options.contract ?? loadContract(HTTP_CONTRACT, standards);
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  const inForce = await InForce.load(config, standards);
  const { issuer: issuerKey } = inForce.keys;
  const issuer = config.auth.jwksUri === undefined ? await openDevelopmentIssuer(config.auth, issuerKey, production, now) : undefined;
  const name = config.name ?? hostname();
  const tracer = config.tracing === undefined ? SILENT : await openTracer(config.tracing.endpoint, name);
  stack.defer(() => tracer.close());
  const observe = makeObserve(log, now, tracer);
  const stopping = new AbortController();
  const transports = new Map<string, OpenedTransport>();
  const context = { config, inForce, standards, log, observe, now, transports };
  const storage = await openStorage(stack, { ...context, name });
  const exchange = openExchange(stack, { ...context, storage });
  const receiveFrom = (transport: string) => makeReceive(exchange.intake, transport);
  const authentication = openAuthentication(stack, context, issuer);
  const configuration = openConfiguration(inForce, config.dataFolder, now);
  const loadedTransports = await loadTransports(config.transports ?? []);
  const expiring = await openExpiring(config, loadedTransports, authentication.issuerEnds);
  const { url, metricsUrl } = await openHttp({
    ...context,
    name,
    expiring,
    storage,
    exchange,
    issuer,
    authentication,
    configuration,
    contract,
    version: VERSION,
    reset,
    stopping: stopping.signal,
  })(stack, receiveFrom('http'));
  const noted = () => {
    const digest = configuration.note();
    return digest === undefined ? undefined : `configuration ${digest}`;
  };
  await storage.writeStart(noted());
  const transportsContext = { ...context, name, authentication, loadedTransports, isDevelopment: !production };
  await openTransports(stack, transportsContext, receiveFrom, transports);
  await exchange.begin(() => stopping.signal.aborted);
  const { policyName } = inForce;
  log.info({ url, metricsUrl, policy: policyName(), dataFolder: config.dataFolder }, 'ready');

  const opened = stack.move();
  const close = async () => {
    stopping.abort();
    await opened.disposeAsync();
    log.info('stopped');
    log.flush();
  };
  let closing: Promise<void> | undefined;
  return {
    url,
    metricsUrl,
    issuer,
    transports,
    standards,
    rules: inForce.rules,
    reload: async (next = config) => {
      await inForce.reload(next);
      exchange.reload();
      const change = noted();
      if (change !== undefined)
        await storage.journal.commit([], [{ action: 'alteration', who: 'gateway', decision: 'none', policy: policyName(), change }]);
      log.info({ policy: policyName(), adapters: inForce.adapters().map(({ id }) => id) }, 'policy loaded');
      void storage.topics?.check();
    },
    reloadKeys: async () => {
      await storage.ring?.reload();
      await inForce.reloadKeys();
      exchange.reload();
      log.info({ kid: inForce.keys.seal.kid }, 'keys loaded');
    },
    close: () => (closing ??= close()),
  };
}
