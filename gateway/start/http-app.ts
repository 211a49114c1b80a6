/** Opens what answers HTTP requests: the operations of the contract and the portal. */
import type { Express } from 'express';
import { DOCUMENTS } from '../documents.ts';
import { PUBLISHED, readPublication } from '../governance/publication.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { Cursors } from '../reading/cursor.ts';
import { ByteBudget } from '../transports/byte-budget.ts';
import { makeApp } from '../transports/http/app.ts';
import type { Sandbox } from '../transports/http/sandbox.ts';
import { publish } from '../transports/http/standards.ts';
import type { Receive } from '../transports/transport.ts';
import { gatewayStateOf } from '../upkeep/gateway-state.ts';
import { openConsole } from './console.ts';
import type { HttpContext } from './http-context.ts';
import { openPortal, type PortalContext } from './portal.ts';

const YEAR = 365 * 86_400_000;

export function openHttpApp(context: HttpContext, addresses: Pick<PortalContext, 'publicUrl' | 'ownUrl'>, receive: Receive): Express {
  const { config, inForce, standards, storage, exchange, authentication, log, observe, now, stopping, transports } = context;
  const state = { ...context, ...exchange, dataFolder: config.dataFolder, spool: storage.spool, view: storage.view };
  const sandbox = sandboxOf(context);
  const publication = readPublication(PUBLISHED);
  const documents = publish(standards, DOCUMENTS, publication);
  return makeApp({
    ...storage,
    ...exchange,
    standards,
    observe,
    sandbox,
    log,
    now,
    stopping,
    receive,
    domain: inForce.domain,
    policy: inForce.policyName,
    configuration: context.configuration.page,
    gatewayState: (...asked) => gatewayStateOf(state, ...asked),
    console: openConsole(context, addresses),
    portal: openPortal(context, { ...addresses, sandbox, publication, documents }),
    cursors: new Cursors(inForce.keys.cursor),
    identities: makeIdentities(inForce.keys.secret),
    contract: context.contract,
    ...authentication,
    limits: config.limits,
    origins: config.cors?.origins ?? [],
    budget: budgetOf(context),
    auditSeconds: config.limits.auditSeconds,
    transportHealth: () => [...transports.values()].map(({ transport }) => transport.health?.().status ?? 'pass'),
    published: documents,
    info: () => infoOf(context),
    sealKeys: () => inForce.keys.trustedKeys.map(({ jwk }) => jwk),
    clients: inForce.clients,
    mediaTypes: () => makeAdapters(inForce.adapters()).mediaTypes,
    isStopping: () => stopping.aborted,
    securityExpires: new Date(now() + YEAR).toISOString(),
  });
}

const sandboxOf = ({ config, inForce, issuer, reset }: HttpContext): Sandbox | undefined =>
  config.sandbox === undefined || issuer === undefined ? undefined : { issuer, reset, clients: () => inForce.config.clients };

const budgetOf = ({ config, inForce, now }: HttpContext): ByteBudget =>
  new ByteBudget({
    bytes: config.limits.bytesInFlight,
    perMinute: config.limits.bytesPerMinute,
    now,
    clients: () => inForce.clients().size,
  });

/** What runs here, and under which policy now. */
const infoOf = ({ inForce, standards, version: gatewayVersion }: HttpContext): object => ({
  name: 'justice-interchange',
  version: gatewayVersion,
  policy: inForce.policyName(),
  standards: [...standards.byType.keys()],
  adapters: inForce.adapters().map(({ id, version, title }) => ({ id, version, title })),
});
