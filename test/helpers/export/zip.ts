import { crc32 } from 'node:zlib';

/** The files of an archive of stored files, as its central directory tells them; throws where it does not hold together. */
export function readZip(archive: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = archive.length - 22;
  if (view.getUint32(end, true) !== 0x06054b50) throw new Error('no end of central directory');
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let e = 0; e < view.getUint16(end + 10, true); e++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error(`entry ${e} is no entry`);
    const [sum, size, nameBytes] = [
      view.getUint32(at + 16, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
    ];
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameBytes));
    if (view.getUint32(local, true) !== 0x04034b50) throw new Error(`${name} has no local header`);
    const from = local + 30 + view.getUint16(local + 26, true);
    const bytes = archive.subarray(from, from + size);
    if (crc32(bytes) !== sum || view.getUint32(local + 14, true) !== sum) throw new Error(`${name} has another CRC-32`);
    files.set(name, bytes);
    at += 46 + nameBytes;
  }
  if (at !== end) throw new Error('the central directory ends elsewhere');
  return files;
}
