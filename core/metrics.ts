/**
 * Metrics in the Prometheus text format, version 0.0.4.
 *
 * @module
 */

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly lines: () => Iterable<string>;
}

const registered = new Map<string, Series>();

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** A number that only grows. */
export function counter(name: string, help: string): (labels?: Labels, by?: number) => void {
  const values = new Map<string, number>();
  registered.set(name, {
    help,
    type: 'counter',
    *lines() {
      for (const [labels, value] of values) yield `${name}${labels} ${value}`;
    },
  });
  return (labels = {}, by = 1) => {
    const key = labelText(labels);
    values.set(key, (values.get(key) ?? 0) + by);
  };
}

/** Seconds that things took, in buckets. */
export function histogram(
  name: string,
  help: string,
  buckets: readonly number[],
): (seconds: number, labels?: Labels) => void {
  const values = new Map<
    string,
    { labels: Labels; counts: number[]; sum: number; count: number }
  >();
  registered.set(name, {
    help,
    type: 'histogram',
    *lines() {
      for (const { labels, counts, sum, count } of values.values()) {
        for (const [index, bound] of buckets.entries()) {
          yield `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts[index]}`;
        }
        yield `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`;
        yield `${name}_sum${labelText(labels)} ${sum}`;
        yield `${name}_count${labelText(labels)} ${count}`;
      }
    },
  });
  return (seconds, labels = {}) => {
    const key = labelText(labels);
    const value = values.get(key) ??
      { labels, counts: buckets.map(() => 0), sum: 0, count: 0 };
    values.set(key, value);
    value.sum += seconds;
    value.count += 1;
    for (const [index, bound] of buckets.entries()) {
      if (seconds <= bound) value.counts[index] = (value.counts[index] ?? 0) + 1;
    }
  };
}

/** One value that is known when it is asked for. */
export interface GaugeValue {
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** Everything counted in this process, with values read just now, as Prometheus reads it. */
export function renderMetrics(gauges: readonly GaugeValue[] = []): string {
  const lines: string[] = [];
  for (const [name, { help, type, lines: values }] of registered) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values());
  }
  const said = new Set<string>();
  for (const { name, help, labels, value } of gauges) {
    if (!said.has(name)) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`);
    said.add(name);
    lines.push(`${name}${labelText(labels ?? {})} ${value}`);
  }
  return lines.join('\n') + '\n';
}
