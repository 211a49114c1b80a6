/**
 * Forms from the published standards, for front-ends: GOV.UK Design System markup, made on the server, which works without JavaScript.
 *
 * ```ts
 * const form = formOf(schema, { schemas, codeLists, only: ['/stop', '/person'] });
 * html = renderForm(form, { action: '/stop' });                                 // show it
 * const { data, errors } = readForm(form, request.body);                        // read what came back
 * html = renderForm(form, { action: '/stop', values: request.body, errors });   // or show what is wrong
 * html = renderForm(form, { action: '/stop', values: request.body, errors: errorsOf(form, problem) }); // as the gateway says
 * ```
 *
 * It needs `nunjucks` and `govuk-frontend`. Pages need the stylesheet of govuk-frontend, and a font of their own: the font and
 * the crown of GOV.UK are for GOV.UK only.
 */
export { type Body, bodyOf } from './body.ts';
export { errorsOf, type FormError, type ProblemDetails } from './errors.ts';
export type { CodeList, Field, FieldKind, Form, Group, Json, JsonSchema, Option } from './field.ts';
export { type FormOptions, formOf, type Override } from './form.ts';
export { type ReadForm, readForm } from './read.ts';
export { GOVUK_FRONTEND, type RenderOptions, renderForm } from './render.ts';
