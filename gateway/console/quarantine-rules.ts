/** The rules of the quarantine: what is done by itself about messages of a source with a reason code. */
import type { Page } from '../pages/page.ts';
import { dataOf, problemOf, type Schemas } from './answers.ts';
import type { FormFault } from './form-fault.ts';
import type { Person } from './person.ts';
import { partsOfQuarantine, RULES_PATH } from './quarantine-navigation.ts';
import { inWords } from './times.ts';
import type { Answer } from './visit.ts';

const CONDITIONS = {
  'adapter-changed': 'Resubmit when its adapter has another version',
  'policy-changed': 'Resubmit when the policy has another version',
} as const;
const isCondition = (value: unknown): value is keyof typeof CONDITIONS => typeof value === 'string' && Object.hasOwn(CONDITIONS, value);

export interface RuleForm {
  readonly source: string;
  readonly code: string;
  readonly action?: string;
  readonly assign?: string;
}

/** The rules, and the form for another one. */
export async function rulesPage({ api, scopes }: Person, form: RuleForm, fault?: FormFault): Promise<Page> {
  const { rules } = dataOf<Schemas['QuarantineRuleList']>(await api.GET('/v1/quarantine-rules'));
  return {
    template: 'quarantine-rules',
    title: 'Rules of the quarantine',
    section: 'quarantine',
    parts: partsOfQuarantine('Rules'),
    rules: rules.map(({ resubmitWhen, assign, ended, time, ...rule }) => ({
      ...rule,
      what: resubmitWhen === undefined ? `Assign to ${assign}` : CONDITIONS[resubmitWhen],
      time: inWords(time),
      ...(ended === undefined ? {} : { ended: { ...ended, time: inWords(ended.time) } }),
    })),
    form,
    conditions: Object.entries(CONDITIONS),
    mayWork: scopes.has('quarantine:write'),
    ...(fault === undefined ? {} : { fault, status: 400 }),
  };
}

export async function makeRule(person: Person, given: URLSearchParams): Promise<Answer> {
  const [source, code, action, assign] = ['source', 'code', 'action', 'assign'].map((name) => (given.get(name) ?? '').trim()) as [
    string,
    string,
    string,
    string,
  ];
  const form = { source, code, action, assign };
  const fail = (field: string, text: string) => rulesPage(person, form, { field, text });
  if (source === '') return fail('source', 'Enter a source');
  if (code === '') return fail('code', 'Enter the code of a reason');
  if (action === 'assign' && assign === '') return fail('assign', 'Enter the person to whom messages are assigned');
  if (action !== 'assign' && !isCondition(action)) return fail('action-1', 'Select what the rule does');
  const body = { source, code, ...(isCondition(action) ? { resubmitWhen: action } : { assign }) } as Schemas['QuarantineRuleRequest'];
  const answer = await person.api.POST('/v1/quarantine-rules', { body });
  if (answer.response.ok) return { address: RULES_PATH };
  const problem = problemOf(answer);
  const [reason] = problem.problem.reasons ?? [];
  if (problem.status !== 400 || reason === undefined) throw problem;
  return fail(reason.at?.split('/')[2] ?? 'source', reason.reason);
}

export async function endRule({ api }: Person, id: string): Promise<Answer> {
  const answer = await api.DELETE('/v1/quarantine-rules/{id}', { params: { path: { id } } });
  if (!answer.response.ok) throw problemOf(answer);
  return { address: RULES_PATH };
}
