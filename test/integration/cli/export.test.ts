import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../../policy/index.js';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import { encodeSafetensors } from '../../../src/export/safetensors/write.js';
import { runTraining } from '../../../src/training/index.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { submitJob } from '../../helpers/api/watched.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { resolve, smallJob } from '../../helpers/training.js';
import { eventsOf, lastLine, marlin, onlyRun, SMALL } from './program.js';

const THREADS = ['--actors', '0', '--learners', '0', '--quiet'];

async function trained(spec: object = SMALL): Promise<{ folder: string; run: string }> {
  const folder = temporaryFolder({ 'spec.json': JSON.stringify(spec) });
  const { code, stderr } = await marlin(folder, ['train', 'spec.json', ...THREADS]);
  if (code !== 0) throw new Error(stderr);
  return { folder, run: onlyRun(folder) };
}

describe('marlin export', () => {
  it('writes each policy and its card into the run’s folder, of the newest checkpoint', async () => {
    const { folder, run } = await trained();
    const { code, stdout } = await marlin(folder, ['export', run]);
    expect(code).toBe(0);
    const names = ['agent-0', 'agent-1', 'agent-2'].flatMap((id) => [`${id}.json`, `${id}.md`, `${id}.safetensors`]);
    expect(readdirSync(join(run, 'export')).sort()).toEqual(names);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((path) => path.replace(join(run, 'export/'), ''))
        .sort(),
    ).toEqual(names);
    const { card } = await loadPolicy(readFileSync(join(run, 'export/agent-1.safetensors')));
    const last = eventsOf(run).findLast((event) => event.type === 'evaluation');
    expect(card.evaluation).toEqual({
      iteration: 6,
      episodes: 4,
      returns: Object.fromEntries(
        Object.entries(last?.type === 'evaluation' ? last.agents : {}).map(([id, a]) => [id, a.return]),
      ),
    });
    expect(card.lineage).toMatchObject({
      iteration: 6,
      environment: { id: 'median-v1', options: { steps: 10 } },
      algorithm: { id: 'ppo' },
      seed: 1,
    });
    expect(JSON.parse(readFileSync(join(run, 'export/agent-1.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(card)),
    );
    expect(readFileSync(join(run, 'export/agent-1.md'), 'utf8')).toContain(card.digest);
  });

  it('takes one policy, another checkpoint, format and folder', async () => {
    const { folder, run } = await trained();
    const args = ['--format', 'onnx', '--policy', 'agent-2', '--checkpoint', '4', '--out', 'models', '--json'];
    const { stdout } = await marlin(folder, ['export', run, ...args]);
    const files = ['agent-2.onnx', 'agent-2.json', 'agent-2.md'].map((name) => join(folder, 'models', name));
    expect(lastLine(stdout)).toMatchObject({ iteration: 4, format: 'onnx', files });
    expect(files.every((path) => existsSync(path))).toBe(true);
    await marlin(folder, ['export', run, '--format', 'tfjs', '--policy', 'agent-2', '--out', 'models']);
    expect(readdirSync(join(folder, 'models/agent-2')).sort()).toEqual(['model.json', 'weights.bin']);
  });

  it('says which checkpoints and policies there are', async () => {
    const { folder, run } = await trained();
    const unknown = await marlin(folder, ['export', run, '--checkpoint', '5']);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/CHECKPOINT_UNKNOWN.*none of iteration 5.*has checkpoints of iterations 2, 4, 6/);
    const stranger = await marlin(folder, ['export', run, '--policy', 'agent-9']);
    expect(stranger.stderr).toMatch(/POLICY_UNKNOWN.*no policy "agent-9"; there are agent-0, agent-1, agent-2/);
    expect((await marlin(folder, ['export'])).code).toBe(2);
    expect((await marlin(folder, ['export', run, '--format', 'pickle'])).code).toBe(2);
  });

  it('takes the policies of a job at an API', async () => {
    const api = await listeningApi();
    const id = await submitJob(api.broker);
    const checkpoints = createFileCheckpointStore(join(api.context.options.checkpointFolder, id));
    const spec = resolve({ ...smallJob, stop: { iterations: 2 } });
    await runTraining(id, spec, { actors: 0, learners: 0, checkpoints });
    const folder = temporaryFolder();
    const one = await marlin(folder, ['export', '--job', id, '--url', api.url, '--policy', 'agent-0']);
    expect(one.stderr).toBe('');
    expect(one.stdout.trim()).toBe(join(folder, `${id}-2-agent-0.safetensors`));
    const policy = await loadPolicy(readFileSync(one.stdout.trim()));
    expect(policy.card.lineage).toMatchObject({ job: id, iteration: 2 });
    const all = await marlin(folder, ['export', '--job', id, '--url', api.url, '--format', 'tfjs']);
    expect(all.stdout.trim()).toBe(join(folder, `${id}-2-tfjs.zip`));
    const none = await marlin(folder, ['export', '--job', id, '--url', api.url, '--policy', 'x']);
    expect(none.stderr).toContain('POLICY_UNKNOWN');
  });
});

describe('marlin import', () => {
  it('makes an exported policy the start of another job, and a frozen opponent', async () => {
    const { folder, run } = await trained();
    await marlin(folder, ['export', run, '--out', 'models']);
    const { code, stdout, stderr } = await marlin(folder, ['import', 'models/agent-1.safetensors']);
    expect(code).toBe(0);
    const job = stdout.trim();
    expect(job).toMatch(/^import-[0-9a-f]{32}$/);
    expect(stderr).toContain(`"initial": {"job":"${job}","iteration":0,"policy":"agent-1"}`);
    const initial = { job, iteration: 0, policy: 'agent-1' };
    const next = { ...SMALL, policies: { ...SMALL.policies, 'agent-0': { algorithm: { id: 'fixed' }, initial } } };
    writeFileSync(join(folder, 'next.json'), JSON.stringify(next));
    const later = await marlin(folder, ['train', 'next.json', '--out', 'runs', ...THREADS, '--json']);
    expect(later.code).toBe(0);
    const of = async (path: string, policy: string) => (await loadPolicy(await newest(path), { policy })).card.digest;
    const nextRun = join(
      folder,
      'runs',
      readdirSync(join(folder, 'runs')).find(
        (name) => join(folder, 'runs', name) !== run && !name.startsWith('import-'),
      )!,
    );
    expect(await of(nextRun, 'agent-0')).toBe(await of(run, 'agent-1'));
    expect(await of(nextRun, 'agent-1')).not.toBe(await of(run, 'agent-1'));
  });

  it('takes weights that were trained elsewhere for a policy of a job spec, and nothing that does not fit', async () => {
    const folder = temporaryFolder({ 'spec.json': JSON.stringify(SMALL) });
    const tensors = [
      { name: 'layers.0.weights', shape: [1, 1], values: Float32Array.of(0.5) },
      { name: 'layers.0.bias', shape: [1], values: Float32Array.of(-1) },
      { name: 'distribution.free', shape: [1], values: Float32Array.of(-2) },
    ];
    writeFileSync(join(folder, 'own.safetensors'), encodeSafetensors(tensors, {}));
    writeFileSync(join(folder, 'other.safetensors'), encodeSafetensors(tensors.slice(1), {}));
    writeFileSync(join(folder, 'torn.safetensors'), encodeSafetensors(tensors, {}).subarray(0, -1));
    const forSpec = ['--spec', 'spec.json', '--policy', 'agent-2', '--out', 'checkpoints', '--fleet', '--json'];
    const own = lastLine((await marlin(folder, ['import', 'own.safetensors', ...forSpec])).stdout);
    expect(own).toMatchObject({
      iteration: 0,
      policies: ['agent-2'],
      folder: join(folder, 'checkpoints', String(own.job)),
    });
    const checkpoint = await createFileCheckpointStore(String(own.folder)).load(0);
    expect([...new Float32Array(checkpoint.tensors[0]!.bytes.slice().buffer)]).toEqual([0.5, -1, -2]);
    for (const [file, args, code] of [
      ['own.safetensors', [], 'POLICY_UNDESCRIBED'],
      ['other.safetensors', forSpec, 'POLICY_FILE_MISMATCH'],
      ['torn.safetensors', forSpec, 'POLICY_FILE_INVALID'],
      ['none.safetensors', [], 'POLICY_UNREADABLE'],
      ['own.safetensors', ['--spec', 'spec.json', '--policy', 'agent-7'], 'POLICY_UNKNOWN'],
    ] as const) {
      expect((await marlin(folder, ['import', file, ...args.filter((arg) => arg !== '--json')])).stderr).toContain(
        code,
      );
    }
  });
});

/** The bytes of the newest checkpoint in a run's folder. */
async function newest(run: string): Promise<Uint8Array> {
  const folder = join(run, 'checkpoints');
  return readFileSync(
    join(
      folder,
      readdirSync(folder)
        .filter((name) => name.endsWith('.marlin'))
        .sort()
        .at(-1)!,
    ),
  );
}
