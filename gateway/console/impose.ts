/** Imposing a protection. It makes what readers get stricter, so it holds at once. */
import type { Page } from '../pages/page.ts';
import { problemOf, type Schemas } from './answers.ts';
import type { FormFault } from './form-fault.ts';
import { imposeFields, impositionIn } from './impose-form.ts';
import type { Person } from './person.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

const PATH = `${CONSOLE_PATH}/protections`;

/** The form; with what a person entered, where something is wrong. */
export const imposePage = (form = new URLSearchParams(), fault?: FormFault): Page => ({
  template: 'impose',
  title: 'Impose a protection',
  section: 'protections',
  trail: [{ text: 'Protections', href: PATH }, { text: 'Impose a protection' }],
  fields: imposeFields(form),
  kind: form.get('kind'),
  ...(fault === undefined ? {} : { fault, status: 400 }),
});

/** Imposes the protection of the form. The page says how many events of the case the person may read: none can mean a wrong reference. */
export async function impose({ api }: Person, form: URLSearchParams): Promise<Answer> {
  const body = impositionIn(form);
  if ('field' in body) return imposePage(form, body);
  const answer = await api.POST('/v1/protections', { body });
  if (answer.data === undefined) {
    const refused = problemOf(answer);
    const [reason] = refused.problem.reasons ?? [];
    if (refused.status === 403)
      return imposePage(form, { field: 'restrictions', text: 'A restriction is not of the policy, or you do not hold it' });
    if (refused.status === 400 && reason !== undefined) {
      const field = reason.at?.split('/')[2] ?? 'case';
      return imposePage(form, { field: field === 'person' ? 'familyName' : field, text: reason.reason });
    }
    throw refused;
  }
  const { id, events } = answer.data as Schemas['ImposedProtection'];
  return { template: 'imposed', title: 'The protection is in force', section: 'protections', id, events };
}
