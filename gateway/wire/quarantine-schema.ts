/** The JSON Schema of the stream `interchange.quarantine`. It allows unknown members, which later versions may add. */
import { CLOSING_CODES, RULE_CONDITIONS } from './quarantine-records.ts';
import { digest, instant, name, object, type Schema } from './schema-parts.ts';

/** The longest text of a note or of the reason of a closure, in characters. */
export const LONGEST_TEXT = 2000;
/** The most items of one job. */
export const MOST_ITEMS = 1000;

const text = { type: 'string', minLength: 1, maxLength: LONGEST_TEXT };
const version = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const yes = { const: true };

const KINDS: Schema = {
  change: object(
    { id: digest, item: digest, version, by: name, time: instant },
    {
      person: name,
      close: object({ code: { enum: CLOSING_CODES } }, { text }),
      reopen: yes,
      note: text,
      assignee: { type: 'string', maxLength: 300 },
      due: { type: 'string', pattern: '^(?:\\d{4}-\\d\\d-\\d\\d)?$' },
      lock: object({ until: instant }),
      unlock: yes,
    },
  ),
  job: object(
    { id: digest, by: name, time: instant, items: { type: 'array', minItems: 1, maxItems: MOST_ITEMS, items: digest }, run: name },
    { person: name },
  ),
  step: object({ job: digest, version, kind: { enum: ['start', 'stop', 'done'] }, by: name, run: name, time: instant }),
  result: object(
    {
      job: digest,
      item: digest,
      outcome: { enum: ['accepted', 'quarantined', 'locked', 'closed', 'gone', 'failed'] },
      time: instant,
    },
    { message: digest },
  ),
  rule: object(
    { id: digest, source: name, code: name, by: name, time: instant },
    { assign: name, resubmitWhen: { enum: RULE_CONDITIONS } },
  ),
  end: object({ rule: digest, by: name, time: instant }),
  act: object({ rule: digest, item: digest, time: instant }),
};

export const QUARANTINE_SCHEMA: Schema = {
  type: 'object',
  oneOf: Object.entries(KINDS).map(([kind, schema]) => ({ type: 'object', required: [kind], properties: { [kind]: schema } })),
};
