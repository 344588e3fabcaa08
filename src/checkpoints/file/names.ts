/** `checkpoint-00000120.marlin`; sorted by name is sorted by iteration up to 10⁸ iterations. */
const CHECKPOINT = /^checkpoint-(\d{8,16})\.marlin$/;
const TEMPORARY = /^checkpoint-\d{8,16}\.marlin\.[0-9a-f-]{36}\.tmp$/;

export function checkpointName(iteration: number): string {
  return `checkpoint-${String(iteration).padStart(8, '0')}.marlin`;
}

/** The iteration of a checkpoint's file name; null for every other name. */
export function iterationOf(name: string): number | null {
  const iteration = Number(CHECKPOINT.exec(name)?.[1] ?? Number.NaN);
  return Number.isSafeInteger(iteration) && checkpointName(iteration) === name ? iteration : null;
}

/** A name that no other save uses, in this process or another: two learners on two machines may share the directory. */
export function temporaryName(iteration: number, unique: string): string {
  return `${checkpointName(iteration)}.${unique}.tmp`;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}
