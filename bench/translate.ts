/** How fast are messages translated, compared with the bare scan of the same bytes? */
import { SaxesParser } from 'saxes';
import { scanXml } from '../adapters/xml/scan.ts';
import { labelEvent } from '../gateway/labels/label-event.ts';
import { ingest } from '../gateway/pipeline/ingest.ts';
import { prepare } from '../gateway/pipeline/read.ts';
import { adapterFor } from '../test/support/corpus.ts';
import { context, labelling, source, submissionOf } from '../test/support/rules-in-force.ts';
import { compare, perSecond, type Row } from './clock.ts';
import { commonPlatform } from './common-platform.ts';
import { lists } from './lists.ts';
import { messages } from './messages.ts';

function scan(bytes: Buffer): void {
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', () => undefined);
  parser.on('closetag', () => undefined);
  parser.on('text', () => undefined);
  parser.write(bytes.toString()).close();
}

const nothing = (): void => undefined;
const deaf = { open: nothing, close: nothing, text: nothing };

const TURNS = 5;

export async function translate(): Promise<readonly Row[]> {
  const all = messages().map((bytes) => ({ bytes, adapter: adapterFor(bytes) as NonNullable<ReturnType<typeof adapterFor>> }));
  const size = all.reduce((sum, { bytes }) => sum + bytes.length, 0) * TURNS;
  const each = (work: (message: (typeof all)[number]) => void) => () => {
    for (let turn = 0; turn < TURNS; turn++) for (const message of all) work(message);
  };
  const sender = source();
  const label = ({ bytes, adapter }: (typeof all)[number]): void => {
    const decoded = adapter.decode(bytes);
    if (!decoded.ok) throw new Error('refused');
    const prepared = prepare(context, submissionOf(bytes, { source: sender }), adapter.id, decoded.value.events);
    if (!prepared.ok) throw new Error('refused');
    for (const { event } of prepared.value) labelEvent(labelling, event, sender.floor);
  };
  const times = await compare(9, {
    scan: each(({ bytes }) => scan(bytes)),
    ours: each(({ bytes }) => scanXml(bytes.toString(), deaf)),
    decode: each(({ bytes, adapter }) => adapter.decode(bytes)),
    label: each(label),
    seal: async () => {
      for (const { bytes } of all) await ingest(context, submissionOf(bytes, { source: sender }));
    },
  });
  const { scan: bare = 1, ours = 1, decode = 1, label: labelled = 1, seal = 1 } = times;
  const rate = (seconds: number, turns = TURNS) =>
    `${perSecond((all.length * turns) / 1, seconds)} messages/s, ${(size / TURNS / 1e6 / (seconds / turns)).toFixed(1)} MB/s`;
  return [
    { question: 'bare saxes scan', rate: rate(bare), ratio: '1.00' },
    { question: 'scan of our own', rate: rate(ours), ratio: (bare / ours).toFixed(2) },
    { question: 'decode', rate: rate(decode), ratio: (bare / decode).toFixed(2), target: '≥ 2.50 of the scan' },
    { question: 'decode + validate + label', rate: rate(labelled), ratio: (bare / labelled).toFixed(2), target: '≥ 0.25 of the scan' },
    { question: 'decode + validate + label + seal', rate: rate(seal, 1), ratio: (bare / TURNS / seal).toFixed(2) },
    ...(await lists()),
    ...(await commonPlatform()),
  ];
}
