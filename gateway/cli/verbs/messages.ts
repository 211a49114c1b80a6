/** The verbs of those who send messages and read events. */
import { flag, REMOTE_OPTIONS, takes, type VerbDescription } from './description.ts';

const TYPE = takes('TYPE', 'Only events of this type, such as uk.justice.hearing.resulted.v1');
const TASK = takes('TASK', 'Read for this task: only the fields of its profile');

export const MESSAGES = {
  send: {
    name: 'send',
    summary: 'Sends message files; a run that was cut off goes on where it was',
    usage: ['--as PERSONA [--adapter ID] [--again] FILE…'],
    example: 'interchange send --as court examples/messages/court-result.xml',
    options: {
      ...REMOTE_OPTIONS,
      adapter: takes('ID', 'The adapter that reads the messages. Default: the gateway finds it'),
      again: flag('Send files that were accepted before too'),
    },
  },
  listen: {
    name: 'listen',
    summary: 'Follows the events that a persona may read, as they come',
    usage: ['--as PERSONA [--type TYPE] [--task TASK] [--count N] [--forward-to URL [--secret SECRET]]'],
    example: 'interchange listen --as cps',
    options: {
      ...REMOTE_OPTIONS,
      type: TYPE,
      task: TASK,
      count: takes('N', 'Stop after N events'),
      'forward-to': takes('URL', 'Give each event to this address, as a webhook'),
      secret: takes('SECRET', 'The secret that signs what is forwarded (whsec_…). Default: a new one, which is shown'),
    },
  },
  replay: {
    name: 'replay',
    summary: 'Gives the events since a time again, with their own ids, to a file or an address',
    usage: ['--as PERSONA --from TIME [--until TIME] [--type TYPE] [--task TASK] --to FILE|URL|-'],
    example: 'interchange replay --as court --from 2026-11-01T00:00:00Z --type uk.justice.hearing.resulted.v1 --to events.ndjson',
    options: {
      ...REMOTE_OPTIONS,
      from: takes('TIME', 'Events recorded since this time, such as 2026-11-01T00:00:00Z'),
      until: takes('TIME', 'Events recorded until this time. Default: now'),
      type: TYPE,
      task: TASK,
      to: takes('FILE', 'A file that does not exist yet, an address, or - for standard output'),
    },
  },
  convert: {
    name: 'convert',
    summary: 'Turns messages into events, or events back into messages, offline',
    usage: ['--to event [--adapter ID] [--stream] [--out FOLDER] FILE…', '--to message [--adapter ID] [--lenient] [--out FOLDER] FILE…'],
    example: 'interchange convert --to event --out events examples/messages/*.xml',
    options: {
      to: takes('WHAT', 'What to make', ['event', 'message']),
      out: takes('FOLDER', 'Where the files go. Default: standard output'),
      adapter: takes(
        'ID',
        'The adapter that reads or writes the messages. Default: the one that knows them, or that the events came through',
      ),
      stream: flag('Read files that are too large to be read whole: tables and court lists, twice, in pieces'),
      lenient: flag('Leave out what the message format cannot hold, and say what'),
    },
  },
  label: {
    name: 'label',
    summary: 'Explains the labels of a message, and reads, writes and shows labels of other systems (ADatP-4774)',
    usage: ['explain FILE', 'read FILE.xml [--policy FILE]', 'write FILE.json [--policy FILE]', 'display FILE [--policy FILE]'],
    example: 'interchange label explain examples/messages/new-case.xml',
    actions: {
      explain: 'Which label each portion of a message gets, and why',
      read: 'A label in ADatP-4774 XML as JSON',
      write: 'A label in JSON as ADatP-4774 XML',
      display: 'A label as people read it',
    },
    options: { policy: takes('FILE', 'The label policy. Default: the one of the configuration') },
  },
  verify: {
    name: 'verify',
    summary: 'Says whether the seals of events verify. Offline, with the keys of this machine or of a JWK set',
    usage: ['FILE… [--keys FILE] [--topic TOPIC] [--sd-jwt]'],
    example: 'interchange verify event.json --keys jwks.json',
    options: {
      keys: takes('FILE', 'A JWK set with the keys. Default: the keys of this machine'),
      topic: takes('TOPIC', 'The topic that the events were read from'),
      'sd-jwt': flag('Write each seal as an SD-JWT'),
    },
  },
  evidence: {
    name: 'evidence',
    summary: 'Gets everything about one message as a signed package for a court, and verifies such packages offline',
    usage: ['ID --as PERSONA [--out FILE]', 'verify FILE… [--keys FILE]'],
    example: 'interchange evidence verify evidence.zip --keys jwks.json',
    actions: { verify: 'Is a package as the gateway made it' },
    options: {
      ...REMOTE_OPTIONS,
      out: takes('FILE', 'Where the package goes; the file must not exist yet. Default: evidence-ID.zip'),
      keys: takes('FILE', 'A JWK set with the keys of the gateway. Default: the keys of this machine'),
    },
  },
  token: {
    name: 'token',
    summary: 'Prints a development access token for a persona',
    usage: ['--as PERSONA [--seconds N]'],
    example: 'curl -H "Authorization: Bearer $(interchange token --as cps)" http://127.0.0.1:8080/v1/events',
    options: {
      as: takes('PERSONA', 'The client of the configuration that the token is for'),
      seconds: takes('N', 'How long the token is valid. Default: as long as a token may be'),
    },
  },
} as const satisfies Readonly<Record<string, VerbDescription>>;
