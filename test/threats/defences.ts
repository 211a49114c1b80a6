/**
 * `npm run test:defences`: takes the defence against each threat away, in a copy, and sees that the threat's test fails. A test that still
 * passes shows nothing. `npm run test:defences T03 T22` does only these, and
 * `--places` only checks whether each defence is still in the place from which it is removed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

const HOME = join(import.meta.dirname, '../..');
const MINUTES = 3;

/** A text in a file, and the text without the defence. */
type Removal = readonly [file: string, defence: string, without: string];
interface Defence {
  readonly threat: string;
  readonly test: string;
  readonly removals: readonly Removal[];
}

const one = (threat: string, test: string, ...removals: readonly Removal[]): Defence => ({
  threat,
  test: `test/${test}.test.ts`,
  removals,
});

const VERIFY = 'gateway/labels/verify.ts';
const CHECK = 'contracts/client/seal-check.ts';
const SEAL_FORM = 'contracts/client/seal-form.ts';
const REDACT = 'gateway/labels/redact.ts';
const POLICY = 'gateway/labels/policy.ts';
const INGEST = 'gateway/pipeline/ingest.ts';
const READ = 'gateway/pipeline/read.ts';
const PROTECTIONS = 'threats/protections';
const TRY_IT = 'portal/try-it';
const READING = 'gateway/reading/event-reader.ts';
const QUARANTINE = 'gateway/quarantine/quarantine.ts';
const RESUBMITTER = 'gateway/quarantine/resubmitter.ts';
const JOBS = 'gateway/quarantine/resubmission-jobs.ts';
const WORK_LOG = 'gateway/quarantine/work-log.ts';
const AUTH = 'gateway/transports/http/auth.ts';
const OBSERVE = 'gateway/transports/http/observe.ts';
const RECORD = 'gateway/bus/record.ts';
const XML = 'adapters/xml/scan.ts';
const FAST_SCAN = 'adapters/xml/fast-scan.ts';
const SAXES_SCAN = 'adapters/xml/saxes-scan.ts';
const FAST_SCAN_TEST = 'adapters/xml/fast-scan';
const VERIFY_AUDIT = 'gateway/store/audit/audit-verify.ts';
const HEAD_WALK = 'gateway/store/audit/head-walk.ts';
const KEY_FILES = 'gateway/keys/key-files.ts';
const BUDGETS = 'threats/budgets';
const EVIDENCE = 'threats/evidence';
const RECORDS = 'threats/records';
const KNOWN_RECORDS = 'threats/known-bad-records';
const STREAM_SCHEMAS = 'gateway/wire/stream-schemas.ts';
const STREAM_READER = 'gateway/wire/stream-reader.ts';
const LEASE = 'gateway/subscriptions/lease.ts';
const OUTBOX = 'gateway/store/view/outbox.ts';
const LEASE_TEST = 'subscriptions/lease';
const TIMESTAMPS = 'store/audit/timestamps';
const TOKENS = 'store/audit/timestamp-token';
const TOKEN = 'gateway/store/audit/timestamp-token.ts';
const TIMESTAMP_WALK = 'gateway/store/audit/timestamp-walk.ts';
const DIFFERENCES = 'gateway/bus/kafka/topic-differences.ts';
const SPECIFICATION = 'gateway/bus/kafka/topic-specification.ts';
const KAFKA = 'gateway/bus/kafka/kafka-bus.ts';
const WITHOUT_READING = 'gateway/transports/http/without-reading.ts';
const IDENTITY = 'gateway/bus/kafka/identity.ts';
const BINDING = 'gateway/bus/binding.ts';
const VIEW_BINDING = 'gateway/store/view/view-binding.ts';
const SPOOL = 'gateway/bus/spool.ts';
const COMMON_PLATFORM = 'adapters/common-platform/hearing-resulted';
const QUEUE_TEST = 'transports/queue-intake';
const QUEUE_INTAKE = 'gateway/transports/queue-intake.ts';
const AMQP_TEST = 'transports/amqp/sections';
const FRAME_GUARD = 'gateway/transports/amqp/frame-guard.ts';
const HOSTILE_BROKER = 'transports/hostile-broker';
const STOMP = 'gateway/transports/stomp/connection.ts';
const BROKER_SETTINGS = 'gateway/transports/broker-settings.ts';
const ISSUER = 'threats/issuer';
const TERMINAL = 'threats/terminal';
const FETCH_KEYS = 'gateway/transports/http/fetch-keys.ts';
const ISSUER_KEYS = 'gateway/transports/http/issuer-keys.ts';
const ORDER_TABLE = 'gateway/store/view/order-table.ts';
const RESTORE = 'gateway/reading/restore-order.ts';
const LEVEL_ORDERS = 'gateway/reading/level-orders.ts';
const EVENT_ORDER = 'contracts/client/event-order.ts';
const RESTORE_TEST = 'reading/restore-order';
const EVENT_ORDER_TEST = 'contracts/client/event-order';
const GATHER = 'gateway/evidence/gather.ts';
const EVIDENCE_PACKAGE = 'threats/evidence-package';
const INBOX = 'gateway/transports/inbox.ts';
const FOLDER_TEST = 'transports/folder/inbox';
const SFTP_TEST = 'transports/sftp/inbox';
const UNTRUSTED_SERVER = 'transports/sftp/untrusted-server';
const SFTP_CONNECTION = 'gateway/transports/sftp/connection.ts';
const SOAP = 'gateway/transports/soap';
const ENVELOPE = `${SOAP}/envelope.ts`;
const SOAP_FAULTS = 'transports/soap/faults';
const LOGGED = 'log.info({ operation,';

