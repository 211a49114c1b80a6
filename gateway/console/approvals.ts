/** The queue of what waits for a second person. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords } from './times.ts';
import { CONSOLE_PATH } from './visit.ts';

type Approval = Schemas['Approval'];

const ON_A_PAGE = 100;
const KINDS: Readonly<Record<Approval['kind'], readonly [text: string, path: string]>> = {
  label: ['Lower the label of a message', `${CONSOLE_PATH}/quarantine`],
  lift: ['Lift a protection', `${CONSOLE_PATH}/protections`],
};

const shown = ({ kind, about, time, expires, ...rest }: Approval) => {
  const [text, path] = KINDS[kind];
  return { ...rest, about, text, href: `${path}/${about}`, time: inWords(time), expires: inWords(expires) };
};

/** What waits, the oldest first. */
export async function approvalsPage({ api }: Person, cursor: string | undefined): Promise<Page> {
  const query = { limit: ON_A_PAGE, ...(cursor === undefined ? {} : { cursor }) };
  const page = dataOf<Schemas['ApprovalPage']>(await api.GET('/v1/approvals', { params: { query } }));
  return {
    template: 'approvals',
    title: 'Approvals',
    section: 'approvals',
    waiting: page.waiting.map(shown),
    ...(page.more ? { next: `${CONSOLE_PATH}/approvals?${new URLSearchParams({ cursor: page.cursor })}` } : {}),
  };
}
