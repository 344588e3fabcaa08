import { defineConfig } from 'vitest/config';

const APART = ['test/{browser,chaos,integration,learning,unit/networks/tensorflow}/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      // Projects run in the order of their names. First the tests that take long, each file in a process of its own: some wait for
      // processes and leases, some train, some ask whether TensorFlow.js was loaded.
      { extends: true, test: { name: 'apart', include: APART } },
      // Then the many that take milliseconds: most of their time would go into loading the same rooms again. A process of theirs
      // does one file after another; what a file changes in it (variables, timers, spies) it has to put back.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: APART, isolate: false } },
    ],
    globalSetup: ['scripts/build-before-tests.mjs'],
    // Processes, not threads: a test file may start worker threads and share memory with them, and its heap is its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes at once on a quiet machine, and late on a busy one.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', './scripts/closing-line-reporter.mjs'],
    coverage: { include: ['src/**/*.ts', 'cli/**/*.ts'], exclude: ['src/kernels/assembly/**'] },
  },
});
