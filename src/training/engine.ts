import { type JobSpec, tensorflowUse } from '../jobs/index.js';
import { createKernels, type EngineName, engineInUse, type Kernels } from '../kernels/index.js';
import { attachTensorflow, loadTensorflow, type TensorflowEngine } from '../networks/tensorflow/index.js';

/** What computes a job in one thread. */
export interface JobEngine {
  readonly kernels: Kernels;
  /** Null for a job that does not need it. */
  readonly tensorflow: TensorflowEngine | null;
}

/** The kernels that an engine of a job spec means: TensorFlow.js is beside them, not in their place. */
const kernelsNamed = (engine: JobSpec['engine']): EngineName => (engine === 'tensorflow' ? 'auto' : engine);

/** The kernels of a job here, in words. */
export const kernelsInUse = ({ engine }: Pick<JobSpec, 'engine'>): string => engineInUse(kernelsNamed(engine));

/** What computes the networks of a job on TensorFlow.js, in words. */
export const tensorflowInUse = ({ backend, version }: TensorflowEngine): string =>
  `TensorFlow.js ${version} (${backend})`;

/** Engines of one thread, one for all jobs that compute alike. */
export class JobEngines {
  private readonly engines = new Map<string, JobEngine>();

  /** Loads what the job needs and is not there yet. Rejects with TENSORFLOW_UNAVAILABLE and what `createKernels` throws. */
  async open(spec: JobSpec): Promise<JobEngine> {
    const name = engineInUse(kernelsNamed(spec.engine));
    const use = tensorflowUse(spec);
    const key = use === null ? name : `${name} ${use.backend} ${use.everyNetwork}`;
    const tensorflow = use === null ? null : await loadTensorflow(use.backend);
    let engine = this.engines.get(key);
    if (engine === undefined) {
      engine = { kernels: createKernels(name), tensorflow };
      if (use !== null && tensorflow !== null) attachTensorflow(engine.kernels, tensorflow, use.everyNetwork);
      this.engines.set(key, engine);
    }
    return engine;
  }
}
