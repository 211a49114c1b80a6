/** The two forms: what is asked to check a person, and the record of a stop from its published standard. */
import { type Form, formOf, type JsonSchema, type Option } from '../../contracts/client/forms/forms.ts';
import type { Standards } from './standards.ts';

const CHECK: JsonSchema = {
  type: 'object',
  properties: {
    person: {
      title: 'Name and date of birth',
      type: 'object',
      properties: {
        familyName: { title: 'Family name', type: 'string', maxLength: 200 },
        dateOfBirth: { title: 'Date of birth', type: 'string', format: 'date' },
      },
      required: ['familyName', 'dateOfBirth'],
    },
    registration: { title: 'Vehicle registration', type: 'string', maxLength: 10 },
  },
};

export const checkForm: Form = formOf(CHECK, { overrides: { '/person/dateOfBirth': { hint: 'For example, 27 3 1994' } } });

const optionsOf = (codes: Readonly<Record<string, string>>): readonly Option[] =>
  Object.entries(codes).map(([code, text]) => ({ code, text }));

/** PACE Code A, annex B: what the person says. */
const SELF_DEFINED = optionsOf({
  W1: 'White: British',
  W2: 'White: Irish',
  W9: 'White: any other background',
  M1: 'Mixed: White and Black Caribbean',
  M2: 'Mixed: White and Black African',
  M3: 'Mixed: White and Asian',
  M9: 'Mixed: any other background',
  A1: 'Asian: Indian',
  A2: 'Asian: Pakistani',
  A3: 'Asian: Bangladeshi',
  A9: 'Asian: any other background',
  B1: 'Black: Caribbean',
  B2: 'Black: African',
  B9: 'Black: any other background',
  O1: 'Chinese',
  O9: 'Any other ethnic group',
  NS: 'Not stated',
});

/** As the Police National Computer has them: what the officer sees. */
const OBSERVED: readonly Option[] = [
  { code: '1', text: 'White, North European' },
  { code: '2', text: 'White, South European' },
  { code: '3', text: 'Black' },
  { code: '4', text: 'Asian' },
  { code: '5', text: 'Chinese, Japanese or South East Asian' },
  { code: '6', text: 'Arab or North African' },
  { code: '0', text: 'Not known' },
];

/** The record of a stop: what Code A asks for, in the order in which an officer writes it down. */
export const stopForm = ({ stop, schemas, codeLists }: Standards): Form =>
  formOf(stop, {
    schemas,
    codeLists,
    only: [
      ...['/stop/kind', '/stop/date', '/stop/time', '/stop/location', '/stop/power', '/stop/object', '/stop/grounds'],
      ...['/stop/outcome', '/stop/outcomeLinked'],
      ...['/person/name/givenNames', '/person/name/familyName', '/person/dateOfBirth', '/person/gender', '/person/ethnicity'],
      ...['/vehicle', '/officer/number', '/officer/location'],
    ],
    overrides: {
      '/stop': { title: 'The stop', hint: '' },
      '/stop/kind': { title: 'What was stopped or searched', called: 'what was stopped or searched', hint: '' },
      '/stop/date': { hint: '' },
      '/stop/time': { hint: 'When it began, for example 21:40' },
      '/stop/location': { hint: '' },
      '/stop/power': { title: 'Power used', hint: '', required: true },
      '/stop/object': { title: 'What you looked for', called: 'what you looked for', kind: 'select', hint: 'If you searched' },
      '/stop/grounds': { hint: 'Why you suspected it' },
      '/stop/outcome': { hint: '' },
      '/stop/outcomeLinked': {
        title: 'Is the outcome about what you looked for?',
        called: 'whether the outcome is about what you looked for',
        hint: '',
      },
      '/person': { title: 'The person', hint: 'Nobody need give a name.' },
      '/person/name': { title: '' },
      '/person/name/givenNames': { kind: 'words', hint: '' },
      '/person/name/familyName': { hint: '' },
      '/person/dateOfBirth': { hint: 'For example, 27 3 1994' },
      '/person/gender': { options: 'gender', hint: '' },
      '/person/ethnicity': { title: '' },
      '/person/ethnicity/observed': { title: 'Ethnic appearance', kind: 'select', hint: 'What you see', options: OBSERVED },
      '/person/ethnicity/selfDefined': { title: 'Ethnic group', hint: 'What the person says', options: SELF_DEFINED },
      '/vehicle': { title: 'The vehicle', hint: '' },
      '/vehicle/registration': { hint: '' },
      '/vehicle/make': { title: 'Make and model', hint: '' },
      '/officer': { title: 'You', hint: '' },
      '/officer/number': { title: 'Collar or warrant number', hint: '' },
      '/officer/location': { title: 'Station or unit code', hint: '' },
    },
  });
