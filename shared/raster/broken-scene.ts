import { GeoCropError } from '#shared/domain/errors.ts';

/** The error for a file that will not become readable by trying again; `name` is the file's address. */
export function brokenScene(name: string, reason: string, cause?: unknown): GeoCropError {
  const advice = 'Replace the file, or leave its scene out.';
  return new GeoCropError('broken-scene', `${name} cannot be read: ${reason}. ${advice}`, { cause });
}
