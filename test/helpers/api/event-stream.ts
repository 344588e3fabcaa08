/** An event of a stream, as a client reads it. */
export interface StreamEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
}

/** The events in a text/event-stream; comments are left out. */
export function parseEvents(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .map((block) => {
      const fields = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
      return Object.fromEntries(
        fields.map((line) => {
          const at = line.indexOf(': ');
          const [name, value] = [line.slice(0, at), line.slice(at + 2)];
          return [name, name === 'data' ? (JSON.parse(value) as unknown) : value];
        }),
      );
    })
    .filter((event) => Object.keys(event).length > 0);
}
