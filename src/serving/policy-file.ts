import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MarlinError, version } from '../base/index.js';
import { decodeCheckpoint } from '../checkpoints/index.js';
import { decodePolicyFile, exportPolicies } from '../export/index.js';
import { servingError } from './errors.js';

/** The checksum with which every checkpoint ends. */
const DIGEST_BYTES = 32;

/** Where a policy is taken from, and which it is. */
export interface PolicySource {
  /** File of a job's checkpoint. */
  readonly path: string;
  readonly iteration: number;
  readonly policyId: string;
}

export interface TakenPolicy {
  /** SHA-256 of the checkpoint that it was taken from, as the checkpoint says. */
  readonly digest: string;
  /** Numbers that it acts by. */
  readonly parameters: number;
  /** Whether it acts differently for each of its agents. */
  readonly tellsAgents: boolean;
  /** Numbers that it remembers from one step to the next; 0 where it has no memory. */
  readonly stateSize: number;
}

/** Reads a policy out of a checkpoint: its safetensors file, and what it is. Rejects with SERVING_POLICY_UNFIT, and with
 *  CHECKPOINT_CORRUPT, CHECKPOINT_VERSION_UNKNOWN and what the system rejects with. */
export async function readSource({
  path,
  iteration,
  policyId,
}: PolicySource): Promise<{ readonly file: Uint8Array; readonly digest: string }> {
  const bytes = await readFile(path);
  const checkpoint = decodeCheckpoint(bytes, `the checkpoint of iteration ${iteration}`);
  try {
    const [exported] = exportPolicies(checkpoint, 'safetensors', policyId, { marlin: version() });
    const file = exported!.model[0]!.bytes;
    assertFinite(file, policyId);
    return { file, digest: bytes.subarray(-DIGEST_BYTES).toString('hex') };
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    throw unfit(policyId, error.message, error);
  }
}

/** Writes a policy's file: whole, on the disk, or not at all. */
export async function writePolicyFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

function assertFinite(file: Uint8Array, policyId: string): void {
  const { parameters } = decodePolicyFile(file, `policy "${policyId}"`);
  const wrong = parameters.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0) throw unfit(policyId, `its weight ${wrong} is ${parameters[wrong]}`);
}

const unfit = (policyId: string, why: string, cause?: unknown): MarlinError =>
  servingError('SERVING_POLICY_UNFIT', `policy "${policyId}" cannot be served from this checkpoint: ${why}`, {
    data: { policyId },
    cause,
  });
