import type { TensorflowBackend } from './backends.js';

/** Types of TensorFlow.js, by what `types.ts` declares of them: known in whatever is compiled with it, and `any` elsewhere. */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled in by declaration merging
export interface TensorflowTypes {}
// biome-ignore lint/suspicious/noExplicitAny: what nobody declared is not checked
type Known<Name extends string> = TensorflowTypes extends Readonly<Record<Name, infer Type>> ? Type : any;

export type Tf = Known<'tf'>;
export type LayersModel = Known<'layersModel'>;
export type Tensor = Known<'tensor'>;
export type Tensor2D = Known<'tensor2d'>;

export type ComputingBackend = Exclude<TensorflowBackend, 'auto'>;

/** TensorFlow.js of this thread, computing on one of its backends. */
export interface TensorflowEngine {
  readonly tf: Tf;
  readonly backend: ComputingBackend;
  /** Of TensorFlow.js. */
  readonly version: string;
  /** Backends that were to be preferred, and why they do not work here. */
  readonly passedOver: readonly { readonly backend: ComputingBackend; readonly reason: string }[];
  /** Tensors alive in this thread, those of other backends too. */
  readonly tensors: number;
  /** Makes the engine's backend the one that operations run on. */
  activate(): void;
}
