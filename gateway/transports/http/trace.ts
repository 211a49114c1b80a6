/**
 * OpenTelemetry traces: from the request that brought a message, through its event (`traceparent`, W3C Trace Context), to those who read it.
 * Spans hold the operation, the status and counts: no ids, no names, no content (T18).
 */
import { randomUUID } from 'node:crypto';
import type { Link, Span, SpanContext } from '@opentelemetry/api';

/** What a request says of itself to a trace. */
export interface RequestTrace {
  /** For the events that come of the request: the trace that they began in. */
  readonly traceparent: string;
  /** Whether the request named a trace in a way that cannot be followed: a new one began (W3C Trace Context, section 3.2.2). */
  readonly isReplaced: boolean;
  /** Events that were delivered: each is linked to the trace that it began in. */
  delivered(events: readonly { readonly traceparent?: string }[]): void;
  end(status: number): void;
}

export interface Tracer {
  request(operation: string, traceparent: string | undefined): RequestTrace;
  /** Sends what is left. */
  close(): Promise<void>;
}

const FIELDS = /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MOST_LINKS = 128;
/** A collector that does not answer holds a stop up no longer. */
const LONGEST_MILLISECONDS = 2000;

function newTraceparent(): string {
  const hex = () => randomUUID().replaceAll('-', '');
  return `00-${hex()}-${hex().slice(16)}-01`;
}

/** Passes the trace on that a request is part of, or begins one, and tells nobody. */
export const SILENT: Tracer = {
  request: (_operation, given) => {
    const parent = contextOf(given);
    return {
      traceparent: parent === undefined ? newTraceparent() : traceparentOf(parent),
      isReplaced: given !== undefined && parent === undefined,
      delivered: () => undefined,
      end: () => undefined,
    };
  },
  close: () => Promise.resolve(),
};

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = FIELDS.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Version 00 has these four fields. A later one may have more, which are passed over. There is no version ff.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string => `00-${traceId}-${spanId}-0${traceFlags & 1}`;

/** Sends spans to a collector (OTLP over HTTP, in JSON). What cannot be sent is dropped: nothing waits for it. */
export async function openTracer(endpoint: string, name: string): Promise<Tracer> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'justice-interchange', 'service.instance.id': name }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    spanProcessors: [
      new sdk.BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint, timeoutMillis: LONGEST_MILLISECONDS }), {
        scheduledDelayMillis: 1000,
        exportTimeoutMillis: LONGEST_MILLISECONDS,
      }),
    ],
  });
  const tracer = provider.getTracer('justice-interchange');
  return {
    request: (operation, given) => {
      const parent = contextOf(given);
      const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      const span: Span = tracer.startSpan(operation, { kind: SpanKind.SERVER }, context);
      return {
        traceparent: traceparentOf(span.spanContext()),
        isReplaced: given !== undefined && parent === undefined,
        delivered: (events) => {
          const links: Link[] = [];
          for (const { traceparent } of events.slice(0, MOST_LINKS)) {
            const began = contextOf(traceparent);
            if (began !== undefined) links.push({ context: began });
          }
          const attributes = { 'messaging.batch.message_count': events.length, 'messaging.operation.type': 'receive' };
          tracer.startSpan('deliver', { kind: SpanKind.CONSUMER, links, attributes }, trace.setSpan(context, span)).end();
        },
        end: (status) => {
          span.setAttribute('http.response.status_code', status);
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    close: () => provider.shutdown().catch(() => undefined),
  };
}

/** The trace of a request, as {@link Tracer.request} began it. */
export const traceOf = (locals: Record<string, unknown>): RequestTrace => locals.trace as RequestTrace;
