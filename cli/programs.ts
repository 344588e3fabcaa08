import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostSettings } from './host.js';

/** Path of a program in the folders where programs are looked for. */
export const findProgram = ({ programFolders }: HostSettings, name: string): string | undefined =>
  programFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));
