import { crc32 } from 'node:zlib';
import { exportError } from '../errors.js';

/** A file of an export, or of an archive: `path` has `/` between names. */
export interface NamedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** Version 2.0 has folders. */
const VERSION = 20;
/** Names are UTF-8. */
const UTF8_FLAG = 0x800;
/** 1 January 1980, where time begins in this format: the same files give the same bytes. */
const DATE = 0x21;
const MAX_BYTES = 2 ** 31 - 1;

/** A ZIP archive whose files are stored as they are: weights do not compress. Source: APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
 *
 *      local header · name · bytes      of each file
 *      central header · name            of each file
 *      end of central directory
 *  Throws EXPORT_UNSUPPORTED for more than 2 GiB. */
export function zipFiles(files: readonly NamedFile[]): Uint8Array<ArrayBuffer> {
  const entries = files.map(({ path, bytes }) => ({ name: new TextEncoder().encode(path), bytes, sum: crc32(bytes) }));
  const size = entries.reduce(
    (sum, { name, bytes }) => sum + LOCAL_BYTES + CENTRAL_BYTES + 2 * name.length + bytes.length,
    END_BYTES,
  );
  if (size > MAX_BYTES) {
    throw exportError('EXPORT_UNSUPPORTED', `the archive would take ${size} bytes, more than ${MAX_BYTES}`);
  }
  const archive = new Uint8Array(size);
  const view = new DataView(archive.buffer);
  let at = 0;
  const places: number[] = [];
  for (const { name, bytes, sum } of entries) {
    places.push(at);
    view.setUint32(at, LOCAL, true);
    writeEntry(view, at + 4, name.length, bytes.length, sum);
    archive.set(name, at + LOCAL_BYTES);
    archive.set(bytes, at + LOCAL_BYTES + name.length);
    at += LOCAL_BYTES + name.length + bytes.length;
  }
  const directoryAt = at;
  for (const [e, { name, bytes, sum }] of entries.entries()) {
    view.setUint32(at, CENTRAL, true);
    view.setUint16(at + 4, VERSION, true);
    writeEntry(view, at + 6, name.length, bytes.length, sum);
    view.setUint32(at + 42, places[e]!, true);
    archive.set(name, at + CENTRAL_BYTES);
    at += CENTRAL_BYTES + name.length;
  }
  view.setUint32(at, END, true);
  view.setUint16(at + 8, entries.length, true);
  view.setUint16(at + 10, entries.length, true);
  view.setUint32(at + 12, at - directoryAt, true);
  view.setUint32(at + 16, directoryAt, true);
  return archive;
}

/** What both headers of a file have: version needed, flags, method (0: stored), time, date, CRC-32, both sizes, length of the name. */
function writeEntry(view: DataView, at: number, nameBytes: number, bytes: number, sum: number): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8_FLAG, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, sum, true);
  view.setUint32(at + 14, bytes, true);
  view.setUint32(at + 18, bytes, true);
  view.setUint16(at + 22, nameBytes, true);
}
