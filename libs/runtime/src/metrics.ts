/** Figures for Prometheus: counters, gauges read when asked, and durations. Small on purpose: text in one format, nothing to configure. */

type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  /** Adds to a counter. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Notes a duration in seconds, into fixed buckets. */
  observe(name: string, labels: Labels, seconds: number): void;
  /** The same for what happens often under the same labels: they are put together once. */
  timer(name: string, labels: Labels): (seconds: number) => void;
  /** A figure that is read when it is asked for. */
  gauge(name: string, read: () => number | readonly (readonly [labels: Labels, value: number])[]): void;
  /** Prometheus text format 0.0.4. */
  text(): string;
}

const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const escape = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const labelled = (labels: Labels) => {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return parts.length > 0 ? `{${parts.join(',')}}` : '';
};

interface Duration { readonly labels: Labels; readonly counts: number[]; sum: number; n: number }

function note(one: Duration, seconds: number): void {
  one.sum += seconds;
  one.n++;
  for (let index = 0; index < buckets.length; index++) if (seconds <= buckets[index]!) { one.counts[index]!++; return; }
}

/** @param service stands as a label on every figure */
export function openMetrics(service: string): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const durations = new Map<string, Map<string, Duration>>();
  const gauges = new Map<string, () => number | readonly (readonly [Labels, number])[]>();
  const under = <Value>(map: Map<string, Map<string, Value>>, name: string): Map<string, Value> => {
    let inner = map.get(name);
    if (!inner) map.set(name, (inner = new Map()));
    return inner;
  };
  const durationOf = (name: string, labels: Labels): Duration => {
    const series = under(durations, name);
    const key = labelled(labels);
    let one = series.get(key);
    if (!one) series.set(key, (one = { labels: { service, ...labels }, counts: buckets.map(() => 0), sum: 0, n: 0 }));
    return one;
  };
  return {
    count(name, labels = {}, by = 1) {
      const series = under(counters, name);
      const key = labelled({ service, ...labels });
      series.set(key, (series.get(key) ?? 0) + by);
    },
    observe(name, labels, seconds) { note(durationOf(name, labels), seconds); },
    timer(name, labels) {
      const one = durationOf(name, labels);
      return (seconds) => note(one, seconds);
    },
    gauge(name, read) { gauges.set(name, read); },
    text() {
      const lines: string[] = [];
      for (const [name, series] of counters) {
        lines.push(`# TYPE ${name} counter`);
        for (const [labels, value] of series) lines.push(`${name}${labels} ${value}`);
      }
      for (const [name, series] of durations) {
        lines.push(`# TYPE ${name} histogram`);
        for (const { labels, counts, sum, n } of series.values()) {
          let below = 0;
          buckets.forEach((bound, index) => lines.push(`${name}_bucket${labelled({ ...labels, le: String(bound) })} ${(below += counts[index]!)}`));
          lines.push(`${name}_bucket${labelled({ ...labels, le: '+Inf' })} ${n}`, `${name}_sum${labelled(labels)} ${sum}`, `${name}_count${labelled(labels)} ${n}`);
        }
      }
      for (const [name, read] of gauges) {
        lines.push(`# TYPE ${name} gauge`);
        const value = read();
        for (const [labels, figure] of typeof value === 'number' ? [[{}, value] as const] : value) lines.push(`${name}${labelled({ service, ...labels })} ${figure}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

/** Durations of something done often, by its name and status: each pair is looked up once. */
export function timersOf(metrics: Metrics, name: string): (operation: string, status: number) => (seconds: number) => void {
  const known = new Map<string, ((seconds: number) => void)[]>();
  return (operation, status) => {
    let own = known.get(operation);
    if (!own) known.set(operation, (own = []));
    return (own[status] ??= metrics.timer(name, { operation, status: String(status) }));
  };
}
