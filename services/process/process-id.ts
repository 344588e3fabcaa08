/** Names this process among those of its kind: host and number, in lower-case letters, digits, "_" and "-", as ids are. */
export const processId = (host: string): string =>
  `${host
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, 48)}-${process.pid}`;
