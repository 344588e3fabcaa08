import * as fs from 'node:fs/promises';

/** An open file, as far as checkpoints need one. */
export interface OpenFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** To the disk itself, not only to the system's cache. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileStatus {
  readonly size: number;
  /** Milliseconds since the epoch of the last change. */
  readonly mtimeMs: number;
  isFile(): boolean;
}

/** The part of a file system that checkpoints need. A module, so that tests decide when a disk is full or fails. */
export interface FileSystem {
  /** Creates the directory and those above it; returns the topmost that it created, if any. */
  mkdir(path: string): Promise<string | undefined>;
  readdir(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileStatus>;
  /** `r`: to read; `wx`: to write a file that must not exist. A directory can be opened with `r`, to sync it. */
  open(path: string, flags: 'r' | 'wx'): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

export const nodeFileSystem: FileSystem = {
  mkdir: (path) => fs.mkdir(path, { recursive: true }),
  readdir: (path) => fs.readdir(path),
  stat: (path) => fs.stat(path),
  open: (path, flags) => fs.open(path, flags),
  rename: (from, to) => fs.rename(from, to),
  unlink: (path) => fs.unlink(path),
};

/** The system's code of a failed call (`ENOSPC`); undefined for other errors. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
