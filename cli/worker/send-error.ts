import { GeoCropError } from '#shared/domain/errors.ts';
import { BrokenSceneError } from '#shared/mapping/broken-scene.ts';
import type { SentError } from './messages.ts';

/** An error as plain JSON, so that it crosses the border between processes. */
export function packError(error: unknown): SentError {
  if (error instanceof BrokenSceneError) return { code: error.code, message: error.message, sceneId: error.sceneId };
  if (error instanceof GeoCropError) return { code: error.code, message: error.message, field: error.field };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: null, message, stack };
}

/** The error that `packError` packed. */
export function unpackError({ code, message, field, sceneId, stack }: SentError): Error {
  if (sceneId) return new BrokenSceneError(sceneId, message.replace(`scene ${sceneId}: `, ''));
  if (code) return new GeoCropError(code, message, field ? { field } : {});
  const error = new Error(message);
  if (stack) error.stack = stack;
  return error;
}
