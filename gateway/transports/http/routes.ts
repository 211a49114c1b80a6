/** Every operation of the contract: who may call it, and what handles it. */
import type { Standards } from '../../rules/standards.ts';
import { type ApprovalsHttpContext, listApprovals } from './approvals.ts';
import { type AuditHttpContext, getAuditHeads, getVerification, searchAudit, startVerification } from './audit.ts';
import { DOCUMENT_BYTES, readBody, TOKEN_BYTES } from './body.ts';
import { type ConfigurationHttpContext, getConfiguration } from './configuration.ts';
import {
  type DeliveriesHttpContext,
  getSubscriptionState,
  listDeliveryAttempts,
  listSubscriptionStates,
  operateSubscription,
  replayDeliveries,
  resendEvent,
  testDelivery,
} from './deliveries.ts';
import { type DisclosuresHttpContext, listDisclosures } from './disclosures.ts';
import { type EventsContext, getEvent, listEvents, streamEvents } from './events.ts';
import { type EvidenceHttpContext, getEvidence } from './evidence.ts';
import { type GatewayStateHttpContext, getGatewayState } from './gateway-state.ts';
import { approveLabel, type LabelRequestsHttpContext, listLabelRequests, requestLabel } from './label-requests.ts';
import { getLedger, type LedgerHttpContext } from './ledger.ts';
import { approveLift, type LiftRequestsHttpContext, liftProtection, listLiftRequests } from './lift-requests.ts';
import { getTimeline, listMessages, type MessageListHttpContext } from './message-list.ts';
import { getReceipt, type MessagesContext, resubmitQuarantined, submitEvent, submitMessage } from './messages.ts';
import { metrics } from './metrics.ts';
import { health, info, jwks, type OperationsContext, ping, securityTxt } from './operations.ts';
import { getProtection, imposeProtection, listProtections, type ProtectionsHttpContext } from './protections.ts';
import { makePseudonym, type PseudonymsHttpContext } from './pseudonyms.ts';
import { getQuarantined, listQuarantine, listQuarantineGroups, type QuarantineHttpContext } from './quarantine.ts';
import { endQuarantineRule, listQuarantineRules, makeQuarantineRule, type QuarantineRulesHttpContext } from './quarantine-rules.ts';
import {
  addQuarantineNote,
  closeQuarantined,
  getQuarantineWork,
  lockQuarantined,
  planQuarantineWork,
  previewResubmission,
  type QuarantineWorkHttpContext,
  reopenQuarantined,
  unlockQuarantined,
} from './quarantine-work.ts';
import { listReaders, type ReadersHttpContext } from './readers.ts';
import type { Limits, Routes } from './request-checks.ts';
import {
  getResubmissions,
  listResubmissions,
  type ResubmissionsHttpContext,
  restartResubmissions,
  startResubmissions,
  stopResubmissions,
} from './resubmissions.ts';
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
    QuarantineWorkHttpContext,
    QuarantineRulesHttpContext,
    ResubmissionsHttpContext,
    OperationsContext,
    LedgerHttpContext,
    SubscriptionsHttpContext,
    ProtectionsHttpContext,
    DisclosuresHttpContext,
    DeliveriesHttpContext,
    LiftRequestsHttpContext,
    ApprovalsHttpContext,
    LabelRequestsHttpContext,
    PseudonymsHttpContext,
    MessageListHttpContext,
    ReadersHttpContext,
    AuditHttpContext,
    ShadowRunsHttpContext,
    ConfigurationHttpContext,
    GatewayStateHttpContext {
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
  routes.add('listMessages', 'receipts:read', listMessages(context));
  routes.add('getReceipt', 'receipts:read', getReceipt(context));
  routes.add('getTimeline', 'receipts:read', getTimeline(context));
  routes.add('getEvidence', 'evidence:read', getEvidence(context));
  routes.add('getLedger', 'receipts:read', getLedger(context));
  routes.add('submitEvent', 'events:write', submitEvent(context), message);
  routes.add('streamEvents', 'events:read', streamEvents(context));
  routes.add('listEvents', 'events:read', listEvents(context));
  routes.add('getEvent', 'events:read', getEvent(context));
  routes.add('listReaders', 'events:read', listReaders(context));
  routes.add('listQuarantine', 'quarantine:read', listQuarantine(context));
  routes.add('getQuarantined', 'quarantine:read', getQuarantined(context));
  routes.add('resubmitQuarantined', 'quarantine:write', resubmitQuarantined(context), message);
  installQuarantineWork(routes, context);
  routes.add('listLabelRequests', 'quarantine:read', listLabelRequests(context));
  routes.add('requestLabel', 'quarantine:write', requestLabel(context), document);
  routes.add('approveLabel', 'quarantine:approve', approveLabel(context));
  routes.add('listDisclosures', 'disclosures:read', listDisclosures(context));
  routes.add('listProtections', 'protections:read', listProtections(context));
  routes.add('imposeProtection', 'protections:impose', imposeProtection(context), document);
  routes.add('getProtection', 'protections:read', getProtection(context));
  routes.add('liftProtection', 'protections:lift', liftProtection(context), document);
  routes.add('listLiftRequests', 'protections:read', listLiftRequests(context));
  routes.add('approveLift', 'protections:approve', approveLift(context), document);
  routes.add('listApprovals', 'approvals:read', listApprovals(context));
  routes.add('makePseudonym', 'pseudonyms:read', makePseudonym(context), document);
  routes.add('listSubscriptions', 'subscriptions:read', listSubscriptions(context));
  routes.add('createSubscription', 'subscriptions:write', createSubscription(context), document);
  routes.add('getSubscription', 'subscriptions:read', getSubscription(context));
  routes.add('updateSubscription', 'subscriptions:write', updateSubscription(context), document);
  routes.add('deleteSubscription', 'subscriptions:write', deleteSubscription(context));
  routes.add('rotateSubscriptionSecret', 'subscriptions:write', rotateSubscriptionSecret(context));
  routes.add('replaySubscription', 'subscriptions:write', replaySubscription(context), document);
  routes.add('testSubscription', 'subscriptions:write', testSubscription(context));
  routes.add('listDeliveries', 'subscriptions:read', listDeliveries(context));
  routes.add('listSubscriptionStates', 'deliveries:read', listSubscriptionStates(context));
  routes.add('getSubscriptionState', 'deliveries:read', getSubscriptionState(context));
  routes.add('operateSubscription', 'deliveries:write', operateSubscription(context), document);
  routes.add('listDeliveryAttempts', 'deliveries:read', listDeliveryAttempts(context));
  routes.add('replayDeliveries', 'deliveries:write', replayDeliveries(context), document);
  routes.add('resendEvent', 'deliveries:write', resendEvent(context), document);
  routes.add('testDelivery', 'deliveries:write', testDelivery(context));
  routes.add('searchAudit', 'audit:read', searchAudit(context));
  routes.add('getAuditHeads', 'audit:read', getAuditHeads(context));
  routes.add('startVerification', 'audit:read', startVerification(context));
  routes.add('getVerification', 'audit:read', getVerification(context));
  routes.add('getConfiguration', 'configuration:read', getConfiguration(context));
  routes.add('getGatewayState', 'gateway:read', getGatewayState(context));
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

/** What people do about messages in quarantine. */
function installQuarantineWork(routes: Routes, context: OperationsOfContract): void {
  const message = readBody(context.limits.bodyBytes);
  const document = readBody(DOCUMENT_BYTES);
  routes.add('getQuarantineWork', 'quarantine:read', getQuarantineWork(context));
  routes.add('planQuarantineWork', 'quarantine:write', planQuarantineWork(context), document);
  routes.add('addQuarantineNote', 'quarantine:write', addQuarantineNote(context), document);
  routes.add('closeQuarantined', 'quarantine:write', closeQuarantined(context), document);
  routes.add('reopenQuarantined', 'quarantine:write', reopenQuarantined(context));
  routes.add('lockQuarantined', 'quarantine:write', lockQuarantined(context));
  routes.add('unlockQuarantined', 'quarantine:write', unlockQuarantined(context));
  routes.add('previewResubmission', 'quarantine:write', previewResubmission(context), message);
  routes.add('listQuarantineGroups', 'quarantine:read', listQuarantineGroups(context));
  routes.add('listResubmissions', 'quarantine:read', listResubmissions(context));
  routes.add('startResubmissions', 'quarantine:write', startResubmissions(context), document);
  routes.add('getResubmissions', 'quarantine:read', getResubmissions(context));
  routes.add('stopResubmissions', 'quarantine:write', stopResubmissions(context));
  routes.add('restartResubmissions', 'quarantine:write', restartResubmissions(context));
  routes.add('listQuarantineRules', 'quarantine:read', listQuarantineRules(context));
  routes.add('makeQuarantineRule', 'quarantine:write', makeQuarantineRule(context), document);
  routes.add('endQuarantineRule', 'quarantine:write', endQuarantineRule(context));
}
