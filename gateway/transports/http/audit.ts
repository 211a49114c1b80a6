/** `/v1/audit`: the audit log, its heads and its verification, for those who are cleared for all that it is about. */
import type { Bus } from '../../bus/bus.ts';
import type { CompiledClearance } from '../../labels/label.ts';
import { isClearedForDomain } from '../../reading/cleared-for-domain.ts';
import type { Cursors } from '../../reading/cursor.ts';
import { actorOf, type Client } from '../../rules/clients.ts';
import { keyOfHead, readHeadClaims } from '../../store/audit/audit-head.ts';
import { type AuditQuery, searchAudit as search } from '../../store/audit/audit-search.ts';
import type { AuditVerifications, Verification } from '../../store/audit/audit-verifications.ts';
import type { Journal } from '../../store/journal.ts';
import { disclosedEvents } from '../../store/outcomes.ts';
import type { View } from '../../store/view/view.ts';
import { AUDIT_HEADS, type AuditEntry, type AuditRecord } from '../../wire/streams.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';
import { millisecondsOf } from './instants.ts';
import { HttpProblem } from './problem.ts';

export interface ClearedContext {
  /** The clearance of this gateway's domain. */
  readonly domain: () => CompiledClearance;
}

export interface AuditHttpContext extends ClearedContext {
  readonly bus: Bus;
  readonly view: View;
  readonly journal: Journal;
  readonly cursors: Cursors;
  readonly verifications: AuditVerifications;
  readonly policy: () => string;
}

/** The caller. Throws HttpProblem `forbidden` for one that is not cleared for all that the gateway may hold. */
export function clearedCaller({ domain }: ClearedContext, locals: Record<string, unknown>): Client {
  const { client } = callerOf(locals);
  if (!isClearedForDomain(client.clearance, domain()))
    throw new HttpProblem('forbidden', { detail: 'This is only for a client that is cleared for everything that this gateway may hold' });
  return client;
}

const MOST_EVENTS = 100;
const MOST_HEADS = 20;
const TOPIC = 'audit';

function shownRecord(entry: AuditRecord): object {
  const { seq, chain, time, action, who, onBehalfOf, decision, reasons, messageId, protection, subject } = entry;
  const { subscription, change, to, task, requests, policy } = entry;
  const events = disclosedEvents(entry);
  const optional = { chain, onBehalfOf, reasons, message: messageId, protection, subject, subscription, change, to, task, requests };
  return {
    seq,
    time,
    action,
    who,
    decision,
    policy,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    events: events.slice(0, MOST_EVENTS),
    eventCount: events.length,
  };
}

/** A use of the audit log, for the audit log. */
const useOf = (client: Client, policy: string, change: string): AuditEntry => ({
  action: 'consultation',
  ...actorOf(client),
  decision: 'permit',
  change,
  policy,
});

const milliseconds = (name: 'from' | 'to', time: string | undefined): AuditQuery =>
  time === undefined ? {} : { [name]: millisecondsOf(time, `/query/${name}`) };

const queryOf = ({ from, to, ...filters }: { readonly from: string | undefined; readonly to: string | undefined }): AuditQuery => ({
  ...milliseconds('from', from),
  ...milliseconds('to', to),
  ...Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
});

export const searchAudit =
  (context: AuditHttpContext): OperationHandler<'searchAudit'> =>
  async ({ query: { cursor, limit, from, to, action, who, decision, message, event, subject } }, response) => {
    const client = clearedCaller(context, response.locals);
    const { cursors, journal, policy } = context;
    const filters = { from, to, action, who, decision, message, event, subject };
    const standing = cursor === undefined ? undefined : await standingAt(cursors, client, cursor, filters);
    const { records, next } = await search(context, queryOf(filters), { before: standing?.[TOPIC]?.[0], limit });
    await journal.commit([], [{ ...useOf(client, policy(), 'search audit'), ...(subject === undefined ? {} : { subject }) }]);
    response.json({
      records: records.map(shownRecord),
      cursor: await cursors.write(client.id, { [TOPIC]: { 0: next ?? 0 } }, filters),
      more: next !== undefined,
    });
  };

export const getAuditHeads =
  (context: AuditHttpContext): OperationHandler<'getAuditHeads'> =>
  async (_call, response) => {
    clearedCaller(context, response.locals);
    const { bus, journal } = context;
    const end = (await bus.ends(AUDIT_HEADS))[0] ?? 0;
    const stored = await bus.read(AUDIT_HEADS, 0, Math.max(0, end - MOST_HEADS), MOST_HEADS);
    const heads = stored.toReversed().flatMap(({ value }) => {
      const jws = Buffer.from(value).toString();
      const claims = readHeadClaims(jws);
      const key = keyOfHead(jws);
      if (claims === undefined || key === undefined) return [];
      const { number, seq, time, hash, chain } = claims;
      return [{ number, seq, time, hash, key, ...(chain === undefined ? {} : { chain }) }];
    });
    const { timestamps } = journal;
    response.json({ heads, witness: journal.witness ?? 'none', ...(timestamps === undefined ? {} : { timestamp: timestamps.health }) });
  };

function shownVerification({ report, ...state }: Verification) {
  if (report === undefined) return state;
  if (!report.ok) return { ...state, badRecord: report.badRecord, reason: report.reason };
  return { ...state, heads: report.heads, gaps: report.gaps.length, notes: report.notes };
}

export const startVerification =
  (context: AuditHttpContext): OperationHandler<'startVerification'> =>
  async (_call, response) => {
    const client = clearedCaller(context, response.locals);
    await context.journal.commit([], [useOf(client, context.policy(), 'verify audit')]);
    response.status(202).json(shownVerification(await context.verifications.start()));
  };

export const getVerification =
  (context: AuditHttpContext): OperationHandler<'getVerification'> =>
  ({ path: { id } }, response) => {
    clearedCaller(context, response.locals);
    const found = context.verifications.get(id);
    if (found === undefined) throw new HttpProblem('not-found');
    response.json(shownVerification(found));
  };
