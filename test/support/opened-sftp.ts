/** An SFTP transport without a gateway, with its messages and reports. */
import { sftp } from '../../gateway/transports/sftp/index.ts';
import type { SftpSettings } from '../../gateway/transports/sftp/settings.ts';
import type { Arrival, Transport, TransportContext } from '../../gateway/transports/transport.ts';
import type { ReceiptRecord } from '../../gateway/wire/streams.ts';

export interface OpenedSftp {
  readonly transport: Transport;
  /** The messages that were taken. */
  readonly taken: readonly string[];
  /** The reasons in the log. */
  readonly reasons: readonly string[];
  close(): Promise<void>;
}

export async function openSftp(settings: SftpSettings, mostBytes = 1_000_000): Promise<OpenedSftp> {
  const stack = new AsyncDisposableStack();
  const [taken, reasons]: [string[], string[]] = [[], []];
  const note = ({ reason }: { reason?: string }) => void (reason === undefined || reasons.push(reason));
  const receipt = { id: 'an id', status: 'accepted', reasons: [] } as unknown as ReceiptRecord;
  const context = {
    name: 'far',
    sender: (): Arrival['sender'] => ({ who: 'a client', source: {} as Arrival['sender']['source'] }),
    // What only a transport that listens looks at.
    rights: () => new Set<string>(),
    tokenRights: async () => 'unknown' as const,
    limits: {} as TransportContext['limits'],
    log: { info: note, warn: note, error: note } as never,
    now: Date.now,
    mostBytes,
    baseFolder: '/',
    gateway: 'one',
    isDevelopment: false,
  };
  const transport = await sftp.open(settings, context)(stack, async ({ bytes }, reply) => {
    taken.push(Buffer.from(bytes).toString());
    await reply({ kind: 'receipt', receipt, repeated: false, isSpooled: false });
  });
  return { transport, taken, reasons, close: () => stack.disposeAsync() };
}
