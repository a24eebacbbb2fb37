/** Spans that are recorded and sent: loaded only where an OTLP endpoint is configured. */
import { ROOT_CONTEXT, SpanKind as Kind, SpanStatusCode, trace, type Context, type Link } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { parseTraceparent, unrecorded, type Above, type SpanKind, type Tracing } from './trace.ts';

const kinds: Readonly<Record<SpanKind, Kind>> = { server: Kind.SERVER, client: Kind.CLIENT, producer: Kind.PRODUCER, consumer: Kind.CONSUMER, internal: Kind.INTERNAL };

/** @param ratio of new traces that is recorded; a trace that came in with a decision keeps it */
export function recordSpans(service: string, endpoint: string, ratio: number): Tracing {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `regie-${service}` }),
    // Decided below, before the SDK has any work with a span that nobody will see.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }))],
  });
  const tracer = provider.getTracer('regie');
  const contextOf = (above: Above | undefined): Context =>
    above ? trace.setSpanContext(ROOT_CONTEXT, { traceId: above.traceId, spanId: above.spanId, traceFlags: above.flags, isRemote: true }) : ROOT_CONTEXT;
  const linkTo = (traceparent: string): Link[] => {
    const above = parseTraceparent(traceparent);
    return above ? [{ context: { traceId: above.traceId, spanId: above.spanId, traceFlags: above.flags, isRemote: true } }] : [];
  };
  return {
    span(name, kind, parent, links = []) {
      const above = parseTraceparent(parent);
      if (above === undefined ? Math.random() >= ratio : (above.flags & 1) === 0) return unrecorded(above);
      const span = tracer.startSpan(name, { kind: kinds[kind], links: links.flatMap(linkTo) }, contextOf(above));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceId, traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        set: (key, value) => void span.setAttribute(key, value),
        end(error) {
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
          span.end();
        },
      };
    },
    stop: () => provider.shutdown(),
  };
}
