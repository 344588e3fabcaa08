import type { Recording } from './recording.js';

/** What a picture of an environment shows. */
export interface SceneProps {
  readonly recording: Recording;
  readonly step: number;
  /** Options of the environment. */
  readonly options: Readonly<Record<string, unknown>>;
}
