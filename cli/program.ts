import { Argument, Command, CommanderError, Option } from 'commander';
import { version } from '../src/base/index.js';
import { collect, wholeNumber } from './arguments.js';
import { EXIT, type Host } from './host.js';
import { addJobCommands } from './jobs-program.js';

/** Runs the command that the arguments name and returns the exit code: 0 success, 2 a bad spec or usage, 130 interrupted, 1
 *  anything else. Each command's code is loaded when it is used, so that --help answers at once. */
export async function runProgram(host: Host, args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.success;
  const program = createProgram(host, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const json = args.includes('--json');
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.success;
      // Commander has told people already.
      if (!json) return EXIT.usage;
    }
    const { reportFailure } = await import('./failure.js');
    const { usageError } = await import('./errors.js');
    return reportFailure(host, error instanceof CommanderError ? usageError(error) : error, json);
  }
}

function createProgram(host: Host, done: (exitCode: number) => void): Command {
  const program = new Command('marlin')
    .description(
      'Trains teams of agents: multi-agent reinforcement learning whose result follows from the job spec alone.',
    )
    .version(version())
    .showHelpAfterError('Run with --help for what there is.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.stdout.write(text), writeErr: (text) => host.stderr.write(text) });

  // A command made by .command() inherits exitOverride and the outputs.
  program
    .command('train')
    .description('train a job spec, or go on with a run')
    .argument('[spec]', 'file of a job spec (JSON); - reads standard input')
    .option(
      '--set <path=value>',
      'set a field of the spec, e.g. --set rollout.shards=8 (JSON, else text); repeatable',
      collect,
      [],
    )
    .option('--seed <n>', 'seed of the job', wholeNumber)
    .option('--iterations <n>', 'stop after so many iterations', wholeNumber)
    .option('--actors <n>', 'collection threads; 0 collects in the main thread (default: cores − 1)', wholeNumber)
    .option(
      '--learners <n>',
      'update threads; 0 updates in the main thread (default: cores, at most one per policy)',
      wholeNumber,
    )
    .option('--out <dir>', 'where the run’s folder is made', 'runs')
    .option('--resume <run>', 'go on with the run in this folder; its spec is used')
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .option('--broker <url>', 'have a fleet train it, over this Redis (redis://…), and follow')
    .option('--tensorboard [dir]', 'write TensorBoard’s event files (default: tensorboard in the run’s folder)')
    .option('--histograms <n>', 'for TensorBoard, weights and actions every n iterations; 0 none', wholeNumber, 10)
    .option('--json', 'end with one line of JSON on standard output')
    .option('--quiet', 'no progress')
    .action(async (spec: string | undefined, options) => {
      done(await (await import('./commands/train.js')).train(host, spec, options));
    });
  program
    .command('evaluate')
    .description('measure a run’s policies without exploration')
    .argument('<run>', 'folder of the run')
    .option('--episodes <n>', 'episodes to play', wholeNumber, 100)
    .option('--checkpoint <n>', 'the checkpoint of this iteration (default: the newest)', wholeNumber)
    .option('--seed <n>', 'seed of the episodes (default: the job’s)', wholeNumber)
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .option('--json', 'answer in JSON')
    .action(async (run: string, options) => {
      done(await (await import('./commands/evaluate.js')).evaluate(host, run, options));
    });
  program
    .command('crossplay')
    .description('let the policies of runs play each other, and rate them')
    .argument('<runs...>', 'folders of runs of one environment; <run>@<n> is the checkpoint of iteration n')
    .option('--episodes <n>', 'episodes of each pairing', wholeNumber, 256)
    .option('--side <side=agents>', 'who is on a side, e.g. --side 0=agent-0,agent-2 --side 1=agent-1', collect, [])
    .option('--seed <n>', 'seed of the episodes', wholeNumber, 1)
    .option('--max-steps <n>', 'steps after which an episode is counted as it stands', wholeNumber, 10_000)
    .option('--modes', 'play the likeliest actions in place of drawn ones')
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .option('--json', 'answer in JSON')
    .action(async (runs: readonly string[], options) => {
      done(await (await import('./commands/crossplay.js')).crossPlay(host, runs, options));
    });
  program
    .command('tensorboard')
    .description('write a run’s metrics as TensorBoard’s event files')
    .argument('<run>', 'folder of the run')
    .option('--out <dir>', 'folder of the files (default: tensorboard in the run’s folder)')
    .action(async (run: string, options) => {
      done(await (await import('./commands/tensorboard.js')).tensorboard(host, run, options));
    });
  program
    .command('export')
    .description('write a run’s policies as files that act elsewhere')
    .argument('[run]', 'folder of the run; or --job')
    .addOption(
      new Option('--format <format>', 'what is written')
        .choices(['safetensors', 'onnx', 'tfjs'])
        .default('safetensors'),
    )
    .option('--policy <id>', 'only this policy (default: all)')
    .option('--checkpoint <n>', 'the checkpoint of this iteration (default: the newest)', wholeNumber)
    .option('--out <dir>', 'folder of the files (default: export in the run’s folder; of a job, the current one)')
    .option('--job <id>', 'the job of an API in place of a run')
    .option('--url <url>', 'where the API is (default: MARLIN_URL, else http://127.0.0.1:7373)')
    .option('--key-file <path>', 'file of the API key (default: MARLIN_API_KEY, or the file MARLIN_API_KEY_FILE)')
    .option('--json', 'answer in JSON')
    .action(async (run: string | undefined, options) => {
      done(await (await import('./commands/export.js')).exportRun(host, run, options));
    });
  program
    .command('import')
    .description('make a file of weights what policies of jobs can begin with; prints the job that they name')
    .argument('<file>', 'safetensors file of a policy')
    .option('--out <dir>', 'where runs are; of a fleet: its folder of checkpoints, with --fleet', 'runs')
    .option('--fleet', '--out is the folder of the checkpoints of a fleet')
    .option('--spec <path>', 'job spec that a file without a card of Marlin is for')
    .option('--policy <id>', 'and the policy of that spec')
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .option('--json', 'answer in JSON')
    .action(async (file: string, options) => {
      done(await (await import('./commands/import.js')).importPolicy(host, file, options));
    });
  program
    .command('validate')
    .description('check a job spec and show it with every default filled in')
    .argument('<spec>', 'file of a job spec (JSON); - reads standard input')
    .option('--set <path=value>', 'set a field of the spec; repeatable', collect, [])
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .option('--json', 'answer in JSON')
    .action(async (spec: string, options) => {
      done(await (await import('./commands/validate.js')).validate(host, spec, options));
    });
  for (const [name, what] of [
    ['envs', 'environment'],
    ['algorithms', 'algorithm'],
  ] as const) {
    program
      .command(name)
      .description(`list the ${what}s, or the options of one`)
      .argument('[id]', `id of the ${what}`)
      .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
      .option('--json', 'answer in JSON')
      .action(async (id: string | undefined, options) => {
        const catalog = await import('./commands/catalog.js');
        done(await (name === 'envs' ? catalog.listEnvironments : catalog.listAlgorithms)(host, id, options));
      });
  }
  program
    .command('schema')
    .description('print the JSON Schema of the job spec, for editors')
    .option('--markdown', 'print a page of all fields instead')
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .action(async (options) => {
      done(await (await import('./commands/schema.js')).schema(host, options));
    });
  program
    .command('doctor')
    .description('check what this machine offers, and what the fleet lacks')
    .option('--out <dir>', 'where runs are to be written', 'runs')
    .option('--url <url>', 'where the API of a fleet is (default: MARLIN_URL, else http://127.0.0.1:7373)')
    .option('--key-file <path>', 'file that holds the API key (default: MARLIN_API_KEY, else MARLIN_API_KEY_FILE)')
    .option('--json', 'answer in JSON')
    .action(async (options) => {
      done(await (await import('./commands/doctor.js')).doctor(host, options));
    });
  program
    .command('verify')
    .description('prove the learning rules: train them on games whose answers are known, and compare')
    .option('--algorithm <id>', 'only this algorithm; repeatable', collect, [])
    .option('--game <id>', 'only this game; repeatable', collect, [])
    .option('--seeds <n>', 'seeds of each case, from 1 (default: 5; 1 with --short)', wholeNumber)
    .option('--short', 'only cases that are done in a few seconds')
    .option('--out <dir>', 'write what was measured, and the job specs, into this folder')
    .option('--json', 'answer in JSON')
    .option('--quiet', 'no progress')
    .action(async (options) => {
      done(await (await import('./commands/verify.js')).verify(host, options));
    });
  addJobCommands(program, host, done);
  program
    .command('completion')
    .description('print what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      done(await (await import('./commands/completion.js')).completion(host, program, shell));
    });
  const keys = program.command('keys').description('make, list and revoke the keys of the API');
  const stored = ['--file <path>', 'file of the keys (marlin serve); default: in Redis, by REDIS_URL'] as const;
  keys
    .command('create')
    .description('make a key and print it: it is shown this once')
    .requiredOption('--owner <name>', 'whose jobs it launches and sees')
    .option(
      '--scope <scope>',
      'act (by served policies), read (and act), launch (and read), or admin (everything, of everybody)',
      'launch',
    )
    .option('--days <n>', 'days until it expires (default: never)', wholeNumber)
    .option(...stored)
    .option('--json', 'answer in JSON')
    .action(async (options) => {
      done(await (await import('./commands/keys.js')).createKey(host, options));
    });
  keys
    .command('list')
    .description('list the keys, without their secrets')
    .option(...stored)
    .option('--json', 'answer in JSON')
    .action(async (options) => {
      done(await (await import('./commands/keys.js')).listKeys(host, options));
    });
  keys
    .command('revoke')
    .description('make a key worthless')
    .argument('<id>', 'its id, as `marlin keys list` shows it')
    .option(...stored)
    .action(async (id: string, options) => {
      done(await (await import('./commands/keys.js')).revokeKey(host, id, options));
    });
  program
    .command('dev')
    .description('run a whole fleet on this machine: Redis, a learner, the API, actors')
    .option('--actors <n>', 'actor processes', wholeNumber, 1)
    .option('--slots <n>', 'tasks that each actor works on at once (default: cores)', wholeNumber)
    .option('--checkpoints <dir>', 'folder of the checkpoints', 'checkpoints')
    .option('--port <n>', 'port of the API; 0 takes any free one', wholeNumber, 7373)
    .option('--env-module <path>', 'module that exports environments of yours; repeatable', collect, [])
    .action(async (options) => {
      done(await (await import('./commands/dev.js')).dev(host, options));
    });
  for (const [name, what] of [
    ['actor', 'collect for the jobs of a fleet: --help tells its settings'],
    ['learner', 'train the jobs of a fleet: --help tells its settings'],
    ['api', 'launch, show and steer the jobs of a fleet over HTTP: --help tells its settings'],
    ['serve', 'all in one process, without Redis: the API, a learner and an actor: --help tells its settings'],
  ] as const) {
    program
      .command(name)
      .description(what)
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .argument('[settings...]', 'settings as flags; else as environment variables')
      .action(async (args: readonly string[]) => {
        const service = await loadService(name);
        done(await service.main(args, host.settings.variables));
      });
  }
  return program;
}

function loadService(name: 'actor' | 'learner' | 'api' | 'serve') {
  if (name === 'serve') return import('./commands/serve.js');
  if (name === 'actor') return import('../services/actor/main.js');
  return name === 'learner' ? import('../services/learner/main.js') : import('../services/api/main.js');
}
