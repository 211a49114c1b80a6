/**
 * The SOAP transport: an existing system changes only the address that it sends to. It has a separate listener, for one client. See
 * `docs/transports/soap.md`.
 */
import { constants } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { isThisMachine } from '../../bus/loopback.ts';
import { kindOfFault } from '../../kind-of-fault.ts';
import { decisiveEnd, endsIn, expiryStatus, WARN_DAYS } from '../../upkeep/certificates.ts';
import { arrivalOf } from '../about.ts';
import { type Report, reportOf } from '../outcome.ts';
import { TransportFault } from '../repeat.ts';
import { type ConnectionFault, listen, stopListening } from '../server.ts';
import {
  type Departure,
  NotDelivered,
  type Receive,
  type TransportContext,
  type TransportHealth,
  type TransportKind,
} from '../transport.ts';
import { makeApp, type ServedService } from './app.ts';
import { makeAuthenticate } from './authentication.ts';
import { operateCjse, retrievableText } from './cjse.ts';
import { operateCourtLists } from './court-lists.ts';
import { operateDarts } from './darts.ts';
import { faultAnswer, MEDIA_TYPES } from './fault.ts';
import type { Exchange, Operate } from './operation.ts';
import { RequestReader } from './request-reader.ts';
import { SERVICES, type ServiceName } from './services.ts';
import { SETTINGS_SCHEMA, type SoapSettings, type SoapTls } from './settings.ts';
import { WaitingFull, WaitingMessages } from './waiting-messages.ts';

const LOOPBACK = '127.0.0.1';
const KEEP_DAYS = 30;
const STOP_MILLISECONDS = 10_000;

async function fileOf(baseFolder: string, path: string): Promise<Buffer> {
  const file = resolve(baseFolder, path);
  return readFile(file).catch((error: unknown) => {
    throw new TransportFault(`${file} cannot be read: ${kindOfFault(error)}`);
  });
}

/** A client without a certificate gets a SOAP fault, so the connection itself is not refused. No session is resumed: each shows its certificate. */
async function tlsOptions({ certificateFile, keyFile, clientCaFile }: SoapTls, baseFolder: string): Promise<TlsOptions> {
  const options: TlsOptions = {
    cert: await fileOf(baseFolder, certificateFile),
    key: await fileOf(baseFolder, keyFile),
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  if (clientCaFile === undefined) return options;
  return { ...options, ca: await fileOf(baseFolder, clientCaFile), requestCert: true, rejectUnauthorized: false };
}

/** When a certificate ends, in milliseconds since 1970. Throws TransportFault for a file that holds none. */
function endOf(file: string, certificate: Buffer): number {
  try {
    return decisiveEnd('listener', endsIn(certificate.toString('latin1')), 0);
  } catch {
    throw new TransportFault(`${file} holds no certificate in PEM`);
  }
}

const certificateHealth = (ends: number, now: number): TransportHealth =>
  expiryStatus(ends, now) === 'pass'
    ? { status: 'pass' }
    : { status: 'warn', reason: `The certificate of the listener ends within ${WARN_DAYS} days` };

async function openWaiting(folder: string, keepDays: number, { now, mostBytes }: TransportContext): Promise<WaitingMessages> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true) throw new TransportFault(`${folder} is not a folder. Make it, and let the gateway write to it`);
  return WaitingMessages.open({ folder, now, keepDays, pageBytes: mostBytes });
}

function makeSubmit(settings: SoapSettings, { sender }: TransportContext, receive: Receive): Exchange['submit'] {
  return async (bytes, charset) => {
    let report: Report | undefined;
    const { adapter, label } = settings;
    const about = { ...(adapter === undefined ? {} : { adapter }), ...(label === undefined ? {} : { label }) };
    await receive(arrivalOf({ ...about, ...(charset === undefined ? {} : { charset }) }, sender(), bytes, 'application/xml'), (result) => {
      report = reportOf(result);
    });
    if (report === undefined) throw new TypeError('A message was received without an answer');
    return report;
  };
}

/** Adds an event to what waits. */
async function deliver(waiting: WaitingMessages, { bytes, name }: Departure): Promise<void> {
  const text = retrievableText(bytes);
  if (text === undefined) throw new NotDelivered('refused', true);
  try {
    await waiting.add('event', name, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new NotDelivered(error instanceof WaitingFull || code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'refused');
  }
}

function servicesOf({ services, responseCodes }: SoapSettings): readonly [ServedService, ...ServedService[]] {
  const operate: Readonly<Record<ServiceName, Operate>> = {
    cjse: operateCjse(responseCodes),
    'court-lists': operateCourtLists,
    darts: operateDarts,
  };
  const served = Object.entries(services).map(([name, path]) => {
    const service = name as ServiceName;
    return { name: service, path, operate: operate[service] };
  });
  if (new Set(served.map(({ path }) => path)).size < served.length) throw new TransportFault('Two services have the same path');
  return served as unknown as readonly [ServedService, ...ServedService[]];
}

export const soap: TransportKind<SoapSettings> = {
  kind: 'soap',
  schema: SETTINGS_SCHEMA,
  certificates: ({ tls }) => [
    ...(tls === undefined ? [] : [{ use: 'listener', file: tls.certificateFile, isHeld: true } as const]),
    ...(tls?.clientCaFile === undefined ? [] : [{ use: 'client-authority', file: tls.clientCaFile, isHeld: true } as const]),
  ],
  open: (settings, context) => async (stack, receive) => {
    const { host = LOOPBACK, port, tls, outbox, keepDays = KEEP_DAYS, publicUrl } = settings;
    const { name, baseFolder, log, limits, mostBytes, now, isDevelopment } = context;
    if (tls === undefined && !isDevelopment && !isThisMachine(host))
      throw new TransportFault(`The transport ${name} needs tls: without it, it listens only on an address of this machine`);
    const services = servicesOf(settings);
    const waiting = outbox === undefined ? undefined : await openWaiting(resolve(baseFolder, outbox), keepDays, context);
    const options = tls === undefined ? undefined : await tlsOptions(tls, baseFolder);
    const reader = stack.use(new RequestReader(limits.messageSeconds));
    const ends = tls === undefined || options === undefined ? Number.POSITIVE_INFINITY : endOf(tls.certificateFile, options.cert as Buffer);
    let ownUrl = '';
    const onLost = (error: unknown) => log.warn({ fault: kindOfFault(error) }, 'an acknowledgement cannot be kept for the client');
    const app = makeApp({
      services,
      authenticate: makeAuthenticate(tls, context),
      reader,
      exchange: { submit: makeSubmit(settings, context, receive), waiting, now, onLost },
      mostBytes,
      mostRequests: limits.requestsAtOnce,
      publicUrl: () => publicUrl ?? ownUrl,
      log,
    });
    const { version } = SERVICES[services[0].name];
    const answerOf = (code: ConnectionFault) => ({ ...faultAnswer(version, { code, line: undefined }), mediaType: MEDIA_TYPES[version] });
    const listening = await listen(app, host, port, limits, { answerOf, ...(options === undefined ? {} : { tls: options }) });
    stack.defer(() => stopListening(listening, STOP_MILLISECONDS));
    ownUrl = listening.url;
    return {
      name,
      addresses: services.map(({ path }) => ownUrl + path),
      ...(waiting === undefined ? {} : { deliver: (departure: Departure) => deliver(waiting, departure) }),
      health: () => ({ ...certificateHealth(ends, now()), ...(waiting === undefined ? {} : { waiting: waiting.waiting }) }),
    };
  },
};
