/** Opens the HTTP listeners: the operations of the contract, the portal and the metrics. */
import type { Express } from 'express';
import type { Logger } from 'pino';
import { REFUSALS } from '../../adapters/refusal.ts';
import type { Config, ListenerConfig } from '../config.ts';
import { BUS_CONTRACT, CONTRACT_FILE, DOCUMENTS, HTTP_CONTRACT, VERIFY_PROGRAM } from '../documents.ts';
import { PUBLISHED, readPublication } from '../governance/publication.ts';
import { PROTECTION_REASONS } from '../labels/policy-document.ts';
import { offeredPackages } from '../packages.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { Site } from '../portal/site.ts';
import { REASONS } from '../quality/assess.ts';
import { Cursors } from '../reading/cursor.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Standards } from '../rules/standards.ts';
import { ByteBudget } from '../transports/byte-budget.ts';
import { helpWith } from '../transports/http/advice.ts';
import { makeApp } from '../transports/http/app.ts';
import { Authenticator, type Authority } from '../transports/http/auth.ts';
import { loadContract } from '../transports/http/contract.ts';
import type { DevelopmentIssuer } from '../transports/http/issuer.ts';
import { makeMetricsApp } from '../transports/http/metrics.ts';
import type { Observe } from '../transports/http/observe.ts';
import { makePortal } from '../transports/http/portal.ts';
import { PROBLEMS } from '../transports/http/problem.ts';
import { openRemoteAuthority } from '../transports/http/remote-authority.ts';
import { SCENARIOS } from '../transports/http/sandbox.ts';
import { type Listening, listen, stopListening } from '../transports/http/server.ts';
import { publish } from '../transports/http/standards.ts';
import type { OpenTransport, Transport } from '../transports/transport.ts';
import type { Exchange } from './exchange.ts';
import { openPreviews } from './previews.ts';
import type { Storage } from './storage.ts';

const STOP_MILLISECONDS = 10_000;
const YEAR = 365 * 86_400_000;

export interface HttpContext {
  readonly config: Config;
  readonly inForce: InForce;
  readonly standards: Standards;
  readonly storage: Storage;
  readonly exchange: Exchange;
  readonly issuer: DevelopmentIssuer | undefined;
  readonly log: Logger;
  readonly observe: Observe;
  readonly now: () => number;
  readonly version: string;
  readonly reset: (() => void) | undefined;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

export interface OpenHttp extends Transport {
  readonly url: string;
  readonly metricsUrl: string | undefined;
}

export const openHttp =
  (context: HttpContext): OpenTransport<OpenHttp> =>
  async (stack, receive) => {
    const { config, inForce, standards, storage, exchange, issuer, log, observe, now, version, reset, stopping } = context;
    const remote = openRemoteAuthority(config.auth, log);
    stack.defer(() => remote?.keys.close());
    const authority = (issuer ?? remote)?.authority as Authority;
    const sandbox =
      config.sandbox !== undefined && issuer !== undefined ? { issuer, reset, clients: () => inForce.config.clients } : undefined;
    const publication = readPublication(PUBLISHED);
    const documents = publish(standards, DOCUMENTS, publication);
    let url = config.publicUrl ?? '';
    let self = '';
    const site = new Site({
      standards,
      published: publication,
      adapters: inForce.adapters,
      problems: PROBLEMS,
      problemHelp: helpWith,
      version,
      http: HTTP_CONTRACT,
      bus: BUS_CONTRACT,
      verifyProgram: VERIFY_PROGRAM,
      limits: config.limits,
      sourceUrl: config.sourceUrl,
      canReset: reset !== undefined,
      packages: offeredPackages(),
      documentAt: (path) => documents.get(path)?.body,
      seeAs: sandbox && openPreviews({ inForce, standards, now }),
      policy: () => inForce.labelling().policy.document,
      reasons: { ...REFUSALS, ...REASONS, ...PROTECTION_REASONS },
      clients: () => (sandbox === undefined ? [] : inForce.config.clients),
      scenarios: sandbox === undefined ? undefined : SCENARIOS,
      url: () => url,
    });
    const app = makeApp({
      ...storage,
      ...exchange,
      standards,
      observe,
      sandbox,
      log,
      now,
      stopping,
      receive,
      portal: makePortal(site, sandbox && { issuer: sandbox.issuer, clients: sandbox.clients, self: () => self }),
      cursors: new Cursors(inForce.keys.cursor),
      identities: makeIdentities(inForce.keys.secret),
      contract: loadContract(CONTRACT_FILE, standards),
      authenticator: new Authenticator(authority, inForce.clients, now),
      limits: config.limits,
      origins: config.cors?.origins ?? [],
      budget: new ByteBudget({
        bytes: config.limits.bytesInFlight,
        perMinute: config.limits.bytesPerMinute,
        now,
        clients: () => inForce.clients().size,
      }),
      auditSeconds: config.limits.auditSeconds,
      issuerHealth: remote && (() => remote.keys.health),
      published: documents,
      info: () => ({
        name: 'justice-interchange',
        version,
        policy: inForce.policyName(),
        standards: [...standards.byType.keys()],
        adapters: inForce.adapters().map(({ id, version: own, title }) => ({ id, version: own, title })),
      }),
      sealKeys: () => inForce.keys.trustedKeys.map(({ jwk }) => jwk),
      clients: inForce.clients,
      mediaTypes: () => makeAdapters(inForce.adapters()).mediaTypes,
      isStopping: () => stopping.aborted,
      securityExpires: new Date(now() + YEAR).toISOString(),
    });
    const listeners: Listening[] = [];
    // A gateway that served requests finishes them. A gateway whose start failed has none.
    stack.defer(async () => {
      await Promise.all(listeners.map((one) => stopListening(one, stopping.aborted ? STOP_MILLISECONDS : 0)));
    });
    const open = async (served: Express, { host, port }: ListenerConfig): Promise<Listening> => {
      const listener = await listen(served, host, port, config.limits);
      listeners.push(listener);
      return listener;
    };
    const metrics = config.metrics === undefined ? undefined : await open(makeMetricsApp({ observe, log }), config.metrics);
    const main = await open(app, config);
    self = main.url;
    url ||= main.url;
    return { name: 'http', addresses: [main.url], url: main.url, metricsUrl: metrics?.url };
  };
