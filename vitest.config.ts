import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
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
