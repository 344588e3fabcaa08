/** One column of a replay: `width` numbers of each transition. */
export interface ReplayField {
  readonly name: string;
  readonly dtype: 'f32' | 'u8';
  readonly width: number;
}

/** What a replay holds; a function of the job spec, so that its size is known before a job runs. */
export interface ReplaySpec {
  /** Transitions; the oldest gives way to the newest. */
  readonly capacity: number;
  readonly fields: readonly ReplayField[];
  /** Whether transitions can be drawn by priority. */
  readonly prioritized: boolean;
}

/** Byte offsets in the memory of a replay.
 *
 *      header f64[8] │ field 0 [capacity, width] │ field 1 │ … │ sum tree f64[2·L], L the power of 2 from capacity on
 *
 *  Every part starts at a multiple of 64 bytes. */
export interface ReplayLayout {
  readonly fields: readonly number[];
  /** Where the sum tree begins; undefined without priorities. */
  readonly tree: number | undefined;
  /** L: leaves of the sum tree; 0 without priorities. */
  readonly leaves: number;
  readonly totalBytes: number;
}

export const REPLAY_HEADER_BYTES = 64;
const ALIGNMENT = 64;

export const fieldBytes = ({ dtype, width }: ReplayField): number => (dtype === 'f32' ? 4 * width : width);

export function replayLayout({ capacity, fields, prioritized }: ReplaySpec): ReplayLayout {
  let end = REPLAY_HEADER_BYTES;
  const place = (bytes: number): number => {
    const offset = end;
    end = Math.ceil((end + bytes) / ALIGNMENT) * ALIGNMENT;
    return offset;
  };
  const offsets = fields.map((field) => place(capacity * fieldBytes(field)));
  let leaves = 0;
  if (prioritized) {
    leaves = 1;
    while (leaves < capacity) leaves *= 2;
  }
  const tree = prioritized ? place(16 * leaves) : undefined;
  return { fields: offsets, tree, leaves, totalBytes: end };
}

/** Bytes of a replay's memory. */
export const replayBytes = (spec: ReplaySpec): number => replayLayout(spec).totalBytes;
