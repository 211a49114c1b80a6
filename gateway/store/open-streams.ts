/** Opens the readers of the gateway's own streams: their authentication, and the reports of bad records. */
import type { Logger } from 'pino';
import type { Bus, StoredRecord } from '../bus/bus.ts';
import { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { StreamReader } from '../wire/stream-reader.ts';
import { AUDIT, type AuditEntry } from '../wire/streams.ts';
import type { AuditGap } from './audit/audit-verify.ts';
import { authenticateStreams, noteOf } from './authenticated-streams.ts';
import { badRecordLog, oncePerPlace } from './bad-record-log.ts';

export interface Streams {
  readonly authenticator: RecordAuthenticator;
  readonly reader: StreamReader;
  /** Finds where authenticated records begin. Resolves to the entries for the audit log. */
  begin(bus: Bus, policy: string): Promise<readonly AuditEntry[]>;
  /** Reports records on the stream of the audit log that are not audit records. */
  onGaps(gaps: readonly AuditGap[]): void;
  /** Reports a record that holds its readers back. */
  onHeld(record: StoredRecord): void;
  /** Reports a clock that is ahead of this machine's, in milliseconds. */
  onSkew(milliseconds: number): void;
}

/** Opens the streams with the secret of the deployment. `count` is called with the stream and code of each record that is put aside. */
export function openStreams(
  secret: Uint8Array,
  log: Pick<Logger, 'error' | 'warn'>,
  count: (stream: string, code: string) => void,
): Streams {
  const authenticator = new RecordAuthenticator(secret);
  const onBad = badRecordLog(count, (bad) => log.error(bad, 'a record of a stream is put aside'));
  const reader = new StreamReader({ authenticator, onBad });
  return {
    authenticator,
    reader,
    begin: async (bus, policy) => noteOf(await authenticateStreams(bus, authenticator, reader), policy),
    onGaps: (gaps) => {
      for (const gap of gaps) log.error({ topic: AUDIT, ...gap }, 'the audit log has a gap: interchange audit verify names it');
    },
    onHeld: oncePerPlace((held) => log.warn(held, 'readers wait at a record: the policy in force does not know its label')),
    onSkew: (milliseconds) => log.warn({ milliseconds }, 'the clock of another gateway, or of the broker, is not that of this machine'),
  };
}
