import type { LiveActor } from '../../src/broker/index.js';
import { type ActorHeartbeat, decodeHeartbeat } from '../../src/wire/heartbeat.js';

/** A heartbeat, and for how long it has been the last; null where that is not known. */
export interface LiveHeartbeat extends ActorHeartbeat {
  readonly ageMs: number | null;
}

/** Heartbeats as they are shown. One that cannot be read, as of a newer version, is left out. */
export function readHeartbeats(records: readonly LiveActor[]): LiveHeartbeat[] {
  return records.flatMap(({ heartbeat, ageMs }) => {
    try {
      return [{ ...decodeHeartbeat(heartbeat), ageMs }];
    } catch {
      return [];
    }
  });
}
