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

const against = (threat: string, test: string, ...removals: readonly Removal[]): Defence => ({
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
  against('T32', SOAP_FAULTS, [XML, 'if (forbidden)', 'if (false)']),
  against(
    'T62',
    SOAP_FAULTS,
    [ENVELOPE, "if (local === 'Body' && this.#hasBody)", 'if (false)'],
    [ENVELOPE, 'if (this.#operation !== undefined) throw', 'if (false) throw'],
  ),
  against('T62', SOAP_FAULTS, [ENVELOPE, 'if (mustUnderstand && isForUs && !isAddressing)', 'if (false)']),
  against('T62', SOAP_FAULTS, [ENVELOPE, 'if (SIGNED.has(tag.uri))', 'if (false)']),
  against('T62', SOAP_FAULTS, [ENVELOPE, 'if (!isRight)', 'if (false)']),
  against('T62', SOAP_FAULTS, [ENVELOPE, '!== ANONYMOUS)', '=== undefined)']),
  against('T62', SOAP_FAULTS, [ENVELOPE, '++this.#elements > MOST_FIELDS', 'false']),
  against('T62', SOAP_FAULTS, [`${SOAP}/schema.ts`, 'this.#validator.validate(element);', '']),
  against('T62', SOAP_FAULTS, [
    `${SOAP}/schema.ts`,
    "throw new SoapFault('invalid-body', detail?.line);",
    "throw new SoapFault((error as Error).message as 'invalid-body', detail?.line);",
  ]),
  against('T62', SOAP_FAULTS, [`${SOAP}/authentication.ts`, "if (rights === 'unknown')", 'if (false)']),
  against('T62', 'transports/soap/certificates', [`${SOAP}/authentication.ts`, 'if (authorized !== true)', 'if (false)']),
  against('T62', 'transports/soap/certificates', [`${SOAP}/authentication.ts`, 'if (!isOfClient(tls, ', 'if (false && !isOfClient(tls, ']),
  against('T62', 'transports/soap/certificates', [`${SOAP}/index.ts`, 'if (tls === undefined && ', 'if (false && ']),
  against('T58', SOAP_FAULTS, [`${SOAP}/app.ts`, 'if (size > most)', 'if (false)']),
  against('T50', 'transports/soap/load', [`${SOAP}/app.ts`, 'if (underWay >= mostRequests)', 'if (false)']),
  against('T50', 'transports/soap/load', [`${SOAP}/request-reader.ts`, 'setInterval(look, ', 'setInterval(() => undefined, ']),
  against('T50', 'transports/soap/certificates', [
    'gateway/transports/connections.ts',
    'open.get(peerOf(request.socket))',
    'open.get(String(request.socket))',
  ]),
  against('T12', 'transports/soap/load', [
    `${SOAP}/waiting-messages.ts`,
    'Math.max(this.#last + 1, this.#options.now())',
    'this.#options.now()',
  ]),
  against('T17', 'transports/http/records', [
    READ,
    '.map((record) => ({ ...record, isRead }))',
    '.map((record) => ({ ...record, isRead: true }))',
  ]),
  against('T32', 'adapters/table/table', [
    'adapters/table/read.ts',
    'if (++count > limits.rows)',
    'if (++count > Number.POSITIVE_INFINITY)',
  ]),
  against('T47', 'adapters/table/table', ['adapters/table/charsets.ts', 'if (named !== described && ', 'if (false && ']),
  against('T47', 'adapters/every-adapter', ['adapters/table/charsets.ts', 'if (ONE_BYTE.has(described) && ', 'if (false && ']),
  against('T47', 'adapters/every-adapter', ['adapters/charset.ts', 'if (isOneByte(charset) && isUtf8BeyondAscii(body))', 'if (false)']),
  against('T32', 'adapters/every-adapter', [XML, 'if (forbidden)', 'if (false)']),
  against('T32', 'adapters/mapping/records', ['adapters/record/json.ts', 'if (records.length === limits.rows)', 'if (false)']),
  against('T33', 'adapters/mapping/records', [
    'adapters/record/xml.ts',
    "this.#fault ??= fault('not-text', NOT_TEXT, start - this.start)",
    '0',
  ]),
  against('T33', 'adapters/mapping/records', ['adapters/record/xml.ts', 'if (isNext && tag.uri !== namespace)', 'if (false)']),
  against('T63', 'adapters/mapping/records', ['adapters/record/paths.ts', 'if (name === FORBIDDEN)', 'if (false)']),
  against('T63', 'adapters/mapping/mapping', ['adapters/mapping/pointer.ts', 'names.some((name) => FORBIDDEN.has(name))', 'false']),
  against('T01', 'threats/labels', [INGEST, 'success(join(policy, floor, asserted.value))', 'asserted']),
  against('T02', 'threats/labels', [
    POLICY,
    "return failure(refuse('label-missing', '/', 'There is no label'))",
    'return success(policy.lowest)',
  ]),
  against('T03', 'threats/seal', [
    VERIFY,
    'if (value === undefined || !digests.delete(digestOf(salt, pointer, portionClaim(group.label, value))))',
    'if (false)',
  ]),
  against('T04', 'threats/seal', [VERIFY, 'if (!isSealedContext(claims, event))', 'if (false)']),
  against('T05', 'threats/labels', ['adapters/json.ts', 'if (level.names?.has(name))', 'if (false)']),
  against('T06', 'threats/labels', [
    POLICY,
    '({ id }) => id === (label as Label).classification)',
    '({ id }) => id === String((label as Label).classification).trim().toUpperCase())',
  ]),
  against('T07', 'threats/labels', [POLICY, "((named as Label['policy']).version === document.version ||", '(true ||']),
  against('T08', 'threats/labels', [
    'gateway/labels/decision.ts',
    "kind !== 'permissive' || bits === UNRESTRICTED) continue",
    "kind !== 'permissive' || bits === UNRESTRICTED || bits === 0) continue",
  ]),
  against('T09', 'threats/labels', [
    'gateway/labels/decision.ts',
    'const held = clearance.bits[place] as number;',
    'const held = clearance.bits.reduce((all, bits) => all | bits, 0);',
  ]),
  against('T10', 'threats/labels', ['gateway/labels/validity.ts', '  return refusals;\n', '  return [];\n']),
  against('T11', 'threats/people', [READ, 'if (!isKnown && submission.isDecided !== true)', 'if (false)']),
  against('T12', 'threats/http', ['gateway/pipeline/ids.ts', '`${sender.length}:${sender}`', '`${Math.random()}`']),
  against('T12', 'transports/http/subscriptions', [
    'contracts/client/webhook.ts',
    "if (Number(timestamp) < now - TOLERANCE) throw new WebhookRefused('timestamp-too-old');",
    '',
  ]),
  against(
    'T12',
    'transports/http/subscriptions',
    ['gateway/subscriptions/replays.ts', 'if (known !== undefined) return known;', ''],
    ['gateway/subscriptions/replays.ts', 'if (this.#known(client, replay) !== undefined) return undefined;', ''],
  ),
  against('T12', 'store/view/outbox', [OUTBOX, "if (version !== (before?.version ?? 0) + 1 || before?.status === 'deleted') return;", '']),
  against('T13', 'transports/http/subscriptions', [
    'gateway/subscriptions/subscriptions.ts',
    'known.has(event) ? { event, ...rest } : rest',
    '({ event, ...rest })',
  ]),
  against('T13', 'transports/http/subscriptions', [
    'gateway/subscriptions/webhook-delivery.ts',
    'const given = await eventReader.event(client, failed.event, query);',
    'const given = (await eventReader.event(client, failed.event, query)) ?? ({ event: { id: failed.event } } as never);',
  ]),
  against('T36', 'subscriptions/target', [
    'gateway/subscriptions/target.ts',
    '!found.every(({ address }) => isAllowed(address, networks))',
    '!found.some(({ address }) => isAllowed(address, networks))',
  ]),
  against('T36', 'transports/http/subscriptions', [
    'gateway/subscriptions/target.ts',
    "if (parsed.range() === 'unicast' && ",
    'if (true || ',
  ]),
  against('T13', 'threats/http', [
    'gateway/start/authentication.ts',
    'new Authenticator(authority, inForce.clients, now, config.console?.clientId)',
    'new Authenticator(authority, ((first) => () => first)(inForce.clients()), now, config.console?.clientId)',
  ]),
  against('T64', 'console/console', ['gateway/console/session.ts', '|| this.#ended.has(session.id) ', '']),
  against('T64', 'console/console', ['gateway/console/session.ts', 'this.#context.idleMinutes * 60)', '86_400)']),
  against('T64', 'console/console', ['gateway/console/http.ts', "if (form.get('formToken') !== person.session.formToken)", 'if (false)']),
  against('T64', 'console/console', [AUTH, '|| client.person !== isPerson', '']),
  against('T14', 'threats/http', [AUTH, '!scopes.has(scope) || !client.scopes.has(scope)', '!scopes.has(scope)']),
  against('T15', 'threats/people', ['gateway/reading/volume.ts', 'if (sum >= volume.events)', 'if (false)']),
  against('T16', 'threats/http', [
    SAXES_SCAN,
    'reason: reasonOf(error.message), line',
    'reason: reasonOf(error.message) + parser.chunk, line',
  ]),
  against('T17', 'threats/http', [QUARANTINE, ' && dominates(labelling().policy, client.clearance, labels.waiting)', '']),
  against('T17', 'transports/http/messages', [QUARANTINE, 'label !== undefined && dominates(policy, client.clearance, label)', 'true']),
  against('T18', 'threats/http', [OBSERVE, LOGGED, 'log.info({ body: String(request.body), operation,']),
  against('T19', 'threats/http', [OBSERVE, 'durations.observe({ operation, ', 'durations.observe({ operation: request.originalUrl, ']),
  against('T20', 'bus/embedded', [RECORD, 'if (!pairs.every(', 'if (false && !pairs.every(']),
  against('T20', 'threats/bus', [
    READING,
    '(query.type ?? event.type) === event.type',
    '(query.type ?? record.headers.ce_type) === record.headers.ce_type',
  ]),
  against('T21', 'bus/embedded', [RECORD, 'if (!isTopic(topic))', 'if (false)']),
  against('T03', 'pipeline/record-verifier', ['gateway/pipeline/record-verifier.ts', 'Buffer.compare(found.value, value) === 0 &&', '']),
  against('T03', 'pipeline/record-verifier', [
    'gateway/pipeline/record-verifier.ts',
    '&& this.#verifier.stillTrusts(found.verified.value.event)',
    '',
  ]),
  against('T03', 'pipeline/record-verifier', [
    'gateway/pipeline/record-verifier.ts',
    'return contradiction === undefined ? verified : failure(contradiction);',
    'return verified;',
  ]),
  against('T03', 'pipeline/record-verifier', [
    'gateway/pipeline/record-verifier.ts',
    'JSON.stringify([topic, ce_id, ce_rendition])',
    'JSON.stringify([ce_id])',
  ]),
  against('T22', 'threats/seal', [REDACT, 'if (gone[n] === true) continue;', '']),
  against('T23', 'threats/seal', [
    'gateway/labels/seal.ts',
    'sha256(disclosureOf(salt, name, claim))',
    "sha256(disclosureOf('', name, claim))",
  ]),
  against('T24', 'threats/http', [
    READING,
    "    if (decision.verdict === 'deny') return undefined;",
    "    if (decision.verdict === 'deny') throw new Error('denied');",
  ]),
  against(
    'T25',
    'threats/http',
    ['gateway/reading/cursor.ts', 'const padded = text.padEnd(Math.ceil((text.length + 1) / STEP) * STEP);', 'const padded = text;'],
    [
      READING,
      'scan.more = delivered !== undefined && !this.#fits(delivered.bytes, query, scan);',
      'scan.more = scan.items.length >= scan.limit;',
    ],
  ),
  against('T25', 'transports/http/operations', [
    'gateway/transports/http/routes.ts',
    "routes.add('getMetrics', 'metrics:read',",
    "routes.add('getMetrics', 'public',",
  ]),
  against('T26', 'threats/seal', ['gateway/rules/standards.ts', 'return validate(data) ? [] : toRefusals(validate.errors)', 'return []']),
  against('T27', 'threats/people', [REDACT, 'gone.push(isHidden || isUnneeded)', 'gone.push(false)']),
  against('T28', 'threats/people', [POLICY, 'if (freeText && (', 'if (false && (']),
  against('T29', 'threats/people', ['gateway/labels/day.ts', "typeof until === 'string' && until <= day", 'false']),
  against('T30', 'threats/people', [
    'gateway/protections/rules.ts',
    'for (const portion of group.portions) portions.add(portion)',
    'for (const portion of group.portions.slice(0, 1)) portions.add(portion)',
  ]),
  against('T31', 'threats/tokens', [AUTH, "typ: 'at+jwt',", '']),
  against('T31', ISSUER, [AUTH, 'exp - iat > tokenSeconds || ', '']),
  against('T31', ISSUER, [AUTH, ' || iat > now / 1000 + clockSeconds', '']),
  against('T31', ISSUER, [AUTH, 'response.locals.isIssuerAway = true;', '']),
  against('T31', ISSUER, [AUTH, 'const newer = await this.#authority.keys.refreshed(set);', 'const newer = set;']),
  against('T31', ISSUER, [FETCH_KEYS, "redirect: 'manual'", "redirect: 'follow'"]),
  against('T31', ISSUER, ['gateway/bounded-body.ts', 'if (size > most) return undefined;', '']),
  against('T31', ISSUER, [FETCH_KEYS, ', AbortSignal.timeout(PATIENCE_MILLISECONDS)', '']),
  against('T31', ISSUER, [ISSUER_KEYS, 'this.#options.elapsed() - this.#askedAt < this.#rest', 'false']),
  against('T31', ISSUER, ['gateway/transports/http/key-set.ts', 'd === undefined', 'true']),
  against('T32', 'threats/parsing', [XML, 'if (forbidden)', 'if (false)']),
  against('T32', 'adapters/lists/stream', [
    XML,
    'if (forbiddenIn(this.#last + text.slice(0, LONGEST_FORBIDDEN)) ?? forbiddenIn(text))',
    'if (false)',
  ]),
  against(
    'T33',
    'threats/parsing',
    [SAXES_SCAN, "parser.on('cdata', (chunk) => handler.text(chunk));", "parser.on('cdata', () => undefined);"],
    [FAST_SCAN, 'this.#handler.text(text.slice(start + 9, end)', 'String(text.slice(start + 9, end)'],
  ),
  against('T33', FAST_SCAN_TEST, [FAST_SCAN, 'if (other.name === name || ', 'if (false && ']),
  against('T33', FAST_SCAN_TEST, [FAST_SCAN, 'if (this.#sectionEnd < to) return false;', '']),
  against('T33', FAST_SCAN_TEST, [FAST_SCAN, 'if (text.slice(start + 2, at) !== tag.name) return -1;', '']),
  against('T33', FAST_SCAN_TEST, [XML, 'if (!this.#fast.isPlain(piece)) return this.#handOver();', '']),
  against('T46', FAST_SCAN_TEST, [FAST_SCAN, 'this.open.length >= MOST_DEPTH || ', '']),
  against('T46', FAST_SCAN_TEST, [FAST_SCAN, ' || this.elements >= this.#mostElements', '']),
  against(
    'T34',
    'threats/parsing',
    ['adapters/json.ts', "if (name === '__proto__')", 'if (false)'],
    [
      'adapters/json.ts',
      'if (fault === undefined) return success(value);',
      'Object.assign(Object.prototype, (value as any)?.__proto__ ?? {}, (value as any)?.data?.__proto__ ?? {});\n  if (fault === undefined) return success(value);',
    ],
  ),
  against('T35', 'threats/parsing', ['schemas/components/address.json', '"^[0-9]{1,30}$"', '"^([0-9]+)+$"']),
  against('T36', 'threats/parsing', [
    XML,
    '  const scan = new Scan(handler, MOST_ELEMENTS);',
    '  for (const [url] of text.matchAll(/https?:[^"\'<> ]+/g)) void fetch(url).catch(() => undefined);\n  const scan = new Scan(handler, MOST_ELEMENTS);',
  ]),
  against('T37', 'threats/start', ['gateway/config.ts', 'if (!validate(document))', 'if (false)']),
  against('T37', 'cli/serve', ['gateway/cli/interchange.mjs', 'setTimeout(() => process.exit(), 2000).unref();', '']),
  against('T37', 'cli/serve', [
    'gateway/cli/serve.ts',
    "if (files.length > 0) throw new UsageError('serve takes no files');",
    'void io.interrupted;',
  ]),
  against('T37', 'threats/start', ['gateway/main.ts', 'await using stack', 'const stack']),
  against('T38', 'threats/start', [
    'gateway/rules/in-force.ts',
    'this.#rules = compileRulesInForce(config, this.#standards, policy);\n    this.#policy = policy;\n    this.#config = config;',
    'this.#policy = policy;\n    this.#config = config;\n    this.#rules = compileRulesInForce(config, this.#standards, policy);',
  ]),
  against('T39', 'threats/bus', [READING, '...by }, ...consultations])', '...by }, ...consultations]).catch(() => undefined)']),
  against('T39', 'cli/serve', ['gateway/bus/embedded/embedded-bus.ts', 'Math.max(PROBE_BYTES, this.#failing ?? 0)', '1']),
  against('T39', 'cli/serve', [
    'gateway/store/view/write-behind.ts',
    "return code !== 'ERR_SQLITE_ERROR' ? error",
    'return code !== undefined ? error',
  ]),
  against('T39', 'transports/http/gateways', [
    'gateway/bus/spool.ts',
    "if (!this.#isClear) throw new BusUnavailable('The bus has not been checked yet');",
    '',
  ]),
  against('T40', 'store/audit/audit', [VERIFY_AUDIT, 'if (!isItsOwn) return', 'if (false) return']),
  against(
    'T40',
    'store/audit/audit',
    [HEAD_WALK, 'if (number !== this.last.number + 1) return', 'if (false) return'],
    [HEAD_WALK, 'isNumbered && head.prev !== this.last.hash', 'false'],
  ),
  against('T40', 'store/audit/audit', [VERIFY_AUDIT, '(name === ONLY_CHAIN || !hasOnlyStarted)', 'false']),
  against(
    'T41',
    'threats/http',
    [OBSERVE, LOGGED, 'log.info({ url: decodeURIComponent(request.originalUrl), headers: request.headers, operation,'],
    [
      'gateway/main.ts',
      'openLog(config.logLevel, logTo)',
      "openLog(config.logLevel, logTo && { write: (line: string) => logTo.write(line.replaceAll('\\\\n', '\\n').replaceAll('\\\\u001b', '\\u001b')) })",
    ],
  ),
  against('T42', 'threats/seal', [
    READ,
    'const { portions: _portions, label: _label, quality: _quality, protections: _protections, ...stated } = data;',
    'const stated = data;',
  ]),
  against('T43', 'threats/poison', [
    'gateway/quarantine/broken-records.ts',
    'if (context.view.receipt(id) !== undefined) return Promise.resolve();',
    '',
  ]),
  against('T44', 'store/disclosures', [
    READING,
    'if (!isMatch && !(await isOwed(this.#context, client.id, event, scan.items, scan.caughtUp)))',
    'if (!isMatch)',
  ]),
  against('T44', 'transports/http/corrections', [
    INGEST,
    'notices: noticesOf(context, labelling, protectedEvents, labelled)',
    'notices: []',
  ]),
  against('T44', 'transports/http/corrections', ['gateway/intake/restrictions.ts', 'await this.#notify(verified, known);', '']),
  against('T44', 'transports/http/corrections', [READING, '!isNotice(event) && ', '']),
  against('T45', 'threats/waiting', [
    'gateway/store/view/order-watch.ts',
    'of this.#waiting) if (matches(topic)) wake(true);',
    'of this.#waiting) if (matches !== undefined) wake(true);',
  ]),
  against('T46', 'threats/poison', ['gateway/workers/pool.ts', 'started !== undefined && (used', 'false && (used']),
  against('T46', 'adapters/third-party', ['gateway/workers/pool.ts', '|| this.#now() - started.time > WAITING_TIMES * most', '']),
  against('T47', 'adapters/spi/hostile', [
    'adapters/charset.ts',
    'new TextDecoder(charset, { fatal: true, ignoreBOM: true })',
    'new TextDecoder(charset, { ignoreBOM: true })',
  ]),
  against('T48', PROTECTIONS, ['gateway/pipeline/references.ts', 'events[id]?.source === event.source', 'true']),
  against('T48', PROTECTIONS, ['gateway/intake/look-up.ts', "if (verdict === 'deny') return undefined;", 'void verdict;']),
  against('T57', 'transports/http/links', ['gateway/store/view/linked-register.ts', '...spread, ', '']),
  against('T57', 'transports/http/links', [
    'gateway/protections/register.ts',
    'entries.filter(({ protection }) => protection.case === subject)',
    'entries',
  ]),
  against('T57', 'transports/http/links', [
    'gateway/protections/link.ts',
    'until.size > MOST_CASES) isCut = true;',
    'until.size > MOST_CASES) continue;',
  ]),
  against('T25', 'transports/http/links', [
    'gateway/reading/linked-cases.ts',
    '(mayRead = (await mayReadOf(context, client, event)) !== undefined)',
    '(mayRead = true)',
  ]),
  against('T49', BUDGETS, ['gateway/pipeline/canonical.ts', 'Object.keys(extensions).find(isAdapter)', 'undefined']),
  against('T50', BUDGETS, ['gateway/transports/http/admit.ts', 'if (count >= most)', 'if (count > 1000)']),
  against('T50', BUDGETS, [
    'gateway/transports/connections.ts',
    'if (connectionsOfAddress.length > limits.connectionsPerAddress)',
    'if (false)',
  ]),
  against('T50', BUDGETS, ['gateway/transports/http/request-checks.ts', 'return PROBES.has(operationId)', "return PROBES.has('')"]),
  against('T50', BUDGETS, ['gateway/workers/pool.ts', 'this.#slow.set(owner, this.#now() + SLOW_FOR);', ';']),
  against('T50', 'reading/slices', ['gateway/reading/slices.ts', 'setImmediate(() => this.#next());', 'this.#next();']),
  against('T50', 'reading/slices', [
    'gateway/reading/slices.ts',
    'if (rest.length > 0) this.#waiting',
    'if (rest.length > 0) for (const one of rest) one(); else this.#waiting',
  ]),
  against('T50', 'workers/fair-queue', ['gateway/workers/fair-queue.ts', 'line.used < best.used', 'false']),
  against('T51', EVIDENCE, [
    HEAD_WALK,
    'if (here === hashOfHead(jws)) return undefined;',
    'if (here !== undefined || here === undefined) return undefined;',
  ]),
  against('T51', EVIDENCE, [VERIFY_AUDIT, 'if (known?.isStopped === true && entry.seq > signed) return', 'if (false) return']),
  against('T51', EVIDENCE, [HEAD_WALK, '(head.secret ?? this.#secret) !== this.#secret', 'false']),
  against('T51', EVIDENCE, [
    'gateway/store/journal.ts',
    'if (report.ok) return { ...report, from };',
    'if (report.ok || look > 0) return { ...(report as SoundLog), from };',
  ]),
  against('T51', EVIDENCE, [KEY_FILES, "if (text === '') throw", 'if (false) throw']),
  against('T51', EVIDENCE, [KEY_FILES, 'bytes.length < SECRET_BYTES ||', '']),
  against('T51', EVIDENCE, [KEY_FILES, 'if (derivedKey.x !== x) throw', 'if (false) throw']),
  against('T51', EVIDENCE, [KEY_FILES, '(statSync(file).mode & OTHERS) !== 0', 'false']),
  against('T51', EVIDENCE, ['gateway/keys/keys.ts', 'existsSync(join(folder, SEAL)) && !existsSync(join(folder, SECRET))', 'false']),
  against('T51', EVIDENCE, ['gateway/bus/private-file.ts', 'if (existsSync(path)) chmodSync(path, 0o600);', 'void path;']),
  against('T51', 'store/audit/witness', ['gateway/store/audit/witness.ts', 'if (prev !== last.hash)', 'if (false)']),
  against('T51', 'store/audit/witness', [
    'gateway/store/audit/witness-feed.ts',
    "if (this.#refusal !== undefined) return 'The",
    "if (false) return 'The",
  ]),
  against('T51', 'store/audit/witness', ['gateway/store/audit/witness-feed.ts', 'now() - this.#awaySince >= seconds * 1000', 'false']),
  against('T51', 'store/audit/witness', [
    'gateway/store/audit/witness-server.ts',
    'if (token !== undefined && !isSameSecret(',
    'if (token === undefined && !isSameSecret(',
  ]),
  against('T51', TOKENS, [TOKEN, '|| !imprint.equals(digest)', '']),
  against('T51', TOKENS, [TOKEN, 'if (trusted !== undefined) await', 'if (trusted === undefined) await']),
  against('T51', TOKENS, [TOKEN, 'checkChain: true', 'checkChain: false']),
  against('T51', TOKENS, [TOKEN, 'if (certificate == null || !isForTimestamps(certificate))', 'if (certificate == null)']),
  against('T51', TOKENS, [TOKEN, 'if (usage?.critical !== true) return false;', '']),
  against('T51', TOKENS, [TOKEN, 'purposes.length === 1 &&', '']),
  against('T51', TOKENS, [TOKEN, 'if (DIGESTS[signer.digestAlgorithm.algorithmId] === undefined)', 'if (false)']),
  against('T51', TOKENS, [TOKEN, 'if (meant === undefined || createHash', 'if (meant !== undefined && createHash']),
  against('T51', TOKENS, ['gateway/bounded-body.ts', 'if (size > most) return undefined;', '']),
  against('T51', TOKENS, ['gateway/store/audit/timestamp-request.ts', ', AbortSignal.timeout(milliseconds)', '']),
  against('T51', TOKENS, [
    'gateway/store/audit/timestamp-request.ts',
    'if (timestamp.nonce !== Buffer',
    'if (false && timestamp.nonce !== Buffer',
  ]),
  against('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'if (before !== undefined && Date.parse(before.time) > stamped)', 'if (false)']),
  against('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'if (Math.abs(Date.parse(time) - stamped) > CLOCK_MILLISECONDS)', 'if (false)']),
  against('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'if (head.time - stamped > CLOCK_MILLISECONDS)', 'if (false)']),
  against('T51', TIMESTAMPS, [TIMESTAMP_WALK, 'after: heads.before(number),', '']),
  against('T51', TIMESTAMPS, ['gateway/store/audit/timestamper.ts', 'this.#stopping.abort();', '']),
  against(
    'T17',
    EVIDENCE_PACKAGE,
    [GATHER, "  if (!dominates(policy, clearance, waiting)) return 'clearance';\n", ''],
    [GATHER, "  if (verdict !== 'permit' || !dominates(labelling().policy, clearance, label)) return 'clearance';\n", ''],
    [GATHER, "  if (!dominates(policy, clearance, label)) return 'clearance';\n", ''],
  ),
  against('T24', EVIDENCE_PACKAGE, ['gateway/evidence/evidence.ts', ' || (!client.operator && receipt.source !== client.id)', '']),
  against(
    'T13',
    EVIDENCE_PACKAGE,
    ['gateway/protections/label-now.ts', 'raise === undefined ? sealed.value : join(policy, sealed.value, raise)', 'sealed.value'],
    [GATHER, '{ known: protections }', '{}'],
  ),
  against('T22', EVIDENCE_PACKAGE, ['gateway/evidence/shown-audit.ts', 'if (isOnlyAbout(record, named)) return', 'return']),
  against('T22', EVIDENCE_PACKAGE, [
    'gateway/store/audit/record-leaf.ts',
    '({ persons: _persons, ...event }) => event',
    '(event) => event',
  ]),
  against('T64', EVIDENCE_PACKAGE, ['gateway/evidence/templates/evidence.njk', '{{ message.text }}', '{{ message.text | safe }}']),
  against('T64', 'transports/http/audit', [
    'gateway/transports/http/audit.ts',
    'if (!isClearedForDomain(client.clearance, domain()))',
    'if (!isClearedForDomain(domain(), domain()))',
  ]),
  against('T64', 'console/overview', [
    'gateway/transports/http/gateway-state.ts',
    'isClearedForDomain(client.clearance, domain())',
    'isClearedForDomain(domain(), domain())',
  ]),
  against('T15', 'transports/http/evidence', ['gateway/evidence/evidence.ts', 'await this.#take(client, given.length);', '']),
  against('T51', 'evidence/changed-bytes', [
    'gateway/evidence/verify-evidence.ts',
    "content.length !== size || createHash('sha256').update(content).digest('hex') !== sha256",
    'content.length !== size',
  ]),
  against('T51', 'evidence/changed-bytes', ['gateway/labels/signed-text.ts', 'return protectedHeader.typ === type;', 'return true;']),
  against('T52', PROTECTIONS, [RESUBMITTER, 'original: approved ?? labelling.spell(labels.origin),', '']),
  against('T52', PROTECTIONS, ['gateway/quarantine/label-requests.ts', 'request.sha256 === sha256 &&', '']),
  against('T52', PROTECTIONS, ['gateway/quarantine/label-requests.ts', "if (request.by === client.id) return 'same-person';", '']),
  against('T52', PROTECTIONS, ['gateway/quarantine/label-requests.ts', "if (request.person === person) return 'same-person';", '']),
  against('T52', 'transports/http/lift-requests', [
    'gateway/store/lift-requests.ts',
    "if (request.by === client.id) return 'same-person';",
    '',
  ]),
  against('T52', 'transports/http/lift-requests', [
    'gateway/store/lift-requests.ts',
    "if (request.person === person) return 'same-person';",
    '',
  ]),
  against('T52', 'transports/http/lift-requests', ['gateway/store/lift-requests.ts', 'request.sha256 !== sha256 || ', '']),
  against('T64', 'transports/http/deliveries', [
    'gateway/subscriptions/operated-subscriptions.ts',
    'if (isKnown) attempts.push(delivery);',
    'attempts.push(delivery);',
  ]),
  against('T53', ISSUER, [AUTH, 'if (this.#under !== set) this.#known.clear();', '']),
  against('T53', ISSUER, ['gateway/transports/http/events.ts', ', tokenEnd(response.locals)]', ']']),
  against('T53', ISSUER, [ISSUER_KEYS, 'Math.min(this.#most, ', 'Math.max(this.#most, ']),
  against('T31', ISSUER, [ISSUER_KEYS, 'this.#timer = setTimeout(() => void this.#ask()', 'this.#timer = setTimeout(() => undefined']),
  against('T54', PROTECTIONS, [
    'gateway/pipeline/quarantine-label.ts',
    'isAllRead ? known : join(policy, known, highestOf(policy, domain))',
    'known',
  ]),
  against('T55', PROTECTIONS, ['gateway/protections/raiser.ts', 'this.#lookup.addMentioned(text, found);', '']),
  against('T55', PROTECTIONS, ['gateway/protections/raiser.ts', 'return this.#everything;', 'return undefined;']),
  against('T55', 'protections/recorded-crime', [
    'gateway/protections/people.ts',
    'if (data.crime !== undefined || data.offences !== undefined)',
    'if (false)',
  ]),
  against('T55', 'cli/convert-stream', [
    'gateway/cli/large-message.ts',
    'withOthers(labelling(), found, cases)',
    'withOthers(labelling(), found, new CaseProtections())',
  ]),
  against('T55', 'protections/recorded-crime', [
    'gateway/protections/protect.ts',
    "of === 'crime' && defendant.crime !== undefined",
    'false',
  ]),
  against('T55', COMMON_PLATFORM, [
    'adapters/common-platform/index.ts',
    'if (first === undefined || carrier < 1) return events;',
    'return events;',
  ]),
  against('T55', COMMON_PLATFORM, [
    'adapters/common-platform/event.ts',
    'defendants: [defendantOf(subject, offences, presence), ...otherDefendants(around, subject)],',
    'defendants: [defendantOf(subject, offences, presence)],',
  ]),
  against('T55', COMMON_PLATFORM, [
    'adapters/common-platform/results.ts',
    'return [...results, ...said.map(',
    'return [...results, ...[].map(',
  ]),
  against('T56', COMMON_PLATFORM, ['adapters/common-platform/index.ts', '.map(withDoubt)', '']),
  against('T56', PROTECTIONS, ['gateway/protections/age.ts', ' || SENTINELS.has(born)', '']),
  against('T56', PROTECTIONS, [
    'gateway/protections/people.ts',
    'saysSomething(objectOf(organisation).name) && !saysSomething(person)',
    'organisation !== undefined',
  ]),
  against('T57', 'transports/http/protections', [
    'gateway/labels/today.ts',
    'return raise === undefined ? sealed : join(policy, sealed, raise.label);',
    'return sealed;',
  ]),
  against('T57', 'transports/http/protections', [
    'gateway/intake/message-intake.ts',
    '...this.#newProtections(outcome)',
    '...this.#newProtections(outcome).slice(0, 0)',
  ]),
  against('T58', BUDGETS, [
    'gateway/transports/http/body.ts',
    'else if (!account.take(chunk.length)) stop',
    'else if (chunk.length < 0) stop',
  ]),
  against('T58', BUDGETS, ['gateway/transports/http/body.ts', "if (Number(request.get('content-length') ?? 0) > limit)", 'if (false)']),
  against('T58', BUDGETS, [
    'gateway/transports/http/routes.ts',
    'issueToken(context.sandbox), onlySandbox(context.sandbox), ',
    'issueToken(context.sandbox), ',
  ]),
  against('T58', BUDGETS, [READING, ' || length > scan.left', '']),
  against('T58', BUDGETS, ['gateway/reading/unread.ts', 'if (hasRoom?.(bytes) === false)', 'if (bytes < 0)']),
  against('T58', BUDGETS, ['gateway/transports/connections.ts', 'return time - connection.takenAt >= milliseconds;', 'return time < 0;']),
  against('T58', BUDGETS, [
    'gateway/pipeline/write-delivery.ts',
    "form === 'reference' && json.length > LONGEST_INLINE",
    'json.length < 0',
  ]),
  against('T67', RECORDS, [STREAM_READER, 'return validators.get(topic)?.(parsed) === true', 'return parsed !== undefined']),
  against('T67', RECORDS, [
    STREAM_READER,
    'const refused = givesRights(topic) ? this.#unauthentic(record) : undefined;',
    'const refused = undefined as BadRecordCode | undefined;',
  ]),
  against('T67', RECORDS, [STREAM_READER, "return topic === PROTECTIONS && 'protection' in read.value", 'return topic === LEDGER']),
  against('T67', RECORDS, [
    'gateway/store/authenticated-streams.ts',
    'return begin?.before ?? 0;',
    'return Number.MAX_SAFE_INTEGER + (begin?.before ?? 0);',
  ]),
  against('T67', RECORDS, ['gateway/store/view/event-index.ts', 'else view.events.refute(id, claim);', 'else return claim;']),
  against('T67', RECORDS, [READING, "return 'unjudged';", '']),
  against('T67', KNOWN_RECORDS, [STREAM_READER, "if (isDeeper(value, MOST_LEVELS)) return refuse('malformed');", '']),
  against('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'const inAnHour = { ...count, maximum: 1_000_000_000 };', 'const inAnHour = count;']),
  against('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'hour: { ...instant, pattern', "hour: { type: 'string', pattern"]),
  against('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'id: pseudonym,', 'id: name,']),
  against('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'event: digest,\n', 'event: name,\n']),
  against('T67', KNOWN_RECORDS, [STREAM_SCHEMAS, 'object({ classification: name }', 'object({}']),
  against('T67', KNOWN_RECORDS, [
    STREAM_SCHEMAS,
    '  { at: text(10_000), line: { ...count, minimum: 1 }, column: { ...count, minimum: 1 } },\n',
    '',
  ]),
  against('T67', KNOWN_RECORDS, ['gateway/store/view/receipt-table.ts', "(earlier.status !== 'accepted' && (", '(true || (']),
  against('T67', KNOWN_RECORDS, ['gateway/protections/restriction-raise.ts', '.filter((restriction) => known.has(restriction))', '']),
  against('T67', KNOWN_RECORDS, [
    'gateway/protections/restriction-raise.ts',
    'restrictions.every((restriction) => known.has(restriction)) ? raise',
    'true ? raise',
  ]),
  against('T67', KNOWN_RECORDS, ['gateway/transports/http/protections.ts', "reason in PROTECTION_REASONS ? reason : 'register'", 'reason']),
  against('T67', 'store/view/write-behind', [
    'gateway/store/view/write-behind.ts',
    'this.#waiting = records;',
    "this.#waiting = (error as { code?: string }).code === 'ERR_SQLITE_ERROR' ? records : [];",
  ]),
  against('T67', KNOWN_RECORDS, ['gateway/store/read-message.ts', ', { maxOutputLength: MOST_MESSAGE_BYTES }', '']),
  against('T67', EVIDENCE, [VERIFY_AUDIT, 'if (missing < 0 || !this.#lose(missing, known?.lastAt ?? -1))', 'if (missing !== 0)']),
  against('T70', 'subscriptions/lease', [
    'gateway/subscriptions/lease.ts',
    'this.#options.wanted() && this.age > 2 * this.#milliseconds',
    'false',
  ]),
  against('T70', LEASE_TEST, [LEASE, 'over > holder.over && over < offset', 'over < offset']),
  against('T70', LEASE_TEST, [
    LEASE,
    'if (this.#holder !== before) this.#seen = this.#elapsed();',
    'this.#seen = this.#elapsed() + stored.time - Date.now();',
  ]),
  against('T70', LEASE_TEST, [LEASE, 'if (this.#isFollowing) this.#compareClocks(claim, stored);', '']),
  against('T70', LEASE_TEST, [
    LEASE,
    'if (left >= 0) this.#expiry = setTimeout(() => this.#tick(), left + 1).unref();',
    'if (left >= 0) return;',
  ]),
  against('T70', 'store/view/outbox', [OUTBOX, 'if (hasPassed(place.standing, standing)) return;', '']),
  against('T70', 'store/view/outbox', [OUTBOX, 'further(place.standing, standing)', 'standing']),
  against('T60', 'pipeline/write-delivery', [
    'gateway/pipeline/write-delivery.ts',
    'return first === undefined ? encoded :',
    'return true ? encoded :',
  ]),
  against('T59', PROTECTIONS, [
    'gateway/labels/portions.ts',
    'if (value === undefined || this.#areListed(code, value)) this.spare++;',
    'if (value !== undefined || value === undefined) this.spare++;',
  ]),
  against('T37', 'threats/start', ['gateway/config.ts', 'sendsPassword(config.kafka) && ', 'false && ']),
  against('T37', 'threats/start', [
    'gateway/config.ts',
    "config.kafka?.client === '@platformatic/kafka' && sendsPassword(config.kafka)",
    'false',
  ]),
  against('T37', 'threats/start', ['gateway/config.ts', 'if (names.some((name) => ids.has(name)))', 'if (false)']),
  against('T68', 'store/copies', ['gateway/bus/file-mark.ts', 'if (walSize === 0 && !isCopy &&', 'if (false &&']),
  against('T68', 'store/copies', ['gateway/bus/file-mark.ts', 'this.set(BEGUN, mark);', '']),
  against('T68', 'store/copies', [HEAD_WALK, 'if (short !== undefined)', 'if (false)']),
  against('T68', 'store/copies', ['gateway/store/journal.ts', 'this.#grew(positions);', '']),
  against('T68', 'store/copies', ['gateway/cli/audit-check.ts', 'if (!hasKeys(folder))', 'if (false)']),
  against('T68', 'store/copies', ['gateway/bus/embedded/copy.ts', 'if (existsSync(to)) throw', 'if (false) throw']),
  against('T68', 'store/binding', [BINDING, 'if (bound.deployment !== here.deployment)', 'if (false)']),
  against('T68', 'store/binding', [BINDING, 'if (bound.bus.bus !== here.bus.bus)', 'if (false)']),
  against('T68', 'store/binding', [VIEW_BINDING, 'found?.offset === offset && digestOf(found.value) !== sha256', 'false']),
  against('T68', 'store/binding', [
    VIEW_BINDING,
    "if (bound?.bus === undefined) return 'a bus that it does not name';",
    'if (bound?.bus === undefined) return undefined;',
  ]),
  against('T68', 'store/binding', [VIEW_BINDING, 'if (((await bus.ends(topic))[part] ?? 0) < next)', 'if (false)']),
  against('T68', 'store/binding', ['gateway/buses.ts', 'if (owner !== undefined && owner !== deployment.name) throw', 'if (false) throw']),
  against('T68', 'store/binding', ['gateway/store/deployment.ts', "owner = 'foreign';", '']),
  against('T68', 'store/binding', ['gateway/store/deployment.ts', 'return waiting.size === 0;', 'return true;']),
  against('T68', 'store/binding', [SPOOL, 'if (!this.#isBound) await this.#bind();', '']),
  against('T68', 'store/binding', [SPOOL, '|| !this.#isClear || !this.#isBound;', '|| !this.#isClear;']),
  against('T68', 'store/binding', [SPOOL, 'if (refusal !== undefined) throw', 'if (false) throw']),
  against('T68', 'bus/late', [SPOOL, '?? this.#options.refusal?.()', '']),
  against('T68', 'store/binding', ['gateway/store/view/view-binding.ts', 'await this.#naming;', '']),
  against('T68', 'store/binding', ['gateway/store/view/view.ts', 'if (options.isLate !== true) await', 'await']),
  against('T68', 'store/binding', ['gateway/store/view/view.ts', 'await this.#binding.mustBelong(this.#bus);', '']),
  against('T39', 'bus/kafka-faults', [
    'gateway/bus/kafka/kafkajs-corrections.ts',
    'if (!this.isConnected()) Object.assign(',
    'if (false) Object.assign(',
  ]),
  against('T67', 'bus/kafka-foreign-records', ['gateway/bus/kafka/reader.ts', "(value?.toString() ?? '')", '(value as Buffer).toString()']),
  against('T67', 'bus/kafka-foreign-records', [
    'gateway/bus/kafka/topic-specification.ts',
    "'compression.type': 'uncompressed'",
    "'compression.type': 'producer'",
  ]),
  against('T67', 'bus/embedded', ['gateway/bus/embedded/log-follower.ts', '      this.#fail(error);', '      throw error;']),
  against('T73', TERMINAL, ['gateway/log.ts', 'hooks: { streamWrite: safeJson }', '']),
  against('T68', 'store/binding', [SPOOL, 'if (!(await belongs(', 'if (false && !(await belongs(']),
  against('T68', 'bus/kafka-replaced', [IDENTITY, 'if (known !== id)', 'if (false)']),
  against('T68', 'bus/kafka-replaced', [IDENTITY, 'if (cluster !== this.#cluster)', 'if (false)']),
  against('T68', 'bus/kafka-replaced', [IDENTITY, 'this.#misses >= MOST_MISSES', 'false']),
  against(
    'T68',
    'bus/kafka-replaced',
    [BINDING, 'found[topic] !== id', 'false'],
    [VIEW_BINDING, 'here.bus?.topics[topic] !== known[topic]', 'false'],
  ),
  against('T69', 'bus/topic-specification', [SPECIFICATION, "const GROUP_SEPARATOR = '_';", "const GROUP_SEPARATOR = '.';"]),
  against('T69', 'bus/topic-specification', [DIFFERENCES, "name === '*' || roots.some", 'roots.some']),
  against('T69', 'bus/topic-specification', [DIFFERENCES, ' || root.startsWith(name)', '']),
  against('T69', 'bus/topic-specification', [DIFFERENCES, ' || (isClient && isFormer)', '']),
  against('T69', 'bus/topic-specification', [DIFFERENCES, ' || grant.principal === EVERYBODY', '']),
  against('T69', 'bus/topic-specification', [
    DIFFERENCES,
    'if (found.partitions !== topic.partitions)',
    'if (found.partitions < topic.partitions)',
  ]),
  against('T69', 'bus/topic-specification', [DIFFERENCES, 'if (specification.gateways.length === 0)', 'if (false)']),
  against('T69', 'bus/topic-specification', [
    DIFFERENCES,
    "if (found === undefined) return [unchecked('the grants', 'describe on the cluster')];",
    'if (found === undefined) return [];',
  ]),
  against('T69', 'threats/topics', [SPECIFICATION, "      'message.timestamp.type': 'LogAppendTime',", '']),
  against('T69', 'threats/topics', [IDENTITY, 'if (split !== undefined) throw', 'if (false) throw']),
  against('T69', 'threats/topics', [KAFKA, 'count === 1 || isStream(topic) ? 0', 'count === 1 ? 0']),
  against('T69', 'threats/topics', [
    'gateway/transports/http/operations.ts',
    'if (topics !== undefined) checks.topics = topics.health;',
    '',
  ]),
  against('T69', 'threats/topics', ['gateway/bus/kafka/kafka-client.ts', 'if (!isThisMachine(options.host))', 'if (false)']),
  against('T22', 'labels/event-time', ['gateway/labels/event-time.ts', "if (isPortion) return instead(recordedtime, 'in-a-portion');", '']),
  against('T71', 'contracts/vectors', [VERIFY, 'if (!isSealedContext(claims, event))', 'if (false)']),
  against('T71', 'contracts/vectors', [VERIFY, ' || !hasOnly(group, GROUP)', '']),
  against('T71', 'contracts/vectors', [VERIFY, '!hasOnly(event.data.label, Object.keys(expected)) || ', '']),
  against('T71', 'contracts/vectors', [
    SEAL_FORM,
    'return (expectedDigest === claims.whole) === (rendition === undefined);',
    'return true;',
  ]),
  against('T71', 'contracts/vectors', [
    SEAL_FORM,
    'return rendition !== undefined || topicSaltOf(event) !== ',
    'return true || topicSaltOf(event) !== ',
  ]),
  against('T71', 'contracts/vectors', [
    'gateway/pipeline/record-verifier.ts',
    'return JSON.stringify(event) === text || parseStrict(text).ok;',
    'return text.length > 0;',
  ]),
  against('T71', 'contracts/vectors', [CHECK, 'if (!isSealedContext(claims, event))', 'if (false)']),
  against('T71', 'contracts/vectors', [
    CHECK,
    "if (!isJoin(data.label, [claims.label, ...portions.map(({ label }) => label)])) return 'label';",
    '',
  ]),
  against('T71', 'contracts/vectors', [
    'contracts/client/client.ts',
    'const read = parseStrict(event);',
    'const read = { ok: true as const, value: JSON.parse(event), refusals: undefined as never };',
  ]),
  against('T71', 'contracts/vectors', [
    'docs/labels.md',
    "must(canonical(short(context)) === canonical(short(claims.event)), 'context');",
    '',
  ]),
  against('T71', 'contracts/vectors', ['docs/labels.md', "must(!open.at(-1).has(JSON.parse(word)), 'ambiguous-json');", '']),
  against('T71', 'contracts/vectors', [
    'docs/labels.md',
    "must(isWhole ? rendition === undefined && topicSalt !== '' : rendition === classification, 'rendition');",
    '',
  ]),
  against('T72', 'transports/http/without-reading', [WITHOUT_READING, "method === 'get' && isPublic", "method === 'get'"]),
  against('T72', 'transports/http/events', ['gateway/transports/http/events.ts', 'if (mediaTypes.length === 0) throw', 'if (false) throw']),
  against('T72', 'transports/http/without-reading', [WITHOUT_READING, 'delete request.headers[name];', 'void name;']),
  against('T74', 'reading/order', [ORDER_TABLE, 'at < ? ORDER BY at LIMIT', 'at < ? ORDER BY topic, at LIMIT']),
  against('T74', RESTORE_TEST, [RESTORE, '&& view.order.isWaiting(corrects)) continue;', '&& false) continue;']),
  against('T74', RESTORE_TEST, ['gateway/reading/standing.ts', 'if (first !== undefined) return first.at;', '']),
  against('T74', RESTORE_TEST, [
    'gateway/reading/standing.ts',
    'view.order.rows(from, end, matches, AT_ONCE)',
    'view.order.rows(from, end, () => true, AT_ONCE)',
  ]),
  against('T74', EVENT_ORDER_TEST, [
    EVENT_ORDER,
    'if (!this.#kept.has(key)) break;',
    'if (!this.#kept.has(key)) { this.#pass(); continue; }',
  ]),
  against('T74', EVENT_ORDER_TEST, [EVENT_ORDER, 'if (other !== topic) this.#kept.delete(', 'if (other === topic) this.#kept.delete(']),
  against('T74', EVENT_ORDER_TEST, [EVENT_ORDER, 'if (this.#kept.size > MOST_KEPT) this.#forgetOldest();', '']),
  against('T25', 'store/view/order-table', [ORDER_TABLE, 'Math.min(end, ...firsts)', 'Math.min(end, from)']),
  against('T25', 'reading/level-orders', [LEVEL_ORDERS, 'return topics.length === 0 ? undefined :', 'return ']),
  against('T67', 'reading/level-orders', [LEVEL_ORDERS, "authenticator.check(written) === 'authentic'", 'true']),
  against('T67', RESTORE_TEST, ['gateway/wire/record-authenticator.ts', 'PROTECTIONS, APPROVALS, ORDER, ', 'PROTECTIONS, APPROVALS, ']),
  against('T17', 'quarantine/work', [JOBS, 'receipt !== undefined && quarantine.maySee(client, receipt)', 'receipt !== undefined']),
  against('T64', 'quarantine/work', [WORK_LOG, 'return isOwn ? undefined : lock;', 'return undefined;']),
  against('T36', TRY_IT, ['gateway/transports/http/try-it.ts', "place === 'path' && stepsOf(parameter.name, value).some(isDots)", 'false']),
  against('T64', TRY_IT, ['gateway/transports/http/same-origin.ts', 'if (!isOfSameOrigin(request)) throw', 'if (false) throw']),
  against('T39', QUEUE_TEST, [
    QUEUE_INTAKE,
    'if (this.#held !== undefined) await',
    'if (this.#held !== undefined) this.#held.accept(), await',
  ]),
  against('T39', QUEUE_TEST, [QUEUE_INTAKE, 'this.#held ??= await this.#reader.next', 'this.#held = await this.#reader.next']),
  against('T39', QUEUE_TEST, [QUEUE_INTAKE, 'if (replies !== undefined || !(error', 'if (!(error']),
  against('T43', QUEUE_TEST, [QUEUE_INTAKE, 'address === undefined || address === from', 'address === undefined']),
  against('T43', QUEUE_TEST, [QUEUE_INTAKE, 'message.reject();', 'throw new TypeError();']),
  against('T58', AMQP_TEST, [FRAME_GUARD, '|| size > MOST_FRAME_BYTES', '']),
  against('T58', AMQP_TEST, [FRAME_GUARD, 'if (!isHeader) checkFrame(frame);', '']),
  against('T58', AMQP_TEST, ['gateway/transports/amqp/encoding.ts', 'if (count > MOST_EMPTY) throw new Malformed();', '']),
  against('T58', HOSTILE_BROKER, [
    'gateway/transports/amqp/reader.ts',
    'if (frame.performative.aborted === true) throw new Malformed();',
    '',
  ]),
  against('T58', HOSTILE_BROKER, ['gateway/transports/amqp/reader.ts', 'if (buffer.length >= prefetch)', 'if (false)']),
  against('T58', HOSTILE_BROKER, [STOMP, 'decoded in Object.prototype ? `-${decoded}` : decoded', 'decoded']),
  against('T58', HOSTILE_BROKER, [STOMP, "if (!isUsed) return '-';", '']),
  against('T58', HOSTILE_BROKER, ['gateway/transports/stomp/reader.ts', 'buffer.room(prefetch)', 'buffer.room(1e9)']),
  against('T58', HOSTILE_BROKER, [STOMP, 'ERROR: () =>', 'ANOTHER: () =>']),
  against('T37', HOSTILE_BROKER, [BROKER_SETTINGS, 'if (tls === undefined && !isThisMachine(host)', 'if (false && !isThisMachine(host)']),
  against('T37', HOSTILE_BROKER, [BROKER_SETTINGS, 'rejectUnauthorized: true', 'rejectUnauthorized: false']),
  against('T58', TRY_IT, ['gateway/transports/http/portal.ts', 'readBody(FORM_BYTES)', 'readBody(1e9)']),
  against('T25', 'threats/http', ['gateway/reading/cursor.ts', "if (!isOfClient) return 'unknown';", '']),
  against('T31', 'transports/http/cors', ['gateway/transports/http/cors.ts', '!named.has(origin)', 'named.size === 0']),
  against('T73', TERMINAL, ['gateway/cli/output.ts', 'safeText(line)', 'line']),
  against('T73', TERMINAL, [
    'gateway/cli/output.ts',
    'safeJson(JSON.stringify(value, null, indent))',
    'JSON.stringify(value, null, indent)',
  ]),
  against('T73', TERMINAL, ['gateway/cli/output.ts', 'stdout.isTTY === true ? safeLines(Buffer.from(bytes).toString()) : bytes', 'bytes']),
  against('T73', TERMINAL, ['gateway/terminal.ts', '\\p{Default_Ignorable_Code_Point}', '']),
  against('T18', 'threats/on-behalf-of', ['gateway/transports/http/on-behalf-of.ts', "pseudonym('person-of-token', person)", 'person']),
  against('T18', 'threats/on-behalf-of', [
    'gateway/transports/http/on-behalf-of.ts',
    'if (caller.client.requireOnBehalfOf)',
    'if (caller.client.requireOnBehalfOf && false)',
  ]),
  against('T31', 'threats/on-behalf-of', [
    'gateway/transports/http/auth.ts',
    'if (act !== undefined && !isActor(act)) return undefined;',
    '',
  ]),
  against('T18', 'threats/on-behalf-of', [
    'gateway/store/outcomes.ts',
    'JSON.stringify([who, onBehalfOf, policy',
    'JSON.stringify([who, policy',
  ]),
  against('T73', TERMINAL, ['gateway/cli/main.ts', 'else lost = error.code;', '']),
  against('T73', TERMINAL, [
    'gateway/cli/convert.ts',
    'writeMessage(adapter, events, { isLenient, mostBytes: Number.POSITIVE_INFINITY })',
    'adapter.encode!(events, { isLenient })',
  ]),
  against('T61', FOLDER_TEST, [INBOX, 'else if (!file.isPlain) await', 'else if (false) await']),
  against('T61', FOLDER_TEST, [INBOX, 'if (!isSafeName(this.#nameOf(file.name)))', 'if (false)']),
  against('T61', FOLDER_TEST, [INBOX, 'began - since >= stableMilliseconds', 'began - since >= 0']),
  against('T61', FOLDER_TEST, [INBOX, "if (typeof read !== 'string' && !(await", 'if (false && !(await']),
  against('T61', FOLDER_TEST, [
    INBOX,
    ': this.#receive(name, read, receive);',
    ": this.#receive(name, read, receive).catch(() => ({ status: 'accepted' as const, reasons: [] }));",
  ]),
  against('T61', SFTP_TEST, [SFTP_CONNECTION, 'return isRight;', 'return true;']),
  against('T61', SFTP_TEST, [INBOX, 'else if (!file.isPlain) await', 'else if (false) await']),
  against('T61', UNTRUSTED_SERVER, [INBOX, 'if (!isSafeName(this.#nameOf(file.name)))', 'if (false)']),
  against('T61', UNTRUSTED_SERVER, ['gateway/transports/sftp/remote-files.ts', '&& (await isSame())', '']),
  against('T61', UNTRUSTED_SERVER, [
    SFTP_CONNECTION,
    'setTimeout(() => this.#end(TIMEOUT), this.#milliseconds)',
    'setTimeout(() => undefined, this.#milliseconds)',
  ]),
  against('T61', UNTRUSTED_SERVER, [
    SFTP_CONNECTION,
    'setTimeout(() => this.#end(TIMEOUT), milliseconds)',
    'setTimeout(() => undefined, milliseconds)',
  ]),
  against('T61', 'transports/sftp/outbox', [
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
  for (const place of moved) console.error(`A defence is not where it was: ${place}`);
  process.exit(moved.length === 0 ? 0 : 1);
}

const asked = new Set(process.argv.slice(2));
const known = new Set(DEFENCES.map(({ threat }) => threat));
const unknown = [...asked].filter((threat) => !known.has(threat));
if (unknown.length > 0) {
  console.error(`There is no defence against ${unknown.join(', ')}`);
  process.exit(2);
}
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
