import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeEvent, encodeFileVersion, type SummaryEvent, stepOf } from './event.js';
import { frameRecord, readRecords } from './record.js';

/** TensorBoard takes every file for an event file whose name holds "tfevents", and reads those of a folder by name. */
const FILE = /^events\.out\.tfevents\.(\d{10,})\.marlin\.(\d+)$/;
/** A file is followed by another one when it has this many bytes, so that no file is ever long to read or to cut. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

export interface EventFilesOptions {
  readonly folder: string;
  /** A further file is begun when one has so many bytes. */
  readonly maxFileBytes?: number;
}

export interface EventFilesModules {
  /** Seconds since 1970, for the names of the files. */
  readonly now: () => number;
  readonly writeSync?: (file: number, bytes: Uint8Array, at: number) => number;
}

/** The event files of one run, in a folder of their own. Events are written as they come, each whole or not at all. Nothing here
 *  throws once the files are open: what cannot be written is counted in `lost`, and the next event is tried again. */
export class EventFiles {
  /** Events that could not be written. */
  lost = 0;
  /** Why the first of them could not. */
  failure: Error | undefined;
  readonly #folder: string;
  readonly #maxFileBytes: number;
  readonly #modules: Required<EventFilesModules>;
  #file: number | undefined;
  /** Bytes of whole records in the file. */
  #length = 0;

  constructor({ folder, maxFileBytes = MAX_FILE_BYTES }: EventFilesOptions, modules: EventFilesModules) {
    this.#folder = folder;
    this.#maxFileBytes = maxFileBytes;
    this.#modules = { writeSync, ...modules };
  }

  /** Takes events after `step` out of the files that are there, and what a killed process left of one, so that who trains on from
   *  `step` tells no step twice; −1 takes all. Files of other programs stay. Throws where files cannot be read or written. */
  keepUntil(step: number): void {
    mkdirSync(this.#folder, { recursive: true });
    for (const name of this.#names()) cut(this.#folder, name, step);
  }

  write(event: SummaryEvent): void {
    const bytes = frameRecord(encodeEvent(event));
    try {
      if (this.#file !== undefined && this.#length + bytes.length > this.#maxFileBytes) this.close();
      if (this.#file === undefined) this.#begin();
      this.#append(bytes);
    } catch (error) {
      this.lost++;
      this.failure ??= asError(error);
    }
  }

  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    try {
      fsyncSync(file);
    } catch (error) {
      this.failure ??= asError(error);
    }
    closeSync(file);
  }

  #names(): string[] {
    return readdirSync(this.#folder).filter((name) => FILE.test(name));
  }

  #begin(): void {
    mkdirSync(this.#folder, { recursive: true });
    const named = this.#names().map((name) => FILE.exec(name)!);
    // A clock that was set back must not put a later file before an earlier one.
    const time = Math.max(Math.floor(this.#modules.now()), ...named.map((parts) => Number(parts[1])));
    const number = Math.max(0, ...named.map((parts) => 1 + Number(parts[2])));
    const name = `events.out.tfevents.${padded(time, 10)}.marlin.${padded(number, 5)}`;
    const path = join(this.#folder, name);
    // Appending: after a file was cut to its whole records, the next one goes to its end.
    this.#file = openSync(path, 'ax');
    this.#length = 0;
    try {
      this.#append(frameRecord(encodeFileVersion(this.#modules.now())));
    } catch (error) {
      this.close();
      rmSync(path);
      throw error;
    }
  }

  /** All of the bytes, or none: a torn record would hide all that follows it. */
  #append(bytes: Uint8Array): void {
    const file = this.#file!;
    try {
      for (let at = 0; at < bytes.length; ) at += this.#modules.writeSync(file, bytes, at);
      this.#length += bytes.length;
    } catch (error) {
      ftruncateSync(file, this.#length);
      throw error;
    }
  }
}

/** Writes what stays of a file beside it, and puts it in its place; a file of which nothing stays goes. */
function cut(folder: string, name: string, step: number): void {
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const kept: Uint8Array[] = [];
  let length = 0;
  let values = 0;
  let from = 0;
  for (const { data, end } of readRecords(bytes)) {
    const at = stepOf(data);
    if (at !== null && at <= step) {
      kept.push(bytes.subarray(from, end));
      length += end - from;
      if (at >= 0) values++;
    }
    from = end;
  }
  if (values === 0) rmSync(path);
  else if (length < bytes.length) {
    // Under a name that TensorBoard does not take for an event file.
    const temporary = join(folder, 'cut.tmp');
    writeFileSync(temporary, Buffer.concat(kept));
    renameSync(temporary, path);
  }
}

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
