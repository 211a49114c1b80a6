/** Every operation of the contract: who may call it, and what handles it. */
import type { Standards } from '../../rules/standards.ts';
import { type AuditHttpContext, getAuditHeads, getVerification, searchAudit, startVerification } from './audit.ts';
import { DOCUMENT_BYTES, readBody, TOKEN_BYTES } from './body.ts';
import { type ConfigurationHttpContext, getConfiguration } from './configuration.ts';
import type { Limits, Routes } from './doors.ts';
import { type EventsContext, getEvent, listEvents, streamEvents } from './events.ts';
import { type EvidenceHttpContext, getEvidence } from './evidence.ts';
import { approveLabel, type LabelRequestsHttpContext, listLabelRequests, requestLabel } from './label-requests.ts';
import { getLedger, type LedgerHttpContext } from './ledger.ts';
import { getReceipt, type MessagesContext, resubmitQuarantined, submitEvent, submitMessage } from './messages.ts';
import { metrics } from './metrics.ts';
import { health, info, jwks, type OperationsContext, ping, securityTxt } from './operations.ts';
import { getProtection, imposeProtection, liftProtection, listProtections, type ProtectionsHttpContext } from './protections.ts';
import { getQuarantined, listQuarantine, type QuarantineHttpContext } from './quarantine.ts';
import { issueToken, onlySandbox, resetSandbox, type Sandbox } from './sandbox.ts';
import { getShadowRun, listShadowRuns, type ShadowRunsHttpContext, startShadowRun, stopShadowRun } from './shadow-runs.ts';
import { getStandard, listStandards, type Published } from './standards.ts';
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listDeliveries,
  listSubscriptions,
  replaySubscription,
  rotateSubscriptionSecret,
  type SubscriptionsHttpContext,
  testSubscription,
  updateSubscription,
} from './subscriptions.ts';

export interface OperationsOfContract
  extends MessagesContext,
    EvidenceHttpContext,
    EventsContext,
    QuarantineHttpContext,
    OperationsContext,
    LedgerHttpContext,
    SubscriptionsHttpContext,
    ProtectionsHttpContext,
    LabelRequestsHttpContext,
    AuditHttpContext,
    ShadowRunsHttpContext,
    ConfigurationHttpContext {
  readonly limits: Limits;
  readonly standards: Standards;
  readonly published: ReadonlyMap<string, Published>;
  readonly securityExpires: string;
  readonly sandbox: Sandbox | undefined;
}

export function installOperations(routes: Routes, context: OperationsOfContract): void {
  const message = readBody(context.limits.bodyBytes);
  const document = readBody(DOCUMENT_BYTES);
  routes.add('submitMessage', 'messages:write', submitMessage(context), message);
  routes.add('getReceipt', 'receipts:read', getReceipt(context));
  routes.add('getEvidence', 'evidence:read', getEvidence(context));
  routes.add('getLedger', 'receipts:read', getLedger(context));
  routes.add('submitEvent', 'events:write', submitEvent(context), message);
  routes.add('streamEvents', 'events:read', streamEvents(context));
  routes.add('listEvents', 'events:read', listEvents(context));
  routes.add('getEvent', 'events:read', getEvent(context));
  routes.add('listQuarantine', 'quarantine:read', listQuarantine(context));
  routes.add('getQuarantined', 'quarantine:read', getQuarantined(context));
  routes.add('resubmitQuarantined', 'quarantine:write', resubmitQuarantined(context), message);
  routes.add('listLabelRequests', 'quarantine:read', listLabelRequests(context));
  routes.add('requestLabel', 'quarantine:write', requestLabel(context), document);
  routes.add('approveLabel', 'quarantine:approve', approveLabel(context));
  routes.add('listProtections', 'protections:read', listProtections(context));
  routes.add('imposeProtection', 'protections:impose', imposeProtection(context), document);
  routes.add('getProtection', 'protections:read', getProtection(context));
  routes.add('liftProtection', 'protections:lift', liftProtection(context), document);
  routes.add('listSubscriptions', 'subscriptions:read', listSubscriptions(context));
  routes.add('createSubscription', 'subscriptions:write', createSubscription(context), document);
  routes.add('getSubscription', 'subscriptions:read', getSubscription(context));
  routes.add('updateSubscription', 'subscriptions:write', updateSubscription(context), document);
  routes.add('deleteSubscription', 'subscriptions:write', deleteSubscription(context));
  routes.add('rotateSubscriptionSecret', 'subscriptions:write', rotateSubscriptionSecret(context));
  routes.add('replaySubscription', 'subscriptions:write', replaySubscription(context), document);
  routes.add('testSubscription', 'subscriptions:write', testSubscription(context));
  routes.add('listDeliveries', 'subscriptions:read', listDeliveries(context));
  routes.add('searchAudit', 'audit:read', searchAudit(context));
  routes.add('getAuditHeads', 'audit:read', getAuditHeads(context));
  routes.add('startVerification', 'audit:read', startVerification(context));
  routes.add('getVerification', 'audit:read', getVerification(context));
  routes.add('getConfiguration', 'configuration:read', getConfiguration(context));
  routes.add('listShadowRuns', 'shadow:run', listShadowRuns(context));
  routes.add('startShadowRun', 'shadow:run', startShadowRun(context), document);
  routes.add('getShadowRun', 'shadow:run', getShadowRun(context));
  routes.add('stopShadowRun', 'shadow:run', stopShadowRun(context));
  routes.add('listStandards', 'public', listStandards(context.standards, context.published));
  routes.add('getStandard', 'public', getStandard(context.published));
  routes.add('issueToken', 'public', issueToken(context.sandbox), onlySandbox(context.sandbox), readBody(TOKEN_BYTES));
  routes.add('resetSandbox', 'anybody', resetSandbox(context.sandbox));
  routes.add('getHealth', 'public', health(context));
  routes.add('getPing', 'public', ping);
  routes.add('getInfo', 'public', info(context));
  routes.add('getMetrics', 'metrics:read', metrics(context));
  routes.add('getSecurityTxt', 'public', securityTxt(context.securityExpires));
  routes.add('getSealKeys', 'public', jwks(context));
}
