import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricRegistry } from '../../src/metrics/index.js';

/** Metrics of the process itself. */
export interface ProcessObserver {
  /** Reads them anew; call it before the registry is written out. */
  update(): void;
  close(): void;
}

const NANOSECONDS = 1e-9;
const MICROSECONDS = 1e-6;
/** Rarely: every tick wakes a process up, and takes a core from what computes. A delay shorter than this may fall between two ticks. */
const TICK_MS = 100;

/** Registers CPU time, memory, event-loop delay and what the process holds open. Processor time and resident memory are those
 *  of all threads, the heap is that of the main thread. Throws METRIC_EXISTS when called twice for one registry. */
export function observeProcess(
  registry: MetricRegistry,
  about: { readonly service: string; readonly version: string },
): ProcessObserver {
  const gauge = (name: string, help: string) => registry.gauge({ name, help }).labels();
  registry
    .gauge({ name: 'marlin_build_info', help: 'What runs here.', labels: ['service', 'version', 'node'] })
    .labels({ ...about, node: process.versions.node })
    .set(1);
  gauge('process_start_time_seconds', 'When the process started, since the Unix epoch.').set(
    performance.timeOrigin / 1000,
  );
  const processor = registry
    .counter({ name: 'process_cpu_seconds_total', help: 'Processor time of all threads, user and system.' })
    .labels();
  const resident = gauge('process_resident_memory_bytes', 'Memory of the process that is in use.');
  const heapUsed = gauge('process_heap_used_bytes', 'JavaScript heap of the main thread that is in use.');
  const heapTotal = gauge('process_heap_total_bytes', 'JavaScript heap of the main thread that is reserved.');
  const external = gauge('process_external_memory_bytes', 'Memory outside the heap that its objects hold.');
  const delays = {
    p50: gauge('process_event_loop_delay_p50_seconds', 'Median delay of the event loop since the last reading.'),
    p99: gauge('process_event_loop_delay_p99_seconds', 'The same, 99th percentile.'),
    max: gauge('process_event_loop_delay_max_seconds', 'The same, the longest.'),
  };
  const handles = registry.gauge({
    name: 'process_open_handles',
    help: 'What keeps the process alive: sockets, servers, timers, threads.',
    labels: ['type'],
  });
  const seen = new Set<string>();
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();

  return {
    update() {
      const { user, system } = process.cpuUsage();
      processor.increment(Math.max(0, (user + system) * MICROSECONDS - processor.value));
      const memory = process.memoryUsage();
      resident.set(memory.rss);
      heapUsed.set(memory.heapUsed);
      heapTotal.set(memory.heapTotal);
      external.set(memory.external);
      // Nothing was measured when two readings follow each other at once.
      const measured = delay.count > 0;
      delays.p50.set(measured ? beyondTick(delay.percentile(50)) : 0);
      delays.p99.set(measured ? beyondTick(delay.percentile(99)) : 0);
      delays.max.set(measured ? beyondTick(delay.max) : 0);
      delay.reset();
      // A kind that is gone reads 0, not what it was.
      for (const type of seen) handles.labels({ type }).set(0);
      for (const type of process.getActiveResourcesInfo()) {
        seen.add(type);
        handles.labels({ type }).add();
      }
    },
    close() {
      delay.disable();
    },
  };
}

// Node records the time from tick to tick, so the tick itself is no delay.
function beyondTick(nanoseconds: number): number {
  return Math.max(0, nanoseconds * NANOSECONDS - TICK_MS / 1000);
}
