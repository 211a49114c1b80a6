/** `interchange audit`: is the log what was written, and what does it say? */
import type { Bus } from '../bus/bus.ts';
import { openBusToRead } from '../buses.ts';
import { type Config, readConfig } from '../config.ts';
import { openKeys } from '../keys/keys.ts';
import { type Identities, makeIdentities } from '../pipeline/ids.ts';
import { REFERENCES } from '../pipeline/persons.ts';
import { streamRecords } from '../store/audit/audit.ts';
import { withLinkedCases } from '../store/case-links.ts';
import { disclosuresOf } from '../store/disclosures.ts';
import { pseudonymOf } from '../store/pseudonyms.ts';
import { readAudit } from '../wire/stream-reader.ts';
import { AUDIT } from '../wire/streams.ts';
import { checkAudit, mustHaveKeys } from './audit-check.ts';
import { runWitness } from './audit-witness.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

async function verify(bus: Bus, config: Config, values: Values, io: Io): Promise<ExitCode> {
  // A copy of the bus alone has none.
  mustHaveKeys(config.keysFolder);
  const file = textOf(values, 'witness');
  const { report, witnessed } = await checkAudit(bus, {
    keysFolder: config.keysFolder,
    witness: file === undefined ? config.witness : { file },
    certificatesFile: textOf(values, 'authority') ?? config.timestamps?.certificatesFile,
  });
  if (values.json === true) io.json(report);
  else if (report.ok) {
    io.out(
      `The audit log verifies: ${report.records} records, ${report.heads} signed heads${report.chains > 1 ? `, ${report.chains} chains` : ''}.`,
    );
    if (witnessed !== undefined) io.out(`The witness saw ${witnessed} heads, and they are in the log.`);
    else io.out('Note: No witness is configured: that the log was cut with its heads, or made again, cannot be seen.');
    const { count, first, last } = report.timestamps;
    if (first !== undefined && last !== undefined)
      io.out(`${count} timestamps, from ${first.time} to ${last.time}: records up to ${last.seq} were there at that time.`);
    for (const { record } of report.gaps) io.out(`Gap: record ${record} is not an audit record. Nothing of the log is missing there.`);
    for (const note of report.notes) io.out(`Note: ${note}.`);
  } else io.err(`The audit log does not verify. First bad record: ${report.badRecord}. ${report.reason}.`);
  return report.ok ? 0 : 1;
}

/**
 * `urn:52WX1000426`, `asn:…`, `pnc:…`, `cro:…` or `name:FAMILY/GIVEN/1991-04-17`, as the pseudonyms that the log has: those of today, and
 * those that older records of this spelling have.
 */
function pseudonymsOf(subject: string, identities: Pick<Identities, 'pseudonym'>): ReadonlySet<string> {
  const [name, value] = [subject.slice(0, subject.indexOf(':')), subject.slice(subject.indexOf(':') + 1)];
  const kinds = ['urn', ...REFERENCES] as const;
  const kind = kinds.find((known) => known === name);
  const found = kind && pseudonymOf({ kind, value }, identities);
  if (found === undefined) throw new UsageError(`--subject takes ${kinds.map((known) => `${known}:…`).join(', ')}`);
  return new Set([found.pseudonym, ...found.former]);
}

async function disclosures(bus: Bus, config: Config, values: Values, io: Io): Promise<ExitCode> {
  const subject = textOf(values, 'subject');
  if (subject === undefined) throw new UsageError('Name the person or case: --subject');
  const { secret } = await openKeys(config.keysFolder);
  const asked = pseudonymsOf(subject, makeIdentities(secret));
  const all = await disclosuresOf(bus, subject.startsWith('urn:') ? await withLinkedCases(bus, asked, secret) : asked);
  const person = textOf(values, 'on-behalf-of');
  const pseudonym = person === undefined ? undefined : makeIdentities(secret).pseudonym('person-of-token', person);
  const found = { ...all, disclosures: all.disclosures.filter(({ onBehalfOf }) => pseudonym === undefined || onBehalfOf === pseudonym) };
  if (values.json === true) io.json(found);
  else {
    for (const { time, who, onBehalfOf, event, decision, marking = '', task } of found.disclosures)
      io.out(
        `${time}  ${who}  ${decision === 'redact' ? 'redacted' : 'whole'}  ${marking}  ${event}${task === undefined ? '' : `  for ${task}`}${onBehalfOf === undefined ? '' : `  on behalf of ${onBehalfOf}`}`,
      );
    io.out(
      `${found.events.length} events, ${found.disclosures.length} disclosures, to ${new Set(found.disclosures.map(({ who }) => who)).size} recipients.`,
    );
  }
  return 0;
}

async function exported(bus: Bus, io: Io): Promise<ExitCode> {
  for await (const { value, offset } of streamRecords(bus, AUDIT)) io.json(readAudit(value) ?? { unreadable: { topic: AUDIT, offset } });
  return 0;
}

export const verb: Verb = {
  ...VERBS.audit,
  run: async (values, [action, ...more], io) => {
    if (action === 'witness' && more.length === 0) return await runWitness(values, io);
    if (more.length > 0 || (action !== 'verify' && action !== 'disclosures' && action !== 'export'))
      throw new UsageError('Usage: interchange audit verify, audit witness, audit disclosures or audit export');
    const data = textOf(values, 'data');
    const config = readConfig(io.env, data === undefined ? {} : { dataFolder: data });
    const bus = await openBusToRead(config);
    if (bus === undefined) throw new UsageError(`There is no bus in ${config.dataFolder}`);
    try {
      if (action === 'verify') return await verify(bus, config, values, io);
      return action === 'disclosures' ? await disclosures(bus, config, values, io) : await exported(bus, io);
    } finally {
      await bus.close();
    }
  },
};
