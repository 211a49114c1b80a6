/** The pages of shadow runs. */
import { ProblemAnswered } from './answers.ts';
import { messageIdIn, type Routes } from './routes.ts';
import { reportFile, runPage, shadowPage, startRun, stopRun } from './shadow.ts';

export function shadowRoutes({ get, post }: Routes): void {
  get('/shadow', (person) => shadowPage(person));
  post('/shadow', (person, form) => startRun(person, form));
  get('/shadow/:id', (person, request) => runPage(person, messageIdIn(request)));
  post('/shadow/:id/stop', (person, _form, request) => stopRun(person, messageIdIn(request)));
  get('/shadow/:id/report.json', async (person, request, response) => {
    const id = messageIdIn(request);
    const file = await reportFile(person, id);
    if (file === undefined) throw new ProblemAnswered(404, { title: 'There is no report yet' });
    response.set('Cache-Control', 'no-store').attachment(`shadow-${id}.json`).type('application/json').send(file);
    return undefined;
  });
}
