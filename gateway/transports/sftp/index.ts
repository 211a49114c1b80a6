/**
 * The SFTP transport: messages come from a folder of an SFTP server, and events go to one, in the format of the system that reads them. See
 * `docs/transports/sftp.md`.
 */
import { Inbox } from '../inbox.ts';
import { pollInbox } from '../poll-inbox.ts';
import type { Departure, Transport, TransportContext, TransportHealth, TransportKind } from '../transport.ts';
import { readCredentials } from './credentials.ts';
import { Link } from './link.ts';
import { Outbox } from './outbox.ts';
import { RemoteFiles } from './remote-files.ts';
import { SFTP_SCHEMA, type SftpSettings } from './settings.ts';

/** How long a file that is being taken has to be finished when the gateway closes. */
const LAST_MILLISECONDS = 5000;

const clock = (): number => performance.now();

const withoutEnd = (folder: string): string => folder.replace(/(?<=.)\/+$/, '');

/** In and out have a connection each, so that neither waits for the other. */
function openLink(stack: AsyncDisposableStack, settings: SftpSettings, { baseFolder }: TransportContext): Link {
  const link = new Link({ settings, baseFolder, clock });
  stack.defer(() => link.close());
  return link;
}

function openInbox(
  stack: AsyncDisposableStack,
  settings: SftpSettings & { readonly inbox: string },
  context: TransportContext,
): { readonly inbox: Inbox; readonly link: Link } {
  const { stableSeconds = 5, whenAccepted = 'rename', adapter, mediaType, charset, label, doneFolder = settings.inbox } = settings;
  const link = openLink(stack, settings, context);
  const files = new RemoteFiles({
    link,
    settings,
    inbox: withoutEnd(settings.inbox),
    doneFolder: withoutEnd(doneFolder),
    gateway: context.gateway,
  });
  const inbox = new Inbox({
    ...(adapter === undefined ? {} : { adapter }),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(charset === undefined ? {} : { charset }),
    ...(label === undefined ? {} : { label }),
    files,
    stableMilliseconds: stableSeconds * 1000,
    removesAccepted: whenAccepted === 'delete',
    context,
    clock,
  });
  return { inbox, link };
}

export const sftp: TransportKind<SftpSettings> = {
  kind: 'sftp',
  schema: SFTP_SCHEMA,
  open: (settings, context) => async (stack, receive) => {
    // The server may be away at the start. The files of this machine may not.
    await readCredentials(settings, context.baseFolder);
    const { host, port = 22, inbox: inboxFolder, outbox: outboxFolder, pollSeconds = 5 } = settings;
    const transport = { name: context.name, addresses: [`sftp://${host.includes(':') ? `[${host}]` : host}:${port}`] };
    const out = outboxFolder === undefined ? undefined : openLink(stack, settings, context);
    const outbox = out && new Outbox({ link: out, settings, folder: withoutEnd(outboxFolder as string), gateway: context.gateway });
    const deliver = outbox === undefined ? {} : { deliver: (departure: Departure) => outbox.deliver(departure) };
    if (inboxFolder === undefined) return { ...transport, ...deliver, health: () => healthOf(out) } satisfies Transport;
    const { inbox, link } = openInbox(stack, { ...settings, inbox: inboxFolder }, context);
    const polled = pollInbox(inbox, receive, pollSeconds, context.log);
    stack.defer(async () => {
      const timer = setTimeout(() => void link.close(), LAST_MILLISECONDS);
      await polled.close();
      clearTimeout(timer);
    });
    return { ...transport, ...deliver, health: () => healthOf(out, polled.health()) } satisfies Transport;
  },
};

/** A fault of the way out counts for more than files that are left alone. */
function healthOf(out: Link | undefined, health: TransportHealth = { status: 'pass' }): TransportHealth {
  if (health.status === 'fail' || out?.fault === undefined) return health;
  return { ...health, status: 'fail', reason: out.fault };
}
