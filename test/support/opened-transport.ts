/** A transport without a gateway, for states that are hard to cause in a gateway. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { KINDS } from '../../gateway/transports/kinds.ts';
import type { Arrival, Receive, Transport, TransportContext, TransportKind } from '../../gateway/transports/transport.ts';
import type { ReceiptRecord } from '../../gateway/wire/streams.ts';

export const receiptOf = (id: string): ReceiptRecord => ({ id, status: 'accepted', reasons: [] }) as unknown as ReceiptRecord;

export interface OpenedForTest extends AsyncDisposable {
  readonly transport: Transport;
  /** The texts of the messages that were handed over, each as often as it was. */
  readonly taken: string[];
  readonly mediaTypes: (string | undefined)[];
  /** The messages of the log. */
  readonly logged: string[];
}

/** Opens a transport. `receive` may reject before the message is taken. */
export async function openTransport(
  kind: string,
  settings: JsonObject,
  receive: (text: string) => Promise<void> | void = () => undefined,
  context: Partial<TransportContext> = {},
): Promise<OpenedForTest> {
  const found = KINDS.find((candidate) => candidate.kind === kind) as unknown as TransportKind;
  const taken: string[] = [];
  const mediaTypes: (string | undefined)[] = [];
  const logged: string[] = [];
  const log = (about: object | string, text = '') => void logged.push(`${JSON.stringify(about)} ${text}`);
  const sender = { who: 'a client', source: {} as Arrival['sender']['source'] };
  const stack = new AsyncDisposableStack();
  const hand: Receive = async ({ bytes, mediaType }, reply) => {
    const text = Buffer.from(bytes).toString();
    taken.push(text);
    mediaTypes.push(mediaType);
    await receive(text);
    await reply({ kind: 'receipt', receipt: receiptOf('a-receipt'), repeated: false, isSpooled: false });
  };
  const all: TransportContext = {
    name: 'queue',
    sender: () => sender,
    // What only a transport that listens looks at.
    rights: () => new Set<string>(),
    tokenRights: async () => 'unknown' as const,
    limits: {} as TransportContext['limits'],
    log: { info: log, warn: log, error: log } as never,
    now: Date.now,
    mostBytes: 100_000,
    baseFolder: '/',
    gateway: 'one',
    isDevelopment: false,
    ...context,
  };
  const transport = await found.open(settings, all)(stack, hand);
  return { transport, taken, mediaTypes, logged, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
