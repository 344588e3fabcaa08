import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { readRecords } from '../../../src/metrics/tensorboard/record.js';

/** TensorBoard's messages, as far as they are written: a second reader, which shares nothing with the writer. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
  message Summary { repeated Value value = 1; }
  message Value { string tag = 1; oneof value { float simple_value = 2; HistogramProto histo = 5; } }
  message HistogramProto {
    double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5;
    repeated double bucket_limit = 6; repeated double bucket = 7;
  }
`);
const Event = root.lookupType('Event');

export interface ReadHistogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly bucketLimit: readonly number[];
  readonly bucket: readonly number[];
}

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  readonly summary?: {
    readonly value: readonly { readonly tag: string; readonly simpleValue?: number; readonly histo?: ReadHistogram }[];
  };
}

/** The events of a file's bytes. */
export const readEventFile = (bytes: Uint8Array): ReadEvent[] =>
  [...readRecords(bytes)].map(
    ({ data }) => Event.toObject(Event.decode(data), { longs: Number, defaults: false }) as ReadEvent,
  );

/** Events of all files of a folder, in the order in which TensorBoard reads them. */
export const readEventFolder = (folder: string): ReadEvent[] =>
  readdirSync(folder)
    .sort()
    .flatMap((name) => readEventFile(readFileSync(join(folder, name))));

/** tag → [step, number] of all scalars. */
export function scalarsOf(events: readonly ReadEvent[]): Record<string, [step: number, value: number][]> {
  const scalars: Record<string, [number, number][]> = {};
  for (const { step = 0, summary } of events) {
    for (const { tag, simpleValue } of summary?.value ?? []) {
      if (simpleValue === undefined) continue;
      scalars[tag] ??= [];
      scalars[tag].push([step, simpleValue]);
    }
  }
  return scalars;
}

/** tag → [step, histogram] of all histograms. */
export function histogramsOf(events: readonly ReadEvent[]): Record<string, [step: number, histogram: ReadHistogram][]> {
  const histograms: Record<string, [number, ReadHistogram][]> = {};
  for (const { step = 0, summary } of events) {
    for (const { tag, histo } of summary?.value ?? []) {
      if (histo === undefined) continue;
      histograms[tag] ??= [];
      histograms[tag].push([step, histo]);
    }
  }
  return histograms;
}
