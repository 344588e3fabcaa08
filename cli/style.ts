import type { Host, TextSink } from './host.js';

/** Terminal styles; with `enabled` false they return the text as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warning(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

export function createStyle(enabled: boolean): Style {
  const sequence = (open: number, close: number) => (text: string) =>
    enabled ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: sequence(1, 22),
    dim: sequence(2, 22),
    good: sequence(32, 39),
    warning: sequence(33, 39),
    bad: sequence(31, 39),
    accent: sequence(36, 39),
  };
}

export const styleFor = (host: Host, sink: TextSink): Style => createStyle(host.settings.color && sink.isTTY === true);
