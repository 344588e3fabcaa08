import type { Command } from 'commander';
import { completionScript, type Shell } from '../completion.js';
import { EXIT, type Host } from '../host.js';

/** marlin completion: a script that the shell reads at its start. */
export async function completion(host: Host, program: Command, shell: Shell): Promise<number> {
  host.stdout.write(completionScript(program, shell));
  return EXIT.success;
}
