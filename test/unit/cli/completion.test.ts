import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../cli/program.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { fakeHost } from './fake-host.js';

async function scriptFor(shell: string): Promise<string> {
  const { host, out } = fakeHost();
  expect(await runProgram(host, ['completion', shell])).toBe(0);
  return out.join('');
}

/** What bash offers for a line whose last word is being typed. */
async function offered(typed: string): Promise<string[]> {
  const script = join(temporaryFolder({ 'completion.bash': await scriptFor('bash') }), 'completion.bash');
  const line = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))';
  const program = `source "$1"; shift; ${line}; _marlin; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['--norc', '-uc', program, 'bash', script, ...typed.split(' ')],
    { encoding: 'utf8' },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('in bash, what is offered', () => {
  it.each<[string, string[]]>([
    ['marlin jo', ['jobs']],
    ['marlin jobs s', ['submit', 'show']],
    ['marlin jobs list --st', ['--state']],
    ['marlin jobs list --state p', ['paused']],
    ['marlin jobs list --limit 3 --sort -c', ['-createdAt']],
    ['marlin completion ', ['bash', 'zsh', 'fish', '--help']],
    ['marlin train --se', ['--set', '--seed']],
    ['marlin top --o', ['--once']],
    // Files, which bash offers where nothing else is.
    ['marlin jobs submit --key-file ', []],
    ['marlin train examples/m', []],
  ])('after "%s" is what there is', async (line, words) => {
    expect((await offered(line)).sort()).toEqual(words.sort());
  });

  it('begins with the commands', async () => {
    const words = await offered('marlin ');
    expect(words).toEqual(expect.arrayContaining(['train', 'evaluate', 'jobs', 'top', 'completion', '--version']));
    expect(words).not.toContain('submit');
  });
});

describe.each(['zsh', 'fish'])('the script for %s', (shell) => {
  it('has every command, and quotes that are closed', async () => {
    const script = await scriptFor(shell);
    for (const word of ['train', 'jobs', 'submit', 'key-file', 'cancelled', 'top']) expect(script).toContain(word);
    for (const line of script.split('\n')) {
      if (!line.startsWith('#')) expect(line.split("'").length % 2, line).toBe(1);
    }
  });

  it('is read by the shell', async () => {
    const file = join(temporaryFolder({ script: await scriptFor(shell) }), 'script');
    expect(spawnSync(shell, ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});

it('is refused for a shell that is not known', async () => {
  const { host, err } = fakeHost();
  expect(await runProgram(host, ['completion', 'cmd'])).toBe(2);
  expect(err.join('')).toContain('Allowed choices are bash, zsh, fish');
});
