import { type Command, Option } from 'commander';
import { collect, wholeNumber } from './arguments.js';
import type { Host } from './host.js';

const STATES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
const SORTS = ['createdAt', 'updatedAt', 'name'].flatMap((key) => [key, `-${key}`]);

/** Adds the commands that talk to an API: `marlin jobs …` and `marlin top`. */
export function addJobCommands(program: Command, host: Host, done: (exitCode: number) => void): void {
  const jobs = program.command('jobs').description('launch, watch and steer jobs over the HTTP API');
  const command = (parent: Command, name: string, description: string): Command =>
    parent
      .command(name)
      .description(description)
      .option('--url <url>', 'where the API is (default: MARLIN_URL, else http://127.0.0.1:7373)')
      .option('--key-file <path>', 'file of the API key (default: MARLIN_API_KEY, or the file MARLIN_API_KEY_FILE)')
      .option('--json', 'answer in JSON');
  const load = () => import('./commands/jobs.js');

  command(jobs, 'submit', 'launch a job; prints its id')
    .argument('<spec>', 'file of a job spec (JSON); - reads standard input')
    .option('--set <path=value>', 'set a field of the spec; repeatable', collect, [])
    .option('--seed <n>', 'seed of the job', wholeNumber)
    .option('--iterations <n>', 'stop after so many iterations', wholeNumber)
    .option('--label <name=value>', 'label of the job; repeatable', collect, [])
    .option('--idempotency-key <key>', 'submit once, however often this is run with the same key')
    .option('--dry-run', 'check the spec and tell what the job would be; launch nothing')
    .option('--watch', 'follow the job to its end')
    .option('--quiet', 'no progress')
    .action(async (spec: string, options) => done(await (await load()).submitJob(host, spec, options)));
  command(jobs, 'list', 'list jobs, newest first')
    .addOption(new Option('--state <state...>', 'only those in these states').choices(STATES).default([], 'all'))
    .option('--name <text>', 'only those with this in their name')
    .option('--label <name[=value]>', 'only those with this label; repeatable', collect, [])
    .option('--env <id>', 'only those of this environment')
    .option('--algorithm <id>', 'only those of this algorithm')
    .option('--owner <name>', 'only those of this owner')
    .addOption(new Option('--sort <key>', 'order; with a minus: descending').choices(SORTS))
    .option('--limit <n>', 'most jobs', wholeNumber, 50)
    .action(async (options) => done(await (await load()).listJobs(host, options)));
  command(jobs, 'show', 'show a job')
    .argument('<id>', 'id of the job')
    .action(async (id: string, options) => done(await (await load()).showJob(host, id, options)));
  command(jobs, 'watch', 'follow a job to its end; 0 where it succeeds')
    .argument('<id>', 'id of the job')
    .option('--quiet', 'no progress')
    .action(async (id: string, options) =>
      done(await (await import('./commands/jobs-watch.js')).watchJob(host, id, options)),
    );
  for (const [verb, what] of [
    ['pause', 'have jobs stop after their iteration, to go on later'],
    ['resume', 'have paused jobs go on'],
    ['cancel', 'end jobs for good'],
  ] as const) {
    command(jobs, verb, what)
      .argument('<ids...>', 'ids of jobs')
      .action(async (ids: string[], options) => done(await (await load()).steerJobs(host, verb, ids, options)));
  }
  command(jobs, 'fork', 'launch a job that begins with a checkpoint of another; prints its id')
    .argument('<id>', 'id of the other job')
    .option('--iteration <n>', 'iteration of the checkpoint (default: the newest)', wholeNumber)
    .option('--set <path=value>', 'set a field that differs; repeatable', collect, [])
    .option('--label <name=value>', 'label of the new job (default: those of the other); repeatable', collect, [])
    .option('--idempotency-key <key>', 'fork once, however often this is run with the same key')
    .option('--dry-run', 'check it, show what it would make, and launch nothing')
    .action(async (id: string, options) => done(await (await load()).forkJob(host, id, options)));
  command(jobs, 'delete', 'delete jobs that have ended, with their checkpoints')
    .argument('<ids...>', 'ids of jobs')
    .action(async (ids: string[], options) => done(await (await load()).deleteJobs(host, ids, options)));
  command(jobs, 'logs', 'show what happened to a job, and why')
    .argument('<id>', 'id of the job')
    .option('--follow', 'go on until it ends')
    .action(async (id: string, options) => done(await (await load()).showLogs(host, id, options)));
  command(program, 'top', 'show who works, on what, and how fast')
    .option('--interval <seconds>', 'time between two looks', wholeNumber, 3)
    .option('--once', 'look once, on a terminal too')
    .action(async (options) => done(await (await import('./commands/top.js')).top(host, options)));
}
