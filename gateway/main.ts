/** Where the parts are put together, and the only place that does it. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import { loadAdapters } from './adapters.ts';
import { openBus } from './buses.ts';
import { type Config, HOME, type ListenerConfig } from './config.ts';
import { BUS_CONTRACT, CONTRACT_FILE, DOCUMENTS, HTTP_CONTRACT, VERIFY_PROGRAM } from './documents.ts';
import { Cursors } from './exchange/cursor.ts';
import { IntakeDesk } from './exchange/intake.ts';
import { Lease } from './exchange/lease.ts';
import { Ledger } from './exchange/ledger.ts';
import { Quarantine } from './exchange/quarantine.ts';
import { ReadingRoom } from './exchange/reading.ts';
import { Volume } from './exchange/volume.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { PUBLISHED, readPublication } from './governance/publication.ts';
import { makeApp } from './http/app.ts';
import { type Authority, Doorkeeper } from './http/auth.ts';
import { loadContract } from './http/contract.ts';
import { openDevelopmentIssuer } from './http/issuer.ts';
import { makeMetricsApp } from './http/metrics.ts';
import { makeObserve } from './http/observe.ts';
import { makePortal } from './http/portal.ts';
import { PROBLEMS } from './http/problem.ts';
import { openRemoteAuthority } from './http/remote-authority.ts';
import { SCENARIOS } from './http/sandbox.ts';
import { type Listening, listen, stopListening } from './http/server.ts';
import { publish } from './http/standards.ts';
import { openTracer, SILENT } from './http/trace.ts';
import { lookUp } from './intake/look-up.ts';
import { Restrictions } from './intake/restrictions.ts';
import { makeStamp } from './intake/stamp.ts';
import { PROTECTION_REASONS } from './labels/policy-document.ts';
import { compileLaw, readPolicy } from './law.ts';
import { openView } from './local-view.ts';
import { openLog } from './log.ts';
import { openOrders } from './orders.ts';
import { makeAdapters } from './pipeline/decode.ts';
import { makeIdentities } from './pipeline/ids.ts';
import { RecordVerifier } from './pipeline/record-verifier.ts';
import { Site } from './portal/site.ts';
import { REASONS } from './quality/assess.ts';
import { brokenRecords } from './quarantine/broken-records.ts';
import { LabelRequests } from './quarantine/label-requests.ts';
import { makeGiveOut } from './reading/give-out.ts';
import { REFUSALS } from './refusals.ts';
import { loadStandards } from './standards.ts';
import { readChains } from './store/audit.ts';
import { Barrier } from './store/barrier.ts';
import { deploymentOf } from './store/deployment.ts';
import { EventIndex } from './store/event-index.ts';
import { Journal } from './store/journal.ts';
import { openKeys } from './store/keys.ts';
import { evidenceFor } from './store/open-evidence.ts';
import { openStreams } from './store/open-streams.ts';
import { ProtectionRegister } from './store/register.ts';
import { watchTopics } from './topics.ts';
import { ByteBudget } from './transports/byte-budget.ts';
import { openWebhooks } from './webhooks.ts';
import { whenBack } from './when-back.ts';
import { IngestPool } from './workers/pool.ts';

export const VERSION = (JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as { version: string }).version;

const STOP_MILLISECONDS = 10_000;
/** So long a sender waits for Kafka, before it is told to come again. */
const PATIENCE_MILLISECONDS = 8000;

