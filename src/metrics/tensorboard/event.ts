import type { HistogramSummary } from './histogram-summary.js';
import { MessageWriter } from './message-writer.js';

/** What the first record of every event file says. */
export const EVENT_FILE_VERSION = 'brain.Event:2';

/** A number, or a histogram, under a tag. Parts of a tag are parted by `/`; TensorBoard groups by the first. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: HistogramSummary };

export interface SummaryEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** A whole number from 0: the horizontal axis. */
  readonly step: number;
  readonly values: readonly SummaryValue[];
}

/** Field numbers of tensorflow.Event, Summary, Summary.Value and HistogramProto (tensorboard/compat/proto). */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2, histogram: 5 } as const;
const HISTOGRAM = { min: 1, max: 2, num: 3, sum: 4, sumSquares: 5, bucketLimit: 6, bucket: 7 } as const;

/** The record that an event file begins with. */
export function encodeFileVersion(wallTime: number): Uint8Array {
  const writer = new MessageWriter();
  writer.double(EVENT.wallTime, wallTime);
  writer.text(EVENT.fileVersion, EVENT_FILE_VERSION);
  return writer.take();
}

export function encodeEvent({ wallTime, step, values }: SummaryEvent): Uint8Array {
  const writer = new MessageWriter();
  writer.double(EVENT.wallTime, wallTime);
  writer.integer(EVENT.step, step);
  writer.message(EVENT.summary, (summary) => {
    for (const value of values) summary.message(SUMMARY_VALUE, (inner) => writeValue(inner, value));
  });
  return writer.take();
}

function writeValue(writer: MessageWriter, value: SummaryValue): void {
  writer.text(VALUE.tag, value.tag);
  if ('scalar' in value) {
    writer.float(VALUE.simpleValue, value.scalar);
    return;
  }
  const { min, max, num, sum, sumSquares, limits, counts } = value.histogram;
  writer.message(VALUE.histogram, (histogram) => {
    histogram.double(HISTOGRAM.min, min);
    histogram.double(HISTOGRAM.max, max);
    histogram.double(HISTOGRAM.num, num);
    histogram.double(HISTOGRAM.sum, sum);
    histogram.double(HISTOGRAM.sumSquares, sumSquares);
    histogram.doubles(HISTOGRAM.bucketLimit, limits);
    histogram.doubles(HISTOGRAM.bucket, counts);
  });
}

/** The step of an event that this room encoded, the version record being before all steps: −1. Null where the bytes are something
 *  else: an event file that another program wrote. */
export function stepOf(event: Uint8Array): number | null {
  const at = 9;
  if (event[0] !== ((EVENT.wallTime << 3) | 1) || event.length <= at) return null;
  if (event[at] === ((EVENT.fileVersion << 3) | 2)) return -1;
  if (event[at] !== EVENT.step << 3) return null;
  let step = 0;
  let scale = 1;
  for (let i = at + 1; i < event.length && i <= at + 8; i++, scale *= 0x80) {
    step += (event[i]! & 0x7f) * scale;
    if (event[i]! < 0x80) return step;
  }
  return null;
}
