import { describe, expect, it } from 'vitest';
import { counter, histogram, renderMetrics } from '../../core/metrics.ts';

/** Lines of one metric, without those of others. */
function linesOf(name: string): string[] {
  return renderMetrics().split('\n').filter((line) => line.includes(name));
}

describe('counter', () => {
  it('grows by one or more, for each set of labels by itself', () => {
    const count = counter('test_asks_total', 'Asks.');
    count();
    count({ code: '200' });
    count({ code: '200' }, 2);
    expect(linesOf('test_asks_total')).toEqual([
      '# HELP test_asks_total Asks.',
      '# TYPE test_asks_total counter',
      'test_asks_total 1',
      'test_asks_total{code="200"} 3',
    ]);
  });

  it('escapes what would end a label', () => {
    counter('test_escaped_total', 'Escaped.')({ path: 'a"b\\c\nd' });
    expect(linesOf('test_escaped_total').at(-1))
      .toBe(String.raw`test_escaped_total{path="a\"b\\c\nd"} 1`);
  });

  it('has its two comments before anything was counted', () => {
    counter('test_idle_total', 'Idle.');
    expect(linesOf('test_idle_total')).toHaveLength(2);
  });
});

describe('histogram', () => {
  it('counts into all buckets that a value fits, bounds included', () => {
    const observe = histogram('test_seconds', 'Time.', [0.1, 1]);
    for (const seconds of [0.05, 0.1, 0.5, 3]) observe(seconds, { route: 'x' });
    expect(linesOf('test_seconds')).toEqual([
      '# HELP test_seconds Time.',
      '# TYPE test_seconds histogram',
      'test_seconds_bucket{route="x",le="0.1"} 2',
      'test_seconds_bucket{route="x",le="1"} 3',
      'test_seconds_bucket{route="x",le="+Inf"} 4',
      'test_seconds_sum{route="x"} 3.65',
      'test_seconds_count{route="x"} 4',
    ]);
  });
});

describe('renderMetrics', () => {
  it('writes gauges read just now, with their comments once', () => {
    const help = 'Images by state.';
    const text = renderMetrics([
      { name: 'test_images', help, labels: { state: 'a' }, value: 1 },
      { name: 'test_images', help, labels: { state: 'b' }, value: 2.5 },
      { name: 'test_up', help: 'Up.', value: 0 },
    ]);
    expect(text.split('\n').filter((line) => /test_(images|up)/.test(line))).toEqual([
      '# HELP test_images Images by state.',
      '# TYPE test_images gauge',
      'test_images{state="a"} 1',
      'test_images{state="b"} 2.5',
      '# HELP test_up Up.',
      '# TYPE test_up gauge',
      'test_up 0',
    ]);
  });

  it('is made of lines the text format knows, ended by a line feed', () => {
    counter('test_format_total', 'With labels.')({ a: '', b: '{}' });
    const text = renderMetrics();
    expect(text.endsWith('\n')).toBe(true);
    const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"`;
    const line = new RegExp(
      String.raw`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{${label}(,${label})*\})? [-+.e\dInfNa]+)$`,
    );
    for (const each of text.trimEnd().split('\n')) expect(each).toMatch(line);
  });
});
