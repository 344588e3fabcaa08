import { Type } from 'typebox';
import { type CheckpointDtype, DTYPE_BYTES } from '../../../src/checkpoints/index.js';
import { JobId, strict, Time } from './job.js';

const Iteration = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Iterations that it had.',
});
export const OfCheckpoint = Type.Object({ jobId: JobId, iteration: Iteration }, strict);
const Bytes = Type.Integer({ minimum: 0, description: 'Size of its file.' });

const entry = {
  iteration: Iteration,
  bytes: Bytes,
  savedAt: Time('When it was saved.'),
  download: Type.String({ description: 'Path of its bytes.' }),
};
export const CheckpointList = Type.Object(
  {
    checkpoints: Type.Array(Type.Object(entry, strict), {
      description: 'Oldest first. Older ones are removed by themselves.',
    }),
  },
  { ...strict, 'x-component': 'CheckpointList' },
);
export const Checkpoint = Type.Object(
  {
    ...entry,
    digest: Type.String({ description: 'SHA-256 of all its bytes but the last 32, which are this digest.' }),
    tensors: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          dtype: Type.Enum(Object.keys(DTYPE_BYTES) as CheckpointDtype[]),
          shape: Type.Array(Type.Integer({ minimum: 0 })),
        },
        strict,
      ),
      { description: 'What it holds.' },
    ),
  },
  { ...strict, 'x-component': 'Checkpoint' },
);

export const DownloadHeaders = Type.Object({
  range: Type.Optional(Type.String({ maxLength: 200, description: 'One range of bytes; others are not heeded.' })),
  'if-range': Type.Optional(Type.String({ maxLength: 200 })),
  'if-none-match': Type.Optional(Type.String({ maxLength: 1000 })),
});
/** Of a kind of answer. */
export const File = (description: string) => ({
  description,
  content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } },
});