/** Starts a gateway on the embedded bus. Rejects with the reason when anything that it enforces cannot be loaded. */
export async function startGateway({ config, production = false, now = Date.now, logTo, reset }: GatewayOptions): Promise<Gateway> {
  const log = openLog(config.logLevel, logTo);
  const standards = loadStandards(join(HOME, 'schemas'));
  let policyDocument = readPolicy(config.policyFile);
  let law = compileLaw(config, standards, policyDocument);
  const adapterList = await loadAdapters(config.adapters);
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  let keys = await openKeys(config.keysFolder);
  const identities = makeIdentities(keys.secret);
  const issuer = config.auth.jwksUri === undefined ? await openDevelopmentIssuer(config.auth, keys.issuer, production, now) : undefined;
  const name = config.name ?? hostname();
  // Closed, last first, when the start fails from here on.
  await using opened = new AsyncDisposableStack();
  const tracer = config.tracing === undefined ? SILENT : await openTracer(config.tracing.endpoint, name);
  opened.defer(() => tracer.close());
  const observe = makeObserve(log, now, tracer);
  const { bus, isShared, spool, ring, away } = await openBus(config, deploymentOf(keys), { ...observe.bus, now });
  if (spool !== undefined) observe.spool(() => spool.state);
  opened.defer(() => bus.close());
  const policyName = () => `${law.labelling.policy.document.id}/${law.labelling.policy.document.version}`;
  const topics = await watchTopics({ config, law: () => law, standards, log, isLate: away !== undefined });
  opened.defer(() => topics?.close());
  if (topics !== undefined) observe.topics(() => topics.differences);
  // On a bus of several writers each run of a gateway has a chain of its own, tied to those before it.
  const chain = isShared ? `${name}.${randomUUID()}` : undefined;
  const run = chain ?? randomUUID();
  const streams = openStreams(keys.secret, log, observe.putAside);
  // Before the view reads the log: what is not as it was written is named, and not followed.
  const journal = await Journal.open({
    bus,
    key: () => ({ kid: keys.seal.kid, key: keys.seal.privateKey }),
    keys: (kid) => keys.everSealed(kid),
    ...{ secret: keys.secretName, now, authenticator: streams.authenticator },
    onCommitted: (records) => view.add(records),
    ...(chain === undefined ? {} : { chain, patience: PATIENCE_MILLISECONDS, isLate: away !== undefined }),
    ...evidenceFor(config, policyName, (fault, reason) => log.error({ reason }, fault)),
  });
  opened.defer(() => journal.close());
  streams.onGaps(journal.gaps);
  const begun = away === undefined ? await streams.begin(bus, policyName()) : [];
  const view = await openView(config, { bus, isShared, away }, keys.secretName, streams.reader, log);
  opened.defer(() => view.close());
  if (journal.timestamps !== undefined) observe.timestamps(() => journal.timestamps);
  observe.lag('view', () => view.lag());
  let inForce = config;
  const labelling = () => law.labelling;
  const domain = () => law.domain;
  const clientOf = (id: string) => law.clients.get(id);
  const workerInput = (own: Config) => ({
    config: own,
    policy: policyDocument,
    secret: keys.secret,
    sealJwk: keys.seal.privateJwk,
    renditions: isShared,
    kid: keys.seal.kid,
    sealKeys: keys.trustedKeys.map(({ kid, publicKey }) => ({ kid, publicKey })),
  });
  const pool = new IngestPool(
    workerInput(config),
    { workers: config.workers, seconds: config.limits.messageSeconds, memory: config.limits.workerMegabytes },
    now,
    (reason) => log.error({ reason }, 'a worker does not start'),
    (sourceId, questions) => lookUp(lookUpContext, sourceId, questions),
  );
  const ledger = new Ledger({
    ...{ journal, view, now, run },
    onDifference: ({ source, hour, difference }) =>
      log.error({ source, hour, difference }, 'the ledger does not balance: messages are missing'),
  });
  observe.missing(() => ledger.missing());
  const onBroken = brokenRecords({
    ...{ view, journal, ledger, identities, labelling, domain, now, policy: policyName },
    onFound: ({ topic, partition, offset }, codes) => {
      observe.broken();
      log.error({ topic, partition, offset, codes }, 'a record does not verify');
    },
  });
  const records = new RecordVerifier(labelling, (kid) => keys.trusted(kid));
  const protections = new Barrier(() => view.caughtUp('protections'));
  const register = new ProtectionRegister({ view, journal, identities, labelling, now, barrier: protections, policy: policyName });
  const known = (subject: string | undefined) => register.known(subject);
  const events = new EventIndex({ bus, view, records, onBroken });
  const lookUpContext = {
    ...{ bus, view, events, records, labelling, now, protections, known, client: clientOf },
    isSpooling: spool !== undefined,
  };
  const stamp = makeStamp(now);
  const desk = new IntakeDesk({ pool, identities, labelling, domain, stamp, journal, view, ledger });
  const giveOut = makeGiveOut({ labelling, records, now, known }, pool);
  const room = new ReadingRoom({
    ...{ labelling, giveOut, bus, view, events, journal, onBroken, protections },
    ...{ onHeld: streams.onHeld, volume: new Volume(now), pageBytes: config.limits.pageBytes },
  });
  const requests = new LabelRequests({ view, journal, labelling, identities, now, policy: policyName });
  let lease: Lease | undefined;
  const holds = () => !isShared || lease?.isHeld === true;
  const sealing = () => ({ sealKey: { kid: keys.seal.kid, key: keys.seal.privateKey }, identities, renditions: isShared });
  const { courier, subscriptions, replays } = openWebhooks(config, {
    ...{ room, bus, journal, view, events, identities, labelling, giveOut, protections, now, holds, log },
    ...{ standards, stamp, sealing, clients: () => law.clients, policy: policyName, onAttempt: (outcome) => observe.attempted(outcome) },
  });
  const quarantine = new Quarantine({ bus, view, journal, desk, labelling, domain, requests, client: clientOf });
  const restrictions = new Restrictions({
    ...{ bus, view, events, journal, records, labelling, standards, identities, stamp, now, known, holds, policy: policyName },
    sealing,
    onFault: (kind) => log.warn({ kind }, 'corrections of earlier events wait: they cannot be issued now'),
  });
  const { order, levelOrders } = openOrders({
    ...{ bus, view, events, journal, holds, onBroken, log, isShared, levels: () => law.labelling.policy.levels },
  });
  const remote = openRemoteAuthority(config.auth, log);
  opened.defer(() => remote?.keys.close());
  const authority = (issuer ?? remote)?.authority as Authority;
  const stopping = new AbortController();
  const sandbox = config.sandbox !== undefined && issuer !== undefined ? { issuer, reset, clients: () => inForce.clients } : undefined;
  const publication = readPublication(PUBLISHED);
  let url = config.publicUrl ?? '';
  const site = new Site({
    ...{ verifyProgram: VERIFY_PROGRAM, limits: config.limits, sourceUrl: config.sourceUrl, canReset: reset !== undefined },
    ...{ standards, published: publication, adapters: adapterList, problems: PROBLEMS, version: VERSION },
    policy: () => law.labelling.policy.document,
    ...{ http: HTTP_CONTRACT, bus: BUS_CONTRACT },
    reasons: { ...REFUSALS, ...REASONS, ...PROTECTION_REASONS },
    clients: () => (sandbox === undefined ? [] : inForce.clients),
    scenarios: sandbox === undefined ? undefined : SCENARIOS,
    url: () => url,
  });
  const app = makeApp({
    portal: makePortal(site),
    ...{ desk, quarantine, requests, register, subscriptions, view, ledger, standards, observe, room, bus, topics, journal, log, now },
    ...{ sandbox, replays },
    cursors: new Cursors(keys.cursor),
    contract: loadContract(CONTRACT_FILE, standards),
    doorkeeper: new Doorkeeper(authority, () => law.clients, now),
    limits: config.limits,
    budget: new ByteBudget({
      ...{ bytes: config.limits.bytesInFlight, perMinute: config.limits.bytesPerMinute, now },
      clients: () => law.clients.size,
    }),
    auditSeconds: config.limits.auditSeconds,
    issuerHealth: remote && (() => remote.keys.health),
    published: publish(standards, DOCUMENTS, publication),
    info: () => ({
      name: 'justice-interchange',
      version: VERSION,
      policy: policyName(),
      standards: [...standards.byType.keys()],
      adapters: adapterList.map(({ id, version, title }) => ({ id, version, title })),
    }),
    sealKeys: () => keys.trustedKeys.map(({ jwk }) => jwk),
    clients: () => law.clients,
    mediaTypes: makeAdapters(adapterList).mediaTypes,
    stopping: stopping.signal,
    isStopping: () => stopping.signal.aborted,
    lease: () => lease,
    securityExpires: new Date(now() + 365 * 86_400_000).toISOString(),
  });
  opened.defer(() => pool.close());
  opened.defer(() => ledger.close());
  const open = async (served: Express, { host, port }: ListenerConfig): Promise<Listening> => {
    const listener = await listen(served, host, port, config.limits);
    opened.defer(() => stopListening(listener, 0));
    return listener;
  };
  const metricsListening = config.metrics === undefined ? undefined : await open(makeMetricsApp({ observe, log }), config.metrics);
  const listening = await open(app, config);
  url ||= listening.url;
  const follows = isShared && away === undefined ? { follows: await readChains(bus) } : {};
  await journal.commit([], [{ action: 'start', who: 'gateway', decision: 'none', policy: policyName(), ...follows }, ...begun]);
  pool.start();
  const isSubscribed = () => view.outbox.all().some(({ status }) => status === 'active');
  const openLease = async () => {
    lease = await Lease.open({
      ...{ ...streams, bus, run, now },
      wanted: () => isSubscribed() || restrictions.isWanted || order.isWanted || levelOrders?.isWanted === true,
    });
  };
  const resume = async () => journal.commit([], await streams.begin(bus, policyName())).then(openLease);
  if (away !== undefined) void whenBack(away, { journal, view, log, isStopping: () => stopping.signal.aborted, resume });
  else if (isShared) await openLease();
  observe.courier({ backlog: () => courier.backlog(), ...(isShared ? { isHeld: holds, age: () => lease?.age ?? 0 } : {}) });
  view.onSubscription(() => {
    lease?.look();
    courier.look();
  });
  order.look();
  view.onProtection(() => {
    if (restrictions.isWanted) lease?.look();
    restrictions.look();
  });
  opened.move();
  log.info({ url: listening.url, metricsUrl: metricsListening?.url, policy: policyName(), dataFolder: config.dataFolder }, 'ready');
  let closing: Promise<void> | undefined;
  return {
    url: listening.url,
    metricsUrl: metricsListening?.url,
    issuer,
    standards,
    law: () => law,
    reload: (next = config) => {
      if (JSON.stringify(next.adapters) !== JSON.stringify(config.adapters)) throw new Error('Adapters change only with a restart');
      const read = readPolicy(next.policyFile);
      law = compileLaw(next, standards, read);
      policyDocument = read;
      pool.reload(workerInput(next));
      inForce = next;
      log.info({ policy: policyName() }, 'policy loaded');
      void topics?.look();
    },
    reloadKeys: async () => {
      await ring?.reload();
      keys = await openKeys(config.keysFolder);
      pool.reload(workerInput(inForce));
      log.info({ kid: keys.seal.kid }, 'keys loaded');
    },
    close: () =>
      (closing ??= (async () => {
        stopping.abort();
        await Promise.all([listening, metricsListening].map((one) => one && stopListening(one, STOP_MILLISECONDS)));
        await courier.close();
        await restrictions.close();
        await order.close();
        await levelOrders?.close();
        await lease?.close();
        await ledger.close();
        await journal.close({ action: 'stop', who: 'gateway', decision: 'none', policy: policyName() });
        await pool.close();
        await view.close();
        await topics?.close();
        await bus.close();
        await remote?.keys.close();
        await tracer.close();
        log.info('stopped');
        log.flush();
      })()),
  };
}
