import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { observeProcess, type ProcessObserver } from '../../../../services/process/index.js';
import { MetricRegistry } from '../../../../src/metrics/index.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the metrics of a process', () => {
  let observer: ProcessObserver | undefined;
  afterEach(() => observer?.close());

  function observe(): () => Map<string, number> {
    const registry = new MetricRegistry();
    observer = observeProcess(registry, { service: 'actor', version: '1.2.3' });
    return () => {
      observer?.update();
      const lines = registry.text().split('\n');
      return new Map(
        lines
          .filter((line) => /^\w/.test(line))
          .map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]),
      );
    };
  }

  it('are plausible', () => {
    const read = observe();
    const values = read();
    expect(values.get(`marlin_build_info{service="actor",version="1.2.3",node="${process.versions.node}"}`)).toBe(1);
    expect(values.get('process_cpu_seconds_total')).toBeGreaterThan(0.01);
    expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(values.get('process_heap_used_bytes')).toBeGreaterThan(1e6);
    expect(values.get('process_heap_total_bytes')).toBeGreaterThan(1e6);
    expect(values.get('process_external_memory_bytes')).toBeGreaterThan(0);
    expect((values.get('process_start_time_seconds') ?? 0) * 1000).toBeLessThan(Date.now());
    for (const [name, value] of values) expect(value, name).toBeGreaterThanOrEqual(0);
  });

  it('never count processor time down or twice', () => {
    const read = observe();
    const first = read().get('process_cpu_seconds_total') ?? 0;
    const second = read().get('process_cpu_seconds_total') ?? 0;
    const { user, system } = process.cpuUsage();
    expect(second).toBeGreaterThanOrEqual(first);
    expect(second).toBeLessThanOrEqual((user + system) * 1e-6 + 1e-9);
  });

  it('count what is open, and no longer what was closed', async () => {
    const read = observe();
    const name = 'process_open_handles{type="TCPServerWrap"}';
    const before = read().get(name) ?? 0;
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    expect(read().get(name)).toBe(before + 1);
    await new Promise((resolve) => server.close(resolve));
    // Handles are let go of at the end of a turn.
    await turn();
    await turn();
    expect(read().get(name)).toBe(before);
  });

  it('show an event loop that was held up', async () => {
    const read = observe();
    // The first tick only says when counting began; after it, each turn is seen to have been late.
    for (let late = 0; late < 3; late++) {
      const end = performance.now() + 150;
      while (performance.now() < end);
      await turn();
    }
    expect(read().get('process_event_loop_delay_max_seconds')).toBeGreaterThan(0.03);
  });
});