const DEFENCES: readonly Defence[] = [
  one('T32', SOAP_FAULTS, [XML, 'if (forbidden)', 'if (false)']),
  one(
    'T62',
    SOAP_FAULTS,
    [ENVELOPE, "if (local === 'Body' && this.#hasBody)", 'if (false)'],
    [ENVELOPE, 'if (this.#operation !== undefined) throw', 'if (false) throw'],
  ),
  one('T62', SOAP_FAULTS, [ENVELOPE, 'if (mustUnderstand && isForUs && !isAddressing)', 'if (false)']),
  one('T62', SOAP_FAULTS, [ENVELOPE, 'if (SIGNED.has(tag.uri))', 'if (false)']),
  one('T62', SOAP_FAULTS, [ENVELOPE, 'if (!isRight)', 'if (false)']),
  one('T62', SOAP_FAULTS, [ENVELOPE, '!== ANONYMOUS)', '=== undefined)']),
  one('T62', SOAP_FAULTS, [ENVELOPE, '++this.#elements > MOST_FIELDS', 'false']),
  one('T62', SOAP_FAULTS, [`${SOAP}/schema.ts`, 'this.#validator.validate(element);', '']),
  one('T62', SOAP_FAULTS, [
    `${SOAP}/schema.ts`,
    "throw new SoapFault('invalid-body', detail?.line);",
    "throw new SoapFault((error as Error).message as 'invalid-body', detail?.line);",
  ]),
  one('T62', SOAP_FAULTS, [`${SOAP}/authentication.ts`, "if (rights === 'unknown')", 'if (false)']),
  one('T62', 'transports/soap/certificates', [`${SOAP}/authentication.ts`, 'if (authorized !== true)', 'if (false)']),
  one('T62', 'transports/soap/certificates', [`${SOAP}/authentication.ts`, 'if (!isOfClient(tls, ', 'if (false && !isOfClient(tls, ']),
  one('T62', 'transports/soap/certificates', [`${SOAP}/index.ts`, 'if (tls === undefined && ', 'if (false && ']),
  one('T58', SOAP_FAULTS, [`${SOAP}/app.ts`, 'if (size > most)', 'if (false)']),
  one('T50', 'transports/soap/load', [`${SOAP}/app.ts`, 'if (underWay >= mostRequests)', 'if (false)']),
  one('T50', 'transports/soap/load', [`${SOAP}/request-reader.ts`, 'setInterval(look, ', 'setInterval(() => undefined, ']),
  one('T50', 'transports/soap/certificates', [
    'gateway/transports/connections.ts',
    'open.get(peerOf(request.socket))',
    'open.get(String(request.socket))',
  ]),
  one('T12', 'transports/soap/load', [
    `${SOAP}/waiting-messages.ts`,
    'Math.max(this.#last + 1, this.#options.now())',
    'this.#options.now()',
  ]),
  one('T17', 'transports/http/records', [
    READ,
    '.map((record) => ({ ...record, isRead }))',
    '.map((record) => ({ ...record, isRead: true }))',
  ]),
  one('T32', 'adapters/table/table', ['adapters/table/read.ts', 'if (++count > limits.rows)', 'if (++count > Number.POSITIVE_INFINITY)']),
  one('T47', 'adapters/table/table', ['adapters/table/charsets.ts', 'if (named !== described && ', 'if (false && ']),
  one('T47', 'adapters/every-adapter', ['adapters/table/charsets.ts', 'if (ONE_BYTE.has(described) && ', 'if (false && ']),
  one('T47', 'adapters/every-adapter', ['adapters/charset.ts', 'if (isOneByte(charset) && isUtf8BeyondAscii(body))', 'if (false)']),
  one('T32', 'adapters/every-adapter', [XML, 'if (forbidden)', 'if (false)']),
  one('T32', 'adapters/mapping/records', ['adapters/record/json.ts', 'if (records.length === limits.rows)', 'if (false)']),
  one('T33', 'adapters/mapping/records', [
    'adapters/record/xml.ts',
    "this.#fault ??= fault('not-text', NOT_TEXT, start - this.start)",
    '0',
  ]),
  one('T33', 'adapters/mapping/records', ['adapters/record/xml.ts', 'if (isNext && tag.uri !== namespace)', 'if (false)']),
  one('T63', 'adapters/mapping/records', ['adapters/record/paths.ts', 'if (name === FORBIDDEN)', 'if (false)']),
  one('T63', 'adapters/mapping/mapping', ['adapters/mapping/pointer.ts', 'names.some((name) => FORBIDDEN.has(name))', 'false']),
  one('T01', 'threats/labels', [INGEST, 'success(join(policy, floor, asserted.value))', 'asserted']),
  one('T02', 'threats/labels', [
    POLICY,
    "return failure(refuse('label-missing', '/', 'There is no label'))",
    'return success(policy.lowest)',
  ]),
  one('T03', 'threats/seal', [
    VERIFY,
    'if (value === undefined || !digests.delete(digestOf(salt, pointer, portionClaim(group.label, value))))',
    'if (false)',
  ]),
  one('T04', 'threats/seal', [VERIFY, 'if (!isSealedContext(claims, event))', 'if (false)']),
  one('T05', 'threats/labels', ['adapters/json.ts', 'if (level.names?.has(name))', 'if (false)']),
  one('T06', 'threats/labels', [
    POLICY,
    '({ id }) => id === (label as Label).classification)',
    '({ id }) => id === String((label as Label).classification).trim().toUpperCase())',
  ]),
  one('T07', 'threats/labels', [POLICY, "((named as Label['policy']).version === document.version ||", '(true ||']),
  one('T08', 'threats/labels', [
    'gateway/labels/decision.ts',
    "kind !== 'permissive' || bits === UNRESTRICTED) continue",
    "kind !== 'permissive' || bits === UNRESTRICTED || bits === 0) continue",
  ]),
  one('T09', 'threats/labels', [
    'gateway/labels/decision.ts',
    'const held = clearance.bits[place] as number;',
    'const held = clearance.bits.reduce((all, bits) => all | bits, 0);',
  ]),
  one('T10', 'threats/labels', ['gateway/labels/validity.ts', '  return refusals;\n', '  return [];\n']),
  one('T11', 'threats/people', [READ, 'if (!isKnown && submission.isDecided !== true)', 'if (false)']),
  one('T12', 'threats/http', ['gateway/pipeline/ids.ts', '`${sender.length}:${sender}`', '`${Math.random()}`']),
  one('T12', 'transports/http/subscriptions', [
    'contracts/client/webhook.ts',
    "if (Number(timestamp) < now - TOLERANCE) throw new WebhookRefused('timestamp-too-old');",
    '',
  ]),
  one(
    'T12',
    'transports/http/subscriptions',
    ['gateway/subscriptions/replays.ts', 'if (known !== undefined) return known;', ''],
    ['gateway/subscriptions/replays.ts', 'if (this.#known(client, replay) !== undefined) return undefined;', ''],
  ),
  one('T12', 'store/view/outbox', [OUTBOX, "if (version !== (before?.version ?? 0) + 1 || before?.status === 'deleted') return;", '']),
  one('T13', 'transports/http/subscriptions', [
    'gateway/subscriptions/subscriptions.ts',
    'known.has(event) ? { event, ...rest } : rest',
    '({ event, ...rest })',
  ]),
  one('T13', 'transports/http/subscriptions', [
    'gateway/subscriptions/webhook-delivery.ts',
    'const given = await eventReader.event(client, failed.event, query);',
    'const given = (await eventReader.event(client, failed.event, query)) ?? ({ event: { id: failed.event } } as never);',
  ]),
  one('T36', 'subscriptions/target', [
    'gateway/subscriptions/target.ts',
    '!found.every(({ address }) => isAllowed(address, networks))',
    '!found.some(({ address }) => isAllowed(address, networks))',
  ]),
  one('T36', 'transports/http/subscriptions', ['gateway/subscriptions/target.ts', "if (parsed.range() === 'unicast' && ", 'if (true || ']),
  one('T13', 'threats/http', [
    'gateway/start/authentication.ts',
    'new Authenticator(authority, inForce.clients, now, config.console?.clientId)',
    'new Authenticator(authority, ((first) => () => first)(inForce.clients()), now, config.console?.clientId)',
  ]),
  one('T64', 'console/console', ['gateway/console/session.ts', '|| this.#ended.has(session.id) ', '']),
  one('T64', 'console/console', ['gateway/console/session.ts', 'this.#context.idleMinutes * 60)', '86_400)']),
  one('T64', 'console/console', ['gateway/console/http.ts', "if (form.get('formToken') !== person.session.formToken)", 'if (false)']),
  one('T64', 'console/console', [AUTH, '|| client.person !== isPerson', '']),
  one('T14', 'threats/http', [AUTH, '!scopes.has(scope) || !client.scopes.has(scope)', '!scopes.has(scope)']),
  one('T15', 'threats/people', ['gateway/reading/volume.ts', 'if (sum >= volume.events)', 'if (false)']),
  one('T16', 'threats/http', [SAXES_SCAN, 'reason: reasonOf(error.message), line', 'reason: reasonOf(error.message) + parser.chunk, line']),
  one('T17', 'threats/http', [QUARANTINE, ' && dominates(labelling().policy, client.clearance, labels.waiting)', '']),
  one('T17', 'transports/http/messages', [QUARANTINE, 'label !== undefined && dominates(policy, client.clearance, label)', 'true']),
  one('T18', 'threats/http', [OBSERVE, LOGGED, 'log.info({ body: String(request.body), operation,']),
  one('T19', 'threats/http', [OBSERVE, 'durations.observe({ operation, ', 'durations.observe({ operation: request.originalUrl, ']),
  one('T20', 'bus/embedded', [RECORD, 'if (!pairs.every(', 'if (false && !pairs.every(']),
  one('T20', 'threats/bus', [
    READING,
    '(query.type ?? event.type) === event.type',
    '(query.type ?? record.headers.ce_type) === record.headers.ce_type',
  ]),
  one('T21', 'bus/embedded', [RECORD, 'if (!isTopic(topic))', 'if (false)']),
  one('T03', 'pipeline/record-verifier', ['gateway/pipeline/record-verifier.ts', 'Buffer.compare(found.value, value) === 0 &&', '']),
  one('T03', 'pipeline/record-verifier', [
    'gateway/pipeline/record-verifier.ts',
    '&& this.#verifier.stillTrusts(found.verified.value.event)',
    '',
  ]),
  one('T03', 'pipeline/record-verifier', [
    'gateway/pipeline/record-verifier.ts',
    'return contradiction === undefined ? verified : failure(contradiction);',
    'return verified;',
  ]),
  one('T03', 'pipeline/record-verifier', [
    'gateway/pipeline/record-verifier.ts',
    'JSON.stringify([topic, ce_id, ce_rendition])',
    'JSON.stringify([ce_id])',
  ]),
  one('T22', 'threats/seal', [REDACT, 'if (gone[n] === true) continue;', '']),
  one('T23', 'threats/seal', [
    'gateway/labels/seal.ts',
    'sha256(disclosureOf(salt, name, claim))',
    "sha256(disclosureOf('', name, claim))",
  ]),
  one('T24', 'threats/http', [
    READING,
    "    if (decision.verdict === 'deny') return undefined;",
    "    if (decision.verdict === 'deny') throw new Error('denied');",
  ]),
  one(
    'T25',
    'threats/http',
    ['gateway/reading/cursor.ts', 'const padded = text.padEnd(Math.ceil((text.length + 1) / STEP) * STEP);', 'const padded = text;'],
    [
      READING,
      'scan.more = delivered !== undefined && !this.#fits(delivered.bytes, query, scan);',
      'scan.more = scan.items.length >= scan.limit;',
    ],
  ),
  one('T25', 'transports/http/operations', [
    'gateway/transports/http/routes.ts',
    "routes.add('getMetrics', 'metrics:read',",
    "routes.add('getMetrics', 'public',",
  ]),
  one('T26', 'threats/seal', ['gateway/rules/standards.ts', 'return validate(data) ? [] : toRefusals(validate.errors)', 'return []']),
  one('T27', 'threats/people', [REDACT, 'gone.push(isHidden || isUnneeded)', 'gone.push(false)']),
  one('T28', 'threats/people', [POLICY, 'if (freeText && (', 'if (false && (']),
  one('T29', 'threats/people', ['gateway/labels/day.ts', "typeof until === 'string' && until <= day", 'false']),
  one('T30', 'threats/people', [
    'gateway/protections/rules.ts',
    'for (const portion of group.portions) portions.add(portion)',
    'for (const portion of group.portions.slice(0, 1)) portions.add(portion)',
  ]),
  one('T31', 'threats/tokens', [AUTH, "typ: 'at+jwt',", '']),
  one('T31', ISSUER, [AUTH, 'exp - iat > tokenSeconds || ', '']),
  one('T31', ISSUER, [AUTH, ' || iat > now / 1000 + clockSeconds', '']),
  one('T31', ISSUER, [AUTH, 'response.locals.isIssuerAway = true;', '']),
  one('T31', ISSUER, [AUTH, 'const newer = await this.#authority.keys.refreshed(set);', 'const newer = set;']),
  one('T31', ISSUER, [FETCH_KEYS, "redirect: 'manual'", "redirect: 'follow'"]),
  one('T31', ISSUER, ['gateway/bounded-body.ts', 'if (size > most) return undefined;', '']),
  one('T31', ISSUER, [FETCH_KEYS, ', AbortSignal.timeout(PATIENCE_MILLISECONDS)', '']),
  one('T31', ISSUER, [ISSUER_KEYS, 'this.#options.elapsed() - this.#askedAt < this.#rest', 'false']),
  one('T31', ISSUER, ['gateway/transports/http/key-set.ts', 'd === undefined', 'true']),
  one('T32', 'threats/parsing', [XML, 'if (forbidden)', 'if (false)']),
  one('T32', 'adapters/lists/stream', [
    XML,
    'if (forbiddenIn(this.#last + text.slice(0, LONGEST_FORBIDDEN)) ?? forbiddenIn(text))',
    'if (false)',
  ]),
  one(
    'T33',
    'threats/parsing',
    [SAXES_SCAN, "parser.on('cdata', (chunk) => handler.text(chunk));", "parser.on('cdata', () => undefined);"],
    [FAST_SCAN, 'this.#handler.text(text.slice(start + 9, end)', 'String(text.slice(start + 9, end)'],
  ),
  one('T33', FAST_SCAN_TEST, [FAST_SCAN, 'if (other.name === name || ', 'if (false && ']),
  one('T33', FAST_SCAN_TEST, [FAST_SCAN, 'if (this.#sectionEnd < to) return false;', '']),
  one('T33', FAST_SCAN_TEST, [FAST_SCAN, 'if (text.slice(start + 2, at) !== tag.name) return -1;', '']),
  one('T33', FAST_SCAN_TEST, [XML, 'if (!this.#fast.isPlain(piece)) return this.#handOver();', '']),
  one('T46', FAST_SCAN_TEST, [FAST_SCAN, 'this.open.length >= MOST_DEPTH || ', '']),
  one('T46', FAST_SCAN_TEST, [FAST_SCAN, ' || this.elements >= this.#mostElements', '']),
  one(
    'T34',
    'threats/parsing',
    ['adapters/json.ts', "if (name === '__proto__')", 'if (false)'],
    [
      'adapters/json.ts',
      'if (fault === undefined) return success(value);',
      'Object.assign(Object.prototype, (value as any)?.__proto__ ?? {}, (value as any)?.data?.__proto__ ?? {});\n  if (fault === undefined) return success(value);',
    ],
  ),
  one('T35', 'threats/parsing', ['schemas/components/address.json', '"^[0-9]{1,30}$"', '"^([0-9]+)+$"']),
  one('T36', 'threats/parsing', [
    XML,
    '  const scan = new Scan(handler, MOST_ELEMENTS);',
    '  for (const [url] of text.matchAll(/https?:[^"\'<> ]+/g)) void fetch(url).catch(() => undefined);\n  const scan = new Scan(handler, MOST_ELEMENTS);',
  ]),
  one('T37', 'threats/start', ['gateway/config.ts', 'if (!validate(document))', 'if (false)']),
  one('T37', 'cli/serve', ['gateway/cli/interchange.mjs', 'setTimeout(() => process.exit(), 2000).unref();', '']),
  one('T37', 'cli/serve', [
    'gateway/cli/serve.ts',
    "if (files.length > 0) throw new UsageError('serve takes no files');",
    'void io.interrupted;',
  ]),
  one('T37', 'threats/start', ['gateway/main.ts', 'await using stack', 'const stack']),
  one('T38', 'threats/start', [
    'gateway/rules/in-force.ts',
    'this.#rules = compileRulesInForce(config, this.#standards, policy);\n    this.#policy = policy;\n    this.#config = config;',
    'this.#policy = policy;\n    this.#config = config;\n    this.#rules = compileRulesInForce(config, this.#standards, policy);',
  ]),
  one('T39', 'threats/bus', [READING, '...by }, ...consultations])', '...by }, ...consultations]).catch(() => undefined)']),
  one('T39', 'cli/serve', ['gateway/bus/embedded/embedded-bus.ts', 'Math.max(PROBE_BYTES, this.#failing ?? 0)', '1']),
  one('T39', 'cli/serve', [
    'gateway/store/view/write-behind.ts',
    "return code !== 'ERR_SQLITE_ERROR' ? error",
    'return code !== undefined ? error',
  ]),
  one('T39', 'transports/http/gateways', [
    'gateway/bus/spool.ts',
    "if (!this.#isClear) throw new BusUnavailable('The bus has not been checked yet');",
    '',
  ]),
  one('T40', 'store/audit/audit', [VERIFY_AUDIT, 'if (!isItsOwn) return', 'if (false) return']),
  one(
    'T40',
    'store/audit/audit',
    [HEAD_WALK, 'if (number !== this.last.number + 1) return', 'if (false) return'],
    [HEAD_WALK, 'isNumbered && head.prev !== this.last.hash', 'false'],
  ),
  one('T40', 'store/audit/audit', [VERIFY_AUDIT, '(name === ONLY_CHAIN || !hasOnlyStarted)', 'false']),
  one(
    'T41',
    'threats/http',
    [OBSERVE, LOGGED, 'log.info({ url: decodeURIComponent(request.originalUrl), headers: request.headers, operation,'],
    [
      'gateway/main.ts',
      'openLog(config.logLevel, logTo)',
      "openLog(config.logLevel, logTo && { write: (line: string) => logTo.write(line.replaceAll('\\\\n', '\\n').replaceAll('\\\\u001b', '\\u001b')) })",
    ],
  ),
  one('T42', 'threats/seal', [
    READ,
    'const { portions: _portions, label: _label, quality: _quality, protections: _protections, ...stated } = data;',
    'const stated = data;',
  ]),
  one('T43', 'threats/poison', [
    'gateway/quarantine/broken-records.ts',
    'if (context.view.receipt(id) !== undefined) return Promise.resolve();',
    '',
  ]),
  one('T44', 'store/disclosures', [
    READING,
    'if (!isMatch && !(await isOwed(this.#context, client.id, event, scan.items, scan.caughtUp)))',
    'if (!isMatch)',
  ]),
  one('T44', 'transports/http/corrections', [INGEST, 'notices: noticesOf(context, labelling, protectedEvents, labelled)', 'notices: []']),
  one('T44', 'transports/http/corrections', ['gateway/intake/restrictions.ts', 'await this.#notify(verified, known);', '']),
  one('T44', 'transports/http/corrections', [READING, '!isNotice(event) && ', '']),
  one('T45', 'threats/waiting', [
    'gateway/store/view/order-watch.ts',
    'of this.#waiting) if (matches(topic)) wake(true);',
    'of this.#waiting) if (matches !== undefined) wake(true);',
  ]),
  one('T46', 'threats/poison', ['gateway/workers/pool.ts', 'started !== undefined && (used', 'false && (used']),
  one('T46', 'adapters/third-party', ['gateway/workers/pool.ts', '|| this.#now() - started.time > WAITING_TIMES * most', '']),
  one('T47', 'adapters/spi/hostile', [
    'adapters/charset.ts',
    'new TextDecoder(charset, { fatal: true, ignoreBOM: true })',
    'new TextDecoder(charset, { ignoreBOM: true })',
  ]),
  one('T48', PROTECTIONS, ['gateway/pipeline/references.ts', 'events[id]?.source === event.source', 'true']),
  one('T48', PROTECTIONS, ['gateway/intake/look-up.ts', "if (verdict === 'deny') return undefined;", 'void verdict;']),
  one('T57', 'transports/http/links', ['gateway/store/view/linked-register.ts', '...spread, ', '']),
  one('T57', 'transports/http/links', [
    'gateway/protections/register.ts',
    'entries.filter(({ protection }) => protection.case === subject)',
    'entries',
  ]),
  one('T57', 'transports/http/links', [
    'gateway/protections/link.ts',
    'until.size > MOST_CASES) isCut = true;',
    'until.size > MOST_CASES) continue;',
  ]),
  one('T25', 'transports/http/links', [
    'gateway/reading/linked-cases.ts',
    '(mayRead = (await mayReadOf(context, client, event)) !== undefined)',
    '(mayRead = true)',
  ]),
  one('T49', BUDGETS, ['gateway/pipeline/canonical.ts', 'Object.keys(extensions).find(isAdapter)', 'undefined']),
  one('T50', BUDGETS, ['gateway/transports/http/admit.ts', 'if (count >= most)', 'if (count > 1000)']),
  one('T50', BUDGETS, [
    'gateway/transports/connections.ts',
    'if (connectionsOfAddress.length > limits.connectionsPerAddress)',
    'if (false)',
  ]),
  one('T50', BUDGETS, ['gateway/transports/http/doors.ts', 'return PROBES.has(operationId)', "return PROBES.has('')"]),
  one('T50', BUDGETS, ['gateway/workers/pool.ts', 'this.#slow.set(owner, this.#now() + SLOW_FOR);', ';']),
  one('T50', 'reading/slices', ['gateway/reading/slices.ts', 'setImmediate(() => this.#next());', 'this.#next();']),
  one('T50', 'reading/slices', [
    'gateway/reading/slices.ts',
    'if (rest.length > 0) this.#waiting',
    'if (rest.length > 0) for (const one of rest) one(); else this.#waiting',
  ]),
  one('T50', 'workers/fair-queue', ['gateway/workers/fair-queue.ts', 'line.used < best.used', 'false']),
  one('T51', EVIDENCE, [
    HEAD_WALK,
    'if (here === hashOfHead(jws)) return undefined;',
    'if (here !== undefined || here === undefined) return undefined;',
  ]),
  one('T51', EVIDENCE, [VERIFY_AUDIT, 'if (known?.isStopped === true && entry.seq > signed) return', 'if (false) return']),
  one('T51', EVIDENCE, [HEAD_WALK, '(head.secret ?? this.#secret) !== this.#secret', 'false']),
  one('T51', EVIDENCE, [
    'gateway/store/journal.ts',
    'if (report.ok) return { ...report, from };',
    'if (report.ok || look > 0) return { ...(report as SoundLog), from };',
  ]),
  one('T51', EVIDENCE, [KEY_FILES, "if (text === '') throw", 'if (false) throw']),
  one('T51', EVIDENCE, [KEY_FILES, 'bytes.length < SECRET_BYTES ||', '']),
  one('T51', EVIDENCE, [KEY_FILES, 'if (derivedKey.x !== x) throw', 'if (false) throw']),
  one('T51', EVIDENCE, [KEY_FILES, '(statSync(file).mode & OTHERS) !== 0', 'false']),
  one('T51', EVIDENCE, ['gateway/keys/keys.ts', 'existsSync(join(folder, SEAL)) && !existsSync(join(folder, SECRET))', 'false']),
  one('T51', EVIDENCE, ['gateway/bus/private-file.ts', 'if (existsSync(path)) chmodSync(path, 0o600);', 'void path;']),
  one('T51', 'store/audit/witness', ['gateway/store/audit/witness.ts', 'if (prev !== last.hash)', 'if (false)']),
  one('T51', 'store/audit/witness', [
    'gateway/store/audit/witness-feed.ts',
    "if (this.#refusal !== undefined) return 'The",
    "if (false) return 'The",
  ]),
  one('T51', 'store/audit/witness', ['gateway/store/audit/witness-feed.ts', 'now() - this.#awaySince >= seconds * 1000', 'false']),
  one('T51', 'store/audit/witness', [
    'gateway/store/audit/witness-server.ts',
    'if (token !== undefined && !isSameSecret(',
    'if (token === undefined && !isSameSecret(',
  ]),
  one('T51', TOKENS, [TOKEN, '|| !imprint.equals(digest)', '']),
  one('T51', TOKENS, [TOKEN, 'if (trusted !== undefined) await', 'if (trusted === undefined) await']),
  one('T51', TOKENS, [TOKEN, 'checkChain: true', 'checkChain: false']),
  one('T51', TOKENS, [TOKEN, 'if (certificate == null || !isForTimestamps(certificate))', 'if (certificate == null)']),
  one('T51', TOKENS, [TOKEN, 'if (usage?.critical !== true) return false;', '']),
  one('T51', TOKENS, [TOKEN, 'purposes.length === 1 &&', '']),
  one('T51', TOKENS, [TOKEN, 'if (DIGESTS[signer.digestAlgorithm.algorithmId] === undefined)', 'if (false)']),
  one('T51', TOKENS, [TOKEN, 'if (meant === undefined || createHash', 'if (meant !== undefined && createHash']),
  one('T51', TOKENS, ['gateway/bounded-body.ts', 'if (size > most) return undefined;', '']),
  one('T51', TOKENS, ['gateway/store/audit/timestamp-request.ts', ', AbortSignal.timeout(milliseconds)', '']),
  one('T51', TOKENS, [
    'gateway/store/audit/timestamp-request.ts',
    'if (timestamp.nonce !== Buffer',
    'if (false && timestamp.nonce !== Buffer',
  ]),
  one('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'if (before !== undefined && Date.parse(before.time) > stamped)', 'if (false)']),
  one('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'if (Math.abs(Date.parse(time) - stamped) > CLOCK_MILLISECONDS)', 'if (false)']),
  one('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'if (head.time - stamped > CLOCK_MILLISECONDS)', 'if (false)']),
  one('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'after: heads.before(number),', '']),
  one('T51', TIMESTAMPS, ['gateway/store/audit/timestamper.ts', 'this.#stopping.abort();', '']),
  one(
    'T17',
    EVIDENCE_PACKAGE,
    [GATHER, "  if (!dominates(policy, clearance, waiting)) return 'clearance';\n", ''],
    [GATHER, "  if (verdict !== 'permit' || !dominates(labelling().policy, clearance, label)) return 'clearance';\n", ''],
    [GATHER, "  if (!dominates(policy, clearance, label)) return 'clearance';\n", ''],
  ),
  one('T24', EVIDENCE_PACKAGE, ['gateway/evidence/evidence.ts', ' || (!client.operator && receipt.source !== client.id)', '']),
  one(
    'T13',
    EVIDENCE_PACKAGE,
    ['gateway/evidence/labels-now.ts', 'raise === undefined ? sealed.value : join(policy, sealed.value, raise)', 'sealed.value'],
    [GATHER, '{ known: protections }', '{}'],
  ),
  one('T22', EVIDENCE_PACKAGE, ['gateway/evidence/shown-audit.ts', 'if (isOnlyAbout(record, named)) return', 'return']),
  one('T22', EVIDENCE_PACKAGE, ['gateway/store/audit/record-leaf.ts', '({ persons: _persons, ...event }) => event', '(event) => event']),
  one('T64', EVIDENCE_PACKAGE, ['gateway/evidence/templates/evidence.njk', '{{ message.text }}', '{{ message.text | safe }}']),
  one('T64', 'transports/http/audit', [
    'gateway/transports/http/audit.ts',
    'if (!isClearedForDomain(client.clearance, domain()))',
    'if (!isClearedForDomain(domain(), domain()))',
  ]),
  one('T64', 'console/overview', [
    'gateway/transports/http/gateway-state.ts',
    'isClearedForDomain(client.clearance, domain())',
    'isClearedForDomain(domain(), domain())',
  ]),
  one('T15', 'transports/http/evidence', ['gateway/evidence/evidence.ts', 'await this.#take(client, given.length);', '']),
  one('T51', 'evidence/changed-bytes', [
    'gateway/evidence/verify-evidence.ts',
    "content.length !== size || createHash('sha256').update(content).digest('hex') !== sha256",
    'content.length !== size',
  ]),
  one('T51', 'evidence/changed-bytes', ['gateway/labels/signed-text.ts', 'return protectedHeader.typ === type;', 'return true;']),
  one('T52', PROTECTIONS, [RESUBMITTER, 'original: approved ?? labelling.spell(labels.origin),', '']),
  one('T52', PROTECTIONS, ['gateway/quarantine/label-requests.ts', 'request.sha256 === sha256 &&', '']),
  one('T52', PROTECTIONS, ['gateway/quarantine/label-requests.ts', "if (request.by === client.id) return 'same-person';", '']),
  one('T52', PROTECTIONS, ['gateway/quarantine/label-requests.ts', "if (request.person === person) return 'same-person';", '']),
  one('T52', 'transports/http/lift-requests', [
    'gateway/store/lift-requests.ts',
    "if (request.by === client.id) return 'same-person';",
    '',
  ]),
  one('T52', 'transports/http/lift-requests', [
    'gateway/store/lift-requests.ts',
    "if (request.person === person) return 'same-person';",
    '',
  ]),
  one('T52', 'transports/http/lift-requests', ['gateway/store/lift-requests.ts', 'request.sha256 !== sha256 || ', '']),
  one('T64', 'transports/http/deliveries', [
    'gateway/subscriptions/operated-subscriptions.ts',
    'if (isKnown) attempts.push(delivery);',
    'attempts.push(delivery);',
  ]),
  one('T53', ISSUER, [AUTH, 'if (this.#under !== set) this.#known.clear();', '']),
  one('T53', ISSUER, ['gateway/transports/http/events.ts', ', tokenEnd(response.locals)]', ']']),
  one('T53', ISSUER, [ISSUER_KEYS, 'Math.min(this.#most, ', 'Math.max(this.#most, ']),
  one('T31', ISSUER, [ISSUER_KEYS, 'this.#timer = setTimeout(() => void this.#ask()', 'this.#timer = setTimeout(() => undefined']),
  one('T54', PROTECTIONS, [
    'gateway/pipeline/quarantine-label.ts',
    'isAllRead ? known : join(policy, known, highestOf(policy, domain))',
    'known',
  ]),
  one('T55', PROTECTIONS, ['gateway/protections/raiser.ts', 'this.#lookup.addMentioned(text, found);', '']),
  one('T55', PROTECTIONS, ['gateway/protections/raiser.ts', 'return this.#everything;', 'return undefined;']),
  one('T55', 'protections/recorded-crime', [
    'gateway/protections/people.ts',
    'if (data.crime !== undefined || data.offences !== undefined)',
    'if (false)',
  ]),
  one('T55', 'cli/convert-stream', [
    'gateway/cli/large-message.ts',
    'withOthers(labelling(), found, cases)',
    'withOthers(labelling(), found, new CaseProtections())',
  ]),
  one('T55', 'protections/recorded-crime', ['gateway/protections/protect.ts', "of === 'crime' && defendant.crime !== undefined", 'false']),
  one('T55', COMMON_PLATFORM, [
    'adapters/common-platform/index.ts',
    'if (first === undefined || carrier < 1) return events;',
    'return events;',
  ]),
  one('T55', COMMON_PLATFORM, [
    'adapters/common-platform/event.ts',
    'defendants: [defendantOf(subject, offences, presence), ...otherDefendants(around, subject)],',
    'defendants: [defendantOf(subject, offences, presence)],',
  ]),
  one('T55', COMMON_PLATFORM, [
    'adapters/common-platform/results.ts',
    'return [...results, ...said.map(',
    'return [...results, ...[].map(',
  ]),
  one('T56', COMMON_PLATFORM, ['adapters/common-platform/index.ts', '.map(withDoubt)', '']),
  one('T56', PROTECTIONS, ['gateway/protections/age.ts', ' || SENTINELS.has(born)', '']),
  one('T56', PROTECTIONS, [
    'gateway/protections/people.ts',
    'saysSomething(objectOf(organisation).name) && !saysSomething(person)',
    'organisation !== undefined',
  ]),
  one('T57', 'transports/http/protections', [
    'gateway/labels/today.ts',
    'return raise === undefined ? sealed : join(policy, sealed, raise.label);',
    'return sealed;',
  ]),
  one('T57', 'transports/http/protections', [
    'gateway/intake/message-intake.ts',
    '...this.#newProtections(outcome)',
    '...this.#newProtections(outcome).slice(0, 0)',
  ]),
  one('T58', BUDGETS, ['gateway/transports/http/body.ts', 'else if (!account.take(chunk.length)) stop', 'else if (chunk.length < 0) stop']),
  one('T58', BUDGETS, ['gateway/transports/http/body.ts', "if (Number(request.get('content-length') ?? 0) > limit)", 'if (false)']),
  one('T58', BUDGETS, [
    'gateway/transports/http/routes.ts',
    'issueToken(context.sandbox), onlySandbox(context.sandbox), ',
    'issueToken(context.sandbox), ',
  ]),
  one('T58', BUDGETS, [READING, ' || length > scan.left', '']),
  one('T58', BUDGETS, ['gateway/reading/unread.ts', 'if (hasRoom?.(bytes) === false)', 'if (bytes < 0)']),
  one('T58', BUDGETS, ['gateway/transports/connections.ts', 'return time - connection.takenAt >= milliseconds;', 'return time < 0;']),
  one('T58', BUDGETS, ['gateway/pipeline/write-delivery.ts', "form === 'reference' && json.length > LONGEST_INLINE", 'json.length < 0']),
  one('T67', RECORDS, [STREAM_READER, 'return validators.get(topic)?.(parsed) === true', 'return parsed !== undefined']),
  one('T67', RECORDS, [
    STREAM_READER,
    'const refused = givesRights(topic) ? this.#unauthentic(record) : undefined;',
    'const refused = undefined as BadRecordCode | undefined;',
  ]),
  one('T67', RECORDS, [STREAM_READER, "return topic === PROTECTIONS && 'protection' in read.value", 'return topic === LEDGER']),
  one('T67', RECORDS, [
    'gateway/store/authenticated-streams.ts',
    'return begin?.before ?? 0;',
    'return Number.MAX_SAFE_INTEGER + (begin?.before ?? 0);',
  ]),
  one('T67', RECORDS, ['gateway/store/view/event-index.ts', 'else view.events.refute(id, claim);', 'else return claim;']),
  one('T67', RECORDS, [READING, "return 'unjudged';", '']),
  one('T67', KNOWN_RECORDS, [STREAM_READER, "if (isDeeper(value, MOST_LEVELS)) return refuse('malformed');", '']),
  one('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'const inAnHour = { ...count, maximum: 1_000_000_000 };', 'const inAnHour = count;']),
  one('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'hour: { ...instant, pattern', "hour: { type: 'string', pattern"]),
  one('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'id: pseudonym,', 'id: name,']),
  one('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'event: digest,\n', 'event: name,\n']),
  one('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'object({ classification: name }', 'object({}']),
  one('T67', KNOWN_RECORDS, [
    STREAM_SCHEMAS,
    '  { at: text(10_000), line: { ...count, minimum: 1 }, column: { ...count, minimum: 1 } },\n',
    '',
  ]),
  one('T67', KNOWN_RECORDS, ['gateway/store/view/receipt-table.ts', "(earlier.status !== 'accepted' && (", '(true || (']),
  one('T67', KNOWN_RECORDS, ['gateway/protections/restriction-raise.ts', '.filter((restriction) => known.has(restriction))', '']),
  one('T67', KNOWN_RECORDS, [
    'gateway/protections/restriction-raise.ts',
    'restrictions.every((restriction) => known.has(restriction)) ? raise',
    'true ? raise',
  ]),
  one('T67', KNOWN_RECORDS, ['gateway/transports/http/protections.ts', "reason in PROTECTION_REASONS ? reason : 'register'", 'reason']),
  one('T67', 'store/view/write-behind', [
    'gateway/store/view/write-behind.ts',
    'this.#waiting = records;',
    "this.#waiting = (error as { code?: string }).code === 'ERR_SQLITE_ERROR' ? records : [];",
  ]),
  one('T67', KNOWN_RECORDS, ['gateway/store/read-message.ts', ', { maxOutputLength: MOST_MESSAGE_BYTES }', '']),
  one('T67', EVIDENCE, [VERIFY_AUDIT, 'if (missing < 0 || !this.#lose(missing, known?.lastAt ?? -1))', 'if (missing !== 0)']),
  one('T70', 'subscriptions/lease', [
    'gateway/subscriptions/lease.ts',
    'this.#options.wanted() && this.age > 2 * this.#milliseconds',
    'false',
  ]),
  one('T70', LEASE_TEST, [LEASE, 'over > holder.over && over < offset', 'over < offset']),
  one('T70', LEASE_TEST, [
    LEASE,
    'if (this.#holder !== before) this.#seen = this.#elapsed();',
    'this.#seen = this.#elapsed() + stored.time - Date.now();',
  ]),
  one('T70', LEASE_TEST, [LEASE, 'if (this.#isFollowing) this.#compareClocks(claim, stored);', '']),
  one('T70', LEASE_TEST, [
    LEASE,
    'if (left >= 0) this.#expiry = setTimeout(() => this.#tick(), left + 1).unref();',
    'if (left >= 0) return;',
  ]),
  one('T70', 'store/view/outbox', [OUTBOX, 'if (hasPassed(place.standing, standing)) return;', '']),
  one('T70', 'store/view/outbox', [OUTBOX, 'further(place.standing, standing)', 'standing']),
  one('T60', 'pipeline/write-delivery', [
    'gateway/pipeline/write-delivery.ts',
    'return first === undefined ? encoded :',
    'return true ? encoded :',
  ]),
  one('T59', PROTECTIONS, [
    'gateway/labels/portions.ts',
    'if (value === undefined || this.#areListed(code, value)) this.spare++;',
    'if (value !== undefined || value === undefined) this.spare++;',
  ]),
  one('T37', 'threats/start', ['gateway/config.ts', 'sendsPassword(config.kafka) && ', 'false && ']),
  one('T37', 'threats/start', ['gateway/config.ts', 'if (names.some((name) => ids.has(name)))', 'if (false)']),
  one('T68', 'store/copies', ['gateway/bus/file-mark.ts', 'if (walSize === 0 && !isCopy &&', 'if (false &&']),
  one('T68', 'store/copies', ['gateway/bus/file-mark.ts', 'this.set(BEGUN, mark);', '']),
  one('T68', 'store/copies', [HEAD_WALK, 'if (short !== undefined)', 'if (false)']),
  one('T68', 'store/copies', ['gateway/store/journal.ts', 'this.#grew(positions);', '']),
  one('T68', 'store/copies', ['gateway/cli/audit-check.ts', 'if (!hasKeys(folder))', 'if (false)']),
  one('T68', 'store/copies', ['gateway/bus/embedded/copy.ts', 'if (existsSync(to)) throw', 'if (false) throw']),
  one('T68', 'store/binding', [BINDING, 'if (bound.deployment !== here.deployment)', 'if (false)']),
  one('T68', 'store/binding', [BINDING, 'if (bound.bus.bus !== here.bus.bus)', 'if (false)']),
  one('T68', 'store/binding', [VIEW_BINDING, 'found?.offset === offset && digestOf(found.value) !== sha256', 'false']),
  one('T68', 'store/binding', [
    VIEW_BINDING,
    "if (bound?.bus === undefined) return 'a bus that it does not name';",
    'if (bound?.bus === undefined) return undefined;',
  ]),
  one('T68', 'store/binding', [VIEW_BINDING, 'if (((await bus.ends(topic))[part] ?? 0) < next)', 'if (false)']),
  one('T68', 'store/binding', ['gateway/buses.ts', 'if (owner !== undefined && owner !== deployment.name) throw', 'if (false) throw']),
  one('T68', 'store/binding', ['gateway/store/deployment.ts', "owner = 'foreign';", '']),
  one('T68', 'store/binding', ['gateway/store/deployment.ts', 'return waiting.size === 0;', 'return true;']),
  one('T68', 'store/binding', [SPOOL, 'if (!this.#isBound) await this.#bind();', '']),
  one('T68', 'store/binding', [SPOOL, '|| !this.#isClear || !this.#isBound;', '|| !this.#isClear;']),
  one('T68', 'store/binding', [SPOOL, 'if (refusal !== undefined) throw', 'if (false) throw']),
  one('T68', 'bus/late', [SPOOL, '?? this.#options.refusal?.()', '']),
  one('T68', 'store/binding', ['gateway/store/view/view-binding.ts', 'await this.#naming;', '']),
  one('T68', 'store/binding', ['gateway/store/view/view.ts', 'if (options.isLate !== true) await', 'await']),
  one('T68', 'store/binding', ['gateway/store/view/view.ts', 'await this.#binding.mustBelong(this.#bus);', '']),
  one('T39', 'bus/kafka-faults', [
    'gateway/bus/kafka/kafkajs-corrections.ts',
    'if (!this.isConnected()) Object.assign(',
    'if (false) Object.assign(',
  ]),
  one('T67', 'bus/kafka-foreign-records', ['gateway/bus/kafka/reader.ts', "(value?.toString() ?? '')", '(value as Buffer).toString()']),
  one('T67', 'bus/kafka-foreign-records', [
    'gateway/bus/kafka/topic-specification.ts',
    "'compression.type': 'uncompressed'",
    "'compression.type': 'producer'",
  ]),
  one('T67', 'bus/embedded', ['gateway/bus/embedded/log-follower.ts', '      this.#fail(error);', '      throw error;']),
  one('T73', TERMINAL, ['gateway/log.ts', 'hooks: { streamWrite: safeJson }', '']),
  one('T68', 'store/binding', [SPOOL, 'if (!(await belongs(', 'if (false && !(await belongs(']),
  one('T68', 'bus/kafka-replaced', [IDENTITY, 'if (known !== id)', 'if (false)']),
  one('T68', 'bus/kafka-replaced', [IDENTITY, 'if (cluster !== this.#cluster)', 'if (false)']),
  one('T68', 'bus/kafka-replaced', [IDENTITY, 'this.#misses >= MOST_MISSES', 'false']),
  one(
    'T68',
    'bus/kafka-replaced',
    [BINDING, 'found[topic] !== id', 'false'],
    [VIEW_BINDING, 'here.bus?.topics[topic] !== known[topic]', 'false'],
  ),
  one('T69', 'bus/topic-specification', [SPECIFICATION, "const GROUP_SEPARATOR = '_';", "const GROUP_SEPARATOR = '.';"]),
  one('T69', 'bus/topic-specification', [DIFFERENCES, "name === '*' || roots.some", 'roots.some']),
  one('T69', 'bus/topic-specification', [DIFFERENCES, ' || root.startsWith(name)', '']),
  one('T69', 'bus/topic-specification', [DIFFERENCES, ' || (isClient && isFormer)', '']),
  one('T69', 'bus/topic-specification', [DIFFERENCES, ' || grant.principal === EVERYBODY', '']),
  one('T69', 'bus/topic-specification', [
    DIFFERENCES,
    'if (found.partitions !== topic.partitions)',
    'if (found.partitions < topic.partitions)',
  ]),
  one('T69', 'bus/topic-specification', [DIFFERENCES, 'if (specification.gateways.length === 0)', 'if (false)']),
  one('T69', 'bus/topic-specification', [
    DIFFERENCES,
    "if (found === undefined) return [unchecked('the grants', 'describe on the cluster')];",
    'if (found === undefined) return [];',
  ]),
  one('T69', 'threats/topics', [SPECIFICATION, "      'message.timestamp.type': 'LogAppendTime',", '']),
  one('T69', 'threats/topics', [IDENTITY, 'if (split !== undefined) throw', 'if (false) throw']),
  one('T69', 'threats/topics', [KAFKA, 'count === 1 || isStream(topic) ? 0', 'count === 1 ? 0']),
  one('T69', 'threats/topics', ['gateway/transports/http/operations.ts', 'if (topics !== undefined) checks.topics = topics.health;', '']),
  one('T69', 'threats/topics', ['gateway/bus/kafka/kafka-client.ts', 'if (!isThisMachine(options.host))', 'if (false)']),
  one('T22', 'labels/event-time', ['gateway/labels/event-time.ts', "if (isPortion) return instead(recordedtime, 'in-a-portion');", '']),
  one('T71', 'contracts/vectors', [VERIFY, 'if (!isSealedContext(claims, event))', 'if (false)']),
  one('T71', 'contracts/vectors', [VERIFY, ' || !hasOnly(group, GROUP)', '']),
  one('T71', 'contracts/vectors', [VERIFY, '!hasOnly(event.data.label, Object.keys(expected)) || ', '']),
  one('T71', 'contracts/vectors', [SEAL_FORM, 'return (expectedDigest === claims.whole) === (rendition === undefined);', 'return true;']),
  one('T71', 'contracts/vectors', [
    SEAL_FORM,
    'return rendition !== undefined || topicSaltOf(event) !== ',
    'return true || topicSaltOf(event) !== ',
  ]),
  one('T71', 'contracts/vectors', [
    'gateway/pipeline/record-verifier.ts',
    'return JSON.stringify(event) === text || parseStrict(text).ok;',
    'return text.length > 0;',
  ]),
  one('T71', 'contracts/vectors', [CHECK, 'if (!isSealedContext(claims, event))', 'if (false)']),
  one('T71', 'contracts/vectors', [
    CHECK,
    "if (!isJoin(data.label, [claims.label, ...portions.map(({ label }) => label)])) return 'label';",
    '',
  ]),
  one('T71', 'contracts/vectors', [
    'contracts/client/client.ts',
    'const read = parseStrict(event);',
    'const read = { ok: true as const, value: JSON.parse(event), refusals: undefined as never };',
  ]),
  one('T71', 'contracts/vectors', ['docs/labels.md', "must(canonical(short(context)) === canonical(short(claims.event)), 'context');", '']),
  one('T71', 'contracts/vectors', ['docs/labels.md', "must(!open.at(-1).has(JSON.parse(word)), 'ambiguous-json');", '']),
  one('T71', 'contracts/vectors', [
    'docs/labels.md',
    "must(isWhole ? rendition === undefined && topicSalt !== '' : rendition === classification, 'rendition');",
    '',
  ]),
  one('T72', 'transports/http/without-reading', [WITHOUT_READING, "method === 'get' && isPublic", "method === 'get'"]),
  one('T72', 'transports/http/events', ['gateway/transports/http/events.ts', 'if (mediaTypes.length === 0) throw', 'if (false) throw']),
  one('T72', 'transports/http/without-reading', [WITHOUT_READING, 'delete request.headers[name];', 'void name;']),
  one('T74', 'reading/order', [ORDER_TABLE, 'at < ? ORDER BY at LIMIT', 'at < ? ORDER BY topic, at LIMIT']),
  one('T74', RESTORE_TEST, [RESTORE, '&& view.order.isWaiting(corrects)) continue;', '&& false) continue;']),
  one('T74', RESTORE_TEST, ['gateway/reading/standing.ts', 'if (first !== undefined) return first.at;', '']),
  one('T74', RESTORE_TEST, [
    'gateway/reading/standing.ts',
    'view.order.rows(from, end, matches, AT_ONCE)',
    'view.order.rows(from, end, () => true, AT_ONCE)',
  ]),
  one('T74', EVENT_ORDER_TEST, [EVENT_ORDER, 'if (!this.#kept.has(key)) break;', 'if (!this.#kept.has(key)) { this.#pass(); continue; }']),
  one('T74', EVENT_ORDER_TEST, [EVENT_ORDER, 'if (other !== topic) this.#kept.delete(', 'if (other === topic) this.#kept.delete(']),
  one('T74', EVENT_ORDER_TEST, [EVENT_ORDER, 'if (this.#kept.size > MOST_KEPT) this.#forgetOldest();', '']),
  one('T25', 'store/view/order-table', [ORDER_TABLE, 'Math.min(end, ...firsts)', 'Math.min(end, from)']),
  one('T25', 'reading/level-orders', [LEVEL_ORDERS, 'return topics.length === 0 ? undefined :', 'return ']),
  one('T67', 'reading/level-orders', [LEVEL_ORDERS, "authenticator.check(written) === 'authentic'", 'true']),
  one('T67', RESTORE_TEST, ['gateway/wire/record-authenticator.ts', 'PROTECTIONS, APPROVALS, ORDER, ', 'PROTECTIONS, APPROVALS, ']),
  one('T17', 'quarantine/work', [JOBS, 'receipt !== undefined && quarantine.maySee(client, receipt)', 'receipt !== undefined']),
  one('T64', 'quarantine/work', [WORK_LOG, 'return isOwn ? undefined : lock;', 'return undefined;']),
  one('T36', TRY_IT, ['gateway/transports/http/try-it.ts', "place === 'path' && stepsOf(parameter.name, value).some(isDots)", 'false']),
  one('T64', TRY_IT, ['gateway/transports/http/same-origin.ts', 'if (!isOfSameOrigin(request)) throw', 'if (false) throw']),
  one('T39', QUEUE_TEST, [QUEUE_INTAKE, 'if (this.#held !== undefined) await', 'if (this.#held !== undefined) this.#held.accept(), await']),
  one('T39', QUEUE_TEST, [QUEUE_INTAKE, 'this.#held ??= await this.#reader.next', 'this.#held = await this.#reader.next']),
  one('T39', QUEUE_TEST, [QUEUE_INTAKE, 'if (replies !== undefined || !(error', 'if (!(error']),
  one('T43', QUEUE_TEST, [QUEUE_INTAKE, 'address === undefined || address === from', 'address === undefined']),
  one('T43', QUEUE_TEST, [QUEUE_INTAKE, 'message.reject();', 'throw new TypeError();']),
  one('T58', AMQP_TEST, [FRAME_GUARD, '|| size > MOST_FRAME_BYTES', '']),
  one('T58', AMQP_TEST, [FRAME_GUARD, 'if (!isHeader) checkFrame(frame);', '']),
  one('T58', AMQP_TEST, ['gateway/transports/amqp/encoding.ts', 'if (count > MOST_EMPTY) throw new Malformed();', '']),
  one('T58', HOSTILE_BROKER, ['gateway/transports/amqp/reader.ts', 'if (frame.performative.aborted === true) throw new Malformed();', '']),
  one('T58', HOSTILE_BROKER, ['gateway/transports/amqp/reader.ts', 'if (buffer.length >= prefetch)', 'if (false)']),
  one('T58', HOSTILE_BROKER, [STOMP, 'decoded in Object.prototype ? `-${decoded}` : decoded', 'decoded']),
  one('T58', HOSTILE_BROKER, [STOMP, "if (!isUsed) return '-';", '']),
  one('T58', HOSTILE_BROKER, ['gateway/transports/stomp/reader.ts', 'buffer.room(prefetch)', 'buffer.room(1e9)']),
  one('T58', HOSTILE_BROKER, [STOMP, 'ERROR: () =>', 'ANOTHER: () =>']),
  one('T37', HOSTILE_BROKER, [BROKER_SETTINGS, 'if (tls === undefined && !isThisMachine(host)', 'if (false && !isThisMachine(host)']),
  one('T37', HOSTILE_BROKER, [BROKER_SETTINGS, 'rejectUnauthorized: true', 'rejectUnauthorized: false']),
  one('T58', TRY_IT, ['gateway/transports/http/portal.ts', 'readBody(FORM_BYTES)', 'readBody(1e9)']),
  one('T25', 'threats/http', ['gateway/reading/cursor.ts', "if (!isOfClient) return 'unknown';", '']),
  one('T31', 'transports/http/cors', ['gateway/transports/http/cors.ts', '!named.has(origin)', 'named.size === 0']),
  one('T73', TERMINAL, ['gateway/cli/output.ts', 'safeText(line)', 'line']),
  one('T73', TERMINAL, ['gateway/cli/output.ts', 'safeJson(JSON.stringify(value, null, indent))', 'JSON.stringify(value, null, indent)']),
  one('T73', TERMINAL, ['gateway/cli/output.ts', 'stdout.isTTY === true ? safeLines(Buffer.from(bytes).toString()) : bytes', 'bytes']),
  one('T73', TERMINAL, ['gateway/terminal.ts', '\\p{Default_Ignorable_Code_Point}', '']),
  one('T18', 'threats/on-behalf-of', ['gateway/transports/http/on-behalf-of.ts', "pseudonym('person-of-token', person)", 'person']),
  one('T18', 'threats/on-behalf-of', [
    'gateway/transports/http/on-behalf-of.ts',
    'if (caller.client.requireOnBehalfOf)',
    'if (caller.client.requireOnBehalfOf && false)',
  ]),
  one('T31', 'threats/on-behalf-of', ['gateway/transports/http/auth.ts', 'if (act !== undefined && !isActor(act)) return undefined;', '']),
  one('T18', 'threats/on-behalf-of', [
    'gateway/store/outcomes.ts',
    'JSON.stringify([who, onBehalfOf, policy',
    'JSON.stringify([who, policy',
  ]),
  one('T73', TERMINAL, ['gateway/cli/main.ts', 'else lost = error.code;', '']),
  one('T73', TERMINAL, [
    'gateway/cli/convert.ts',
    'writeMessage(adapter, events, { isLenient, mostBytes: Number.POSITIVE_INFINITY })',
    'adapter.encode!(events, { isLenient })',
  ]),
  one('T61', FOLDER_TEST, [INBOX, 'else if (!file.isPlain) await', 'else if (false) await']),
  one('T61', FOLDER_TEST, [INBOX, 'if (!isSafeName(this.#nameOf(file.name)))', 'if (false)']),
  one('T61', FOLDER_TEST, [INBOX, 'began - since >= stableMilliseconds', 'began - since >= 0']),
  one('T61', FOLDER_TEST, [INBOX, "if (typeof read !== 'string' && !(await", 'if (false && !(await']),
  one('T61', FOLDER_TEST, [
    INBOX,
    ': this.#receive(name, read, receive);',
    ": this.#receive(name, read, receive).catch(() => ({ status: 'accepted' as const, reasons: [] }));",
  ]),
  one('T61', SFTP_TEST, [SFTP_CONNECTION, 'return isRight;', 'return true;']),
  one('T61', SFTP_TEST, [INBOX, 'else if (!file.isPlain) await', 'else if (false) await']),
  one('T61', UNTRUSTED_SERVER, [INBOX, 'if (!isSafeName(this.#nameOf(file.name)))', 'if (false)']),
  one('T61', UNTRUSTED_SERVER, ['gateway/transports/sftp/remote-files.ts', '&& (await isSame())', '']),
  one('T61', UNTRUSTED_SERVER, [
    SFTP_CONNECTION,
    'setTimeout(() => this.#end(TIMEOUT), this.#milliseconds)',
    'setTimeout(() => undefined, this.#milliseconds)',
  ]),
  one('T61', UNTRUSTED_SERVER, [
    SFTP_CONNECTION,
    'setTimeout(() => this.#end(TIMEOUT), milliseconds)',
    'setTimeout(() => undefined, milliseconds)',
  ]),
  one('T61', 'transports/sftp/outbox', [
    'gateway/transports/sftp/write-file.ts',
    "await remove(connection, draft);\n  const handle = await connection.ask<Buffer>((sftp, answer) => sftp.open(draft, 'wx'",
    "const handle = await connection.ask<Buffer>((sftp, answer) => sftp.open(draft, 'w'",
  ]),
];

/** A copy of the project as it is, which shares the installed packages. */
function copy(): string {
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(HOME, '.cache/defences-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: HOME, encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(HOME, file), join(folder, file));
  }
  symlinkSync(join(HOME, 'node_modules'), join(folder, 'node_modules'));
  // Tests that start brokers need not fetch Kafka again.
  mkdirSync(join(folder, '.cache'));
  if (existsSync(join(HOME, '.cache/kafka'))) symlinkSync(join(HOME, '.cache/kafka'), join(folder, '.cache/kafka'));
  const configOf = (more: string) =>
    `export default { test: { include: ['test/**/*.test.ts'], testTimeout: 20_000, hookTimeout: 20_000, execArgv: ['--wasm-wrapper-tiering-budget=2000000000']${more} } };`;
  writeFileSync(join(folder, CONFIG), configOf(''));
  writeFileSync(join(folder, WITH_BROKER), configOf(`, globalSetup: ['test/support/kafka/setup.ts']`));
  return folder;
}

/** Only tests that ask for Kafka get a broker: it takes its time to start. */
const [CONFIG, WITH_BROKER] = ['defences.config.ts', 'kafka.config.ts'];

/** Runs a threat's test in a copy. Resolves with how many tests passed and failed. */
async function run(folder: string, { threat, test }: Defence): Promise<{ failed: number; passed: number }> {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(HOME, 'node_modules/vitest/vitest.mjs');
  const words = [
    vitest,
    'run',
    '--config',
    readFileSync(join(folder, test), 'utf8').includes('kafkaBrokers') ? WITH_BROKER : CONFIG,
    '--reporter',
    'json',
    '--outputFile',
    report,
    test,
    '-t',
    threat,
  ];
  const child = spawn(process.execPath, words, { cwd: folder, timeout: MINUTES * 60_000, stdio: 'ignore' });
  await once(child, 'close');
  if (!existsSync(report)) return { failed: 0, passed: 0 };
  const { numFailedTests: failed, numPassedTests: passed } = JSON.parse(readFileSync(report, 'utf8'));
  return { failed, passed };
}

async function seen(folder: string, defence: Defence): Promise<string | undefined> {
  const result = await run(folder, defence);
  if (result.failed > 0 || result.passed === 0)
    return `does not pass with its defence (${result.failed} of ${result.failed + result.passed} fail)`;
  const before = new Map(defence.removals.map(([file]) => [file, readFileSync(join(folder, file), 'utf8')]));
  try {
    for (const [file, now, without] of defence.removals) {
      const text = readFileSync(join(folder, file), 'utf8');
      if (!text.includes(now)) return `its defence is not where it was: ${file}`;
      writeFileSync(
        join(folder, file),
        text.replace(now, () => without),
      );
    }
    const { failed, passed } = await run(folder, defence);
    if (failed > 0) return undefined;
    return passed > 0 ? `passes without its defence (${passed} tests)` : 'does not run without its defence';
  } finally {
    for (const [file, text] of before) writeFileSync(join(folder, file), text);
  }
}

if (process.argv.includes('--places')) {
  const moved = DEFENCES.flatMap(({ threat, removals }) =>
    removals
      .filter(([file, now]) => !readFileSync(join(HOME, file), 'utf8').includes(now))
      .map(([file, now]) => `${threat}  ${file}: ${now}`),
  );
  for (const one of moved) console.error(`A defence is not where it was: ${one}`);
  process.exit(moved.length === 0 ? 0 : 1);
}

const asked = new Set(process.argv.slice(2));
const waiting = DEFENCES.filter(({ threat }) => asked.size === 0 || asked.has(threat));
let silent = 0;
const worker = async (): Promise<void> => {
  const folder = copy();
  try {
    for (let defence = waiting.shift(); defence !== undefined; defence = waiting.shift()) {
      const wrong = await seen(folder, defence);
      if (wrong !== undefined) silent++;
      console.log(`${defence.threat}  ${defence.test}: ${wrong ?? 'fails without its defence, as it must'}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
await Promise.all(Array.from({ length: Math.max(1, Math.min(3, availableParallelism() - 1)) }, worker));
if (silent > 0) process.exitCode = 1;
console.log(silent === 0 ? 'Every threat’s test fails without its defence.' : `${silent} tests do not show what they should.`);
