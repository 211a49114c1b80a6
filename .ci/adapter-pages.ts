/**
 * Makes `docs/adapters/`: a page for each adapter with a table of elements, and for each mapping. `npm run generate:pages` writes them; with
 * `-- --check` it says whether they drifted.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Adapter } from '../adapters/adapter.ts';
import { hearingResulted } from '../adapters/common-platform/index.ts';
import { hmctsList } from '../adapters/hmcts-list/index.ts';
import { hmctsPublicList } from '../adapters/hmcts-public-list/index.ts';
import { pageOf } from '../adapters/kit/page.ts';
import { libraCourtList } from '../adapters/libra/index.ts';
import type { MappingDocument } from '../adapters/mapping/document.ts';
import { newCase, resultedCase } from '../adapters/spi/index.ts';
import { xhibitList } from '../adapters/xhibit/index.ts';

const HOME = join(import.meta.dirname, '..');
const FOLDER = join(HOME, 'docs/adapters');

interface TablePage {
  readonly adapter: Adapter;
  /** What a reader needs to know beside the table. */
  readonly text: readonly string[];
  readonly samples?: string;
}

const PUBLIC_NOTE =
  'A list is read in the form that has a place for all of it: daily, firm, warned, standard or public list, or list of the single justice procedure for the press or the public.';

const PAGES: readonly TablePage[] = [
  { adapter: resultedCase, text: ['See [the page on adapters](../adapters.md#the-spi-adapters).'] },
  { adapter: newCase, text: ['See [the page on adapters](../adapters.md#the-spi-adapters).'] },
  {
    adapter: hearingResulted,
    samples: 'common-platform',
    text: [
      'Each defendant of a case is an event, and each application: its subject is the defendant, and its first offence is what is applied for. See [the page on adapters](../adapters.md#common-platform).',
      'Every version of the results of a defendant has the same `message.reference` and `message.dated`. The latest `message.created` replaces the others. A reshare says so in `message.type`.',
      'A result that was deleted, or is published as part of another one, is not a result of its own. Prompts that the text of a result does not say are added to it. Ids, flags, clerks, counsel and Welsh texts are kept in `extensions`.',
      'Times are those that the clocks of London show.',
    ],
  },
  {
    adapter: libraCourtList,
    samples: 'libra',
    text: [
      'Each `case` is an event. The list may stand in a SOAP 1.2 envelope: its addresses (WS-Addressing) go to `message`.',
      'The official schema leaves the document open (`xs:any`). The elements are those of the lists that courts send.',
      'A defendant of the type `O` is an organisation. A list without a case is refused as `no-case`.',
    ],
  },
  {
    adapter: xhibitList,
    samples: 'xhibit',
    text: [
      'Each `Hearing` of a daily or firm list, and each `Case` of a warned list, is an event.',
      '`SecurityClassification` is the marking of the whole list. NPM, RESTRICTED and the others have no meaning today, so the list waits for its owner, with the marking as it was received. The owner can say in the policy what a marking means (`markings`).',
      'Where `IsMasked` is `yes`, the true name goes to `concealedName`, which the public does not read.',
      'A second `Counsel`, `ASN` or `Title` of one person, and contact details of advocates, are kept in `extensions`.',
    ],
  },
  {
    adapter: hmctsList,
    samples: 'hmcts-list',
    text: [
      PUBLIC_NOTE,
      'Each hearing of the Crown Court, each case or application of the magistrates, and each hearing of a single justice is an event.',
      'Parties with the role `DEFENDANT` or `ACCUSED` are `defendants`. All others are `parties`: nothing says how old they are, so the public does not read who they are.',
      'A list of single justices names no day of a hearing. The event has the day on which the list was published.',
    ],
  },
  {
    adapter: hmctsPublicList,
    samples: 'hmcts-public-list',
    text: [
      'The same forms, and whatever list an event came from, it is written as the public one. Name the adapter: where none is named, a list is read as `hmcts-list`.',
      'What the public must not read is not for this adapter to remove: the labels of the standard do that, and an event that was not redacted is refused. It leaves out what everybody may know and the public list has no member for, such as the code of an offence.',
      'The public list of single justices has the first letter of a given name, and the first two characters of a postcode.',
    ],
  },
];

const yes = (value: boolean): string => (value ? 'yes' : 'no');

function tablePage({ adapter, text, samples }: TablePage): string {
  const { id, title, version, mediaTypes, standards, carriesMarkings, fields = [], encode, decodeStream } = adapter;
  const rows = fields.map(({ element, at }) => `| \`${element.replaceAll('|', '\\|')}\` | \`${at}\` |`);
  const sampleNames = samples === undefined ? [] : readdirSync(join(HOME, 'adapters', samples, 'samples')).sort();
  return [
    '<!-- Generated by `npm run generate:pages` from the table of the adapter. Do not edit. -->',
    `# ${title}`,
    '',
    `| \`${id}\` | version ${version} |`,
    '| --- | --- |',
    `| makes | ${standards.map((standard) => `\`${standard}\``).join(', ')} |`,
    `| media types | ${mediaTypes.map((mediaType) => `\`${mediaType}\``).join(', ')} |`,
    `| both ways | ${yes(encode !== undefined)} |`,
    `| can be read in pieces, in bounded memory | ${yes(decodeStream !== undefined)} |`,
    `| can carry a protective marking | ${yes(carriesMarkings !== false)} |`,
    '',
    ...text,
    ...(sampleNames.length === 0
      ? []
      : [
          '',
          `Samples with invented people: ${sampleNames.map((file) => `[${file}](../../adapters/${samples}/samples/${file})`).join(', ')}.`,
        ]),
    '',
    '## Where each value stands',
    '',
    '| in the message | in the event |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const mappings = readdirSync(join(HOME, 'adapters'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.mapping.json'),
);
const made = new Map(PAGES.map((page) => [page.adapter.id, tablePage(page)]));
for (const path of mappings.toSorted()) {
  const mapping = JSON.parse(readFileSync(join(HOME, 'adapters', path), 'utf8')) as MappingDocument;
  made.set(mapping.id, pageOf(mapping, `adapters/${path}`));
}

const isCheck = process.argv.includes('--check');
mkdirSync(FOLDER, { recursive: true });
let drifted = 0;
for (const [id, page] of made) {
  const file = join(FOLDER, `${id}.md`);
  if (!isCheck) writeFileSync(file, page);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== page) {
    drifted++;
    console.error(`docs/adapters/${id}.md is not what its adapter says: run "npm run generate:pages" and commit`);
  }
}
if (drifted > 0) process.exitCode = 1;
else console.log(isCheck ? 'The pages of the adapters are up to date.' : `Wrote ${made.size} pages.`);
