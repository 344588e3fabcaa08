import { type FileSystem, nodeFileSystem, type OpenFile } from '../../../src/checkpoints/index.js';

export interface Operation {
  readonly name: 'mkdir' | 'readdir' | 'stat' | 'open' | 'write' | 'read' | 'sync' | 'close' | 'rename' | 'unlink';
  readonly path: string;
  /** Of a write or read: bytes asked for. */
  readonly bytes: number;
}

/** Called before an operation; throws to make it fail, or returns how many bytes of a write to let through. */
export type Fault = (operation: Operation) => number | undefined;

export function systemError(errno: string, syscall: string): Error {
  return Object.assign(new Error(`${errno}: injected, ${syscall}`), { code: errno, syscall });
}

/** The real file system, with faults where a test wants them, and a record of what was done. */
export function faultyFileSystem(fault: Fault): { readonly fs: FileSystem; readonly done: Operation[] } {
  const done: Operation[] = [];
  const before = (name: Operation['name'], path: string, bytes = 0): number => {
    const operation = { name, path, bytes };
    const allowed = fault(operation);
    done.push(operation);
    return allowed ?? bytes;
  };
  const wrap = (file: OpenFile, path: string): OpenFile => ({
    write: async (bytes, offset, length, position) =>
      file.write(bytes, offset, before('write', path, length), position),
    read: async (bytes, offset, length, position) => file.read(bytes, offset, before('read', path, length), position),
    sync: async () => {
      before('sync', path);
      await file.sync();
    },
    close: async () => {
      // Closed for real even when the call is to fail, so that tests leave no open files.
      await file.close();
      before('close', path);
    },
  });
  const fs: FileSystem = {
    mkdir: async (path) => {
      before('mkdir', path);
      return nodeFileSystem.mkdir(path);
    },
    readdir: async (path) => {
      before('readdir', path);
      return nodeFileSystem.readdir(path);
    },
    stat: async (path) => {
      before('stat', path);
      return nodeFileSystem.stat(path);
    },
    open: async (path, flags) => {
      before('open', path);
      return wrap(await nodeFileSystem.open(path, flags), path);
    },
    rename: async (from, to) => {
      before('rename', from);
      await nodeFileSystem.rename(from, to);
    },
    unlink: async (path) => {
      before('unlink', path);
      await nodeFileSystem.unlink(path);
    },
  };
  return { fs, done };
}
