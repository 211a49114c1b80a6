/**
 * The folder transport: an existing system writes a file, and nothing else changes. Messages come from an inbox; events go to an outbox in
 * the format of the system that reads them. See `docs/transports/folder.md`.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { extensionOf } from '../../file-extension.ts';
import { ABOUT_PROPERTIES, type AboutSettings } from '../about.ts';
import { InTurn } from '../in-turn.ts';
import { Inbox } from '../inbox.ts';
import { pollInbox } from '../poll-inbox.ts';
import { TransportFault } from '../repeat.ts';
import { type Departure, NotDelivered, type Transport, type TransportKind } from '../transport.ts';
import { writeDurably } from '../write-file.ts';
import { LocalFiles } from './local-files.ts';

export interface FolderSettings extends AboutSettings {
  /** Where messages are put. At least one of the two folders is there. */
  readonly inbox?: string;
  /** Where events are written to. */
  readonly outbox?: string;
  /** How often the inbox is looked at. Default 1. */
  readonly pollSeconds?: number;
  /** A file is taken when it has not changed for this many seconds. Default 2. */
  readonly stableSeconds?: number;
}

/** Writes an event as a file named by its id. The same event again replaces it. */
async function deliver(folder: string, { bytes, mediaType, name }: Departure): Promise<void> {
  try {
    await writeDurably(folder, name + extensionOf(mediaType), bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new NotDelivered(code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'refused');
  }
}

/** Rejects unless a path is a folder. */
async function mustBeFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) throw new TransportFault(`${path} is not a folder. Make it, and let the gateway write to it`);
}

export const folder: TransportKind<FolderSettings> = {
  kind: 'folder',
  schema: {
    type: 'object',
    unevaluatedProperties: false,
    anyOf: [
      { required: ['inbox'], properties: { inbox: true } },
      { required: ['outbox'], properties: { outbox: true } },
    ],
    properties: {
      ...ABOUT_PROPERTIES,
      inbox: { type: 'string', minLength: 1, description: 'Where messages are put' },
      outbox: { type: 'string', minLength: 1, description: 'Where events are written to' },
      pollSeconds: { type: 'number', minimum: 0.01, maximum: 3600, description: 'How often the inbox is looked at. Default: 1' },
      stableSeconds: {
        type: 'number',
        minimum: 0,
        maximum: 3600,
        description: 'A file is taken when it has not changed for this many seconds. Default: 2',
      },
    },
  },
  open: (settings, context) => async (stack, receive) => {
    const { pollSeconds = 1, stableSeconds = 2, inbox: inboxPath, outbox: outboxPath, ...about } = settings;
    const [inboxFolder, outboxFolder] = [inboxPath, outboxPath].map((path) => path && resolve(context.baseFolder, path));
    for (const path of [inboxFolder, outboxFolder]) if (path !== undefined) await mustBeFolder(path);
    const transport = { name: context.name, addresses: [inboxFolder, outboxFolder].filter((path) => path !== undefined) };
    const inTurn = new InTurn();
    // Two that write the same file at once would have one draft.
    const deliverTo = (path: string) => (departure: Departure) => inTurn.run(departure.name, () => deliver(path, departure));
    const out = outboxFolder === undefined ? {} : { deliver: deliverTo(outboxFolder) };
    if (inboxFolder === undefined) return { ...transport, ...out } satisfies Transport;
    const inbox = new Inbox({
      ...about,
      files: new LocalFiles(inboxFolder),
      stableMilliseconds: stableSeconds * 1000,
      context,
      clock: () => performance.now(),
    });
    const polled = pollInbox(inbox, receive, pollSeconds, context.log);
    stack.defer(() => polled.close());
    return { ...transport, ...out, health: polled.health } satisfies Transport;
  },
};
