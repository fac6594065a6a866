/** The part of eventsource-parser that the page uses. */
export function createParser(callbacks: {
  onEvent: (message: { id?: string; event?: string; data: string }) => void;
}): { feed(chunk: string): void };
