import type { Readable } from 'node:stream';

const longest = 16_384;

/** Calls `emit` with every line of a stream as it comes; a line is cut where it grows beyond 16,384 characters. */
export function readLines(stream: Readable, emit: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) emit(line.slice(0, longest));
    if (rest.length < longest) return;
    emit(rest);
    rest = '';
  });
  stream.on('end', () => rest && emit(rest));
  stream.on('error', () => undefined);
}
