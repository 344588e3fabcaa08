#!/usr/bin/env node
import { delimiter } from 'node:path';
import { systemClock } from '../src/base/index.js';
import type { Host } from './host.js';
import { runProgram } from './program.js';

/** The only place where the command line reads the environment and touches the process. */
const { env } = process;
const host: Host = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  clock: systemClock,
  onInterrupt: (callback) => {
    process.on('SIGINT', callback);
    process.on('SIGTERM', callback);
    return () => {
      process.off('SIGINT', callback);
      process.off('SIGTERM', callback);
    };
  },
  exit: (code) => process.exit(code),
  settings: {
    environmentModules: (env.MARLIN_ENVS ?? '')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    color: (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    dumbTerminal: env.TERM === 'dumb',
    programFolders: (env.PATH ?? '').split(delimiter),
    ...(env.REDIS_URL ? { redisUrl: env.REDIS_URL } : {}),
    variables: env,
  },
};

// A reader that goes away (`marlin envs | head -1`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runProgram(host, process.argv.slice(2));
