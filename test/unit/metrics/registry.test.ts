import { describe, expect, it } from 'vitest';
import { exponentialBuckets, MetricRegistry } from '../../../src/metrics/index.js';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('metric registry', () => {
  it('writes counters, gauges and histograms as Prometheus reads them', () => {
    const registry = new MetricRegistry();
    const steps = registry.counter({
      name: 'marlin_agent_steps_total',
      help: 'Steps of all agents.',
      labels: ['job', 'agent'],
    });
    const lag = registry.gauge({ name: 'marlin_policy_lag_iterations', help: 'Updates between acting and learning.' });
    const update = registry.histogram({
      name: 'marlin_update_seconds',
      help: 'Duration of an update.',
      labels: ['job'],
      buckets: [0.1, 0.5, 2.5],
    });
    const first = steps.labels({ job: 'a', agent: 'agent-0' });
    first.increment();
    first.increment(2.5);
    steps.labels({ agent: 'agent-1', job: 'a' }).increment(1e21);
    lag.labels().set(3);
    lag.labels().add(-5);
    for (const seconds of [0.0625, 0.1, 0.25, 9]) update.labels({ job: 'a' }).observe(seconds);

    expect(registry.text()).toBe(
      `# HELP marlin_agent_steps_total Steps of all agents.
# TYPE marlin_agent_steps_total counter
marlin_agent_steps_total{job="a",agent="agent-0"} 3.5
marlin_agent_steps_total{job="a",agent="agent-1"} 1e+21
# HELP marlin_policy_lag_iterations Updates between acting and learning.
# TYPE marlin_policy_lag_iterations gauge
marlin_policy_lag_iterations -2
# HELP marlin_update_seconds Duration of an update.
# TYPE marlin_update_seconds histogram
marlin_update_seconds_bucket{job="a",le="0.1"} 2
marlin_update_seconds_bucket{job="a",le="0.5"} 3
marlin_update_seconds_bucket{job="a",le="2.5"} 3
marlin_update_seconds_bucket{job="a",le="+Inf"} 4
marlin_update_seconds_sum{job="a"} 9.4125
marlin_update_seconds_count{job="a"} 4
`,
    );
  });

  it('is empty without metrics, and shows the zeros of metrics without labels', () => {
    const registry = new MetricRegistry();
    expect(registry.text()).toBe('');
    registry.counter({ name: 'marlin_drops_total', help: 'Dropped batches.' });
    registry.counter({ name: 'marlin_failures_total', help: 'Failures.', labels: ['code'] });
    registry.histogram({ name: 'marlin_wait_seconds', help: 'Waits.', buckets: [1] });
    const samples = registry
      .text()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples).toEqual([
      'marlin_drops_total 0',
      'marlin_wait_seconds_bucket{le="1"} 0',
      'marlin_wait_seconds_bucket{le="+Inf"} 0',
      'marlin_wait_seconds_sum 0',
      'marlin_wait_seconds_count 0',
    ]);
  });

  it('escapes help and label values', () => {
    const registry = new MetricRegistry();
    registry
      .gauge({ name: 'marlin_build_info', help: 'One "line"\nand \\ another.', labels: ['path'] })
      .labels({ path: 'C:\\runs\n"x"' })
      .set(1);
    expect(registry.text().split('\n').slice(0, 3)).toEqual([
      '# HELP marlin_build_info One "line"\\nand \\\\ another.',
      '# TYPE marlin_build_info gauge',
      'marlin_build_info{path="C:\\\\runs\\n\\"x\\""} 1',
    ]);
  });

  it('keeps label values apart that look alike when joined', () => {
    const registry = new MetricRegistry();
    const metric = registry.counter({ name: 'a_b_total', help: '', labels: ['x', 'y'] });
    metric.labels({ x: '1",y="2', y: '' }).increment();
    expect(metric.labels({ x: '1', y: '2' }).value).toBe(0);
  });

  it.each([
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('writes the gauge %d as %s', (value, text) => {
    const registry = new MetricRegistry();
    registry.gauge({ name: 'marlin_loss_ratio', help: '' }).labels().set(value);
    expect(registry.text()).toContain(`marlin_loss_ratio ${text}\n`);
  });

  it.each([
    ['counter', 'marlin_steps'],
    ['counter', 'marlin_wait_seconds'],
    ['counter', 'total'],
    ['counter', '_total'],
    ['gauge', 'marlin_steps_total'],
    ['gauge', 'marlin_temperature'],
    ['gauge', 'bytes'],
    ['histogram', 'marlin_wait_seconds_count'],
    ['histogram', 'marlin_wait_seconds_bucket'],
    ['gauge', 'Marlin_bytes'],
    ['gauge', 'marlin-heap_bytes'],
    ['gauge', 'marlin__bytes'],
    ['gauge', 'marlin_bytes\n'],
    ['gauge', `${'x'.repeat(128)}_bytes`],
  ] as const)('refuses a %s named %j', (kind, name) => {
    expect(() => new MetricRegistry()[kind]({ name, help: '', buckets: [1] })).toThrow(code('METRIC_NAME_INVALID'));
  });

  it.each([[['Job']], [['a-b']], [['le']], [['job', 'job']], [['']]])('refuses the labels %j', (labels) => {
    expect(() => new MetricRegistry().counter({ name: 'a_total', help: '', labels })).toThrow(
      code('METRIC_NAME_INVALID'),
    );
  });

  it('refuses a second metric of one name', () => {
    const registry = new MetricRegistry();
    registry.gauge({ name: 'heap_bytes', help: '' });
    expect(() => registry.histogram({ name: 'heap_bytes', help: '', buckets: [1] })).toThrow(code('METRIC_EXISTS'));
  });

  it.each([{}, { job: 'a' }, { job: 'a', agent: 'b', extra: 'c' }, { job: 'a', shard: '0' }])(
    'refuses the label values %j for job and agent',
    (values) => {
      const metric = new MetricRegistry().counter({ name: 'a_total', help: '', labels: ['job', 'agent'] });
      expect(() => metric.labels(values as Record<string, string>)).toThrow(code('METRIC_LABELS_INVALID'));
    },
  );

  it.each([-1, Number.NaN])('refuses to raise a counter by %d', (by) => {
    const series = new MetricRegistry().counter({ name: 'a_total', help: '' }).labels();
    expect(() => series.increment(by)).toThrow(code('METRIC_VALUE_INVALID'));
    expect(series.value).toBe(0);
  });

  it('refuses to observe NaN', () => {
    const series = new MetricRegistry().histogram({ name: 'a_seconds', help: '', buckets: [1] }).labels();
    expect(() => series.observe(Number.NaN)).toThrow(code('METRIC_VALUE_INVALID'));
    expect([series.count, series.sum]).toEqual([0, 0]);
  });

  it.each([[[]], [[1, 1]], [[2, 1]], [[1, Number.POSITIVE_INFINITY]], [[Number.NaN]]])(
    'refuses the buckets %j',
    (buckets) => {
      expect(() => new MetricRegistry().histogram({ name: 'a_seconds', help: '', buckets })).toThrow(
        code('METRIC_BUCKETS_INVALID'),
      );
    },
  );

  it('makes buckets that grow by a factor', () => {
    expect(exponentialBuckets(2, 4, 3)).toEqual([2, 8, 32]);
    expect(() => exponentialBuckets(1, 1, 3)).toThrow(code('METRIC_BUCKETS_INVALID'));
  });

  it('returns the same series for the same labels, until it is removed', () => {
    const metric = new MetricRegistry().counter({ name: 'a_total', help: '', labels: ['job'] });
    const series = metric.labels({ job: 'a' });
    series.increment();
    expect(metric.labels({ job: 'a' })).toBe(series);
    metric.remove({ job: 'a' });
    expect(metric.labels({ job: 'a' }).value).toBe(0);
  });

  it('refuses labels without end, but takes as many as end', () => {
    const metric = new MetricRegistry().counter({ name: 'a_total', help: '', labels: ['job'] });
    for (let i = 0; i < 20_000; i++) {
      metric.labels({ job: `${i}` }).increment();
      metric.remove({ job: `${i}` });
    }
    expect(() => {
      for (let i = 0; i < 20_000; i++) metric.labels({ job: `${i}` });
    }).toThrow(code('METRIC_SERIES_EXCEEDED'));
  });
});
