import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packageFile } from '../src/base/index.js';

interface TensorflowFound {
  /** Where it computes. */
  readonly backend: string;
  readonly version: string;
  /** Why faster backends were passed over. */
  readonly passedOver: readonly { readonly backend: string; readonly reason: string }[];
}

const PROBE = `
const [door] = process.argv.slice(1);
const { loadTensorflow } = await import(door);
const { backend, version, passedOver } = await loadTensorflow();
process.stdout.write('\\n' + JSON.stringify({ backend, version, passedOver }));
process.exit(0);
`;

/** What jobs that need TensorFlow.js would compute on here. In a process of its own: a native library that does not fit ends the
 *  process that loads it, and one that does says so at length. */
export async function probeTensorflow(): Promise<TensorflowFound> {
  const door = pathToFileURL(packageFile('dist/src/networks/tensorflow/index.js')).href;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROBE, door]);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n'))) as TensorflowFound;
}
