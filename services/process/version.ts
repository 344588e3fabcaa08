import { readFileSync } from 'node:fs';
import { packageFile } from '../../src/base/index.js';

/** The version in Marlin's package.json. */
export const version = (): string =>
  (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { readonly version: string }).version;
