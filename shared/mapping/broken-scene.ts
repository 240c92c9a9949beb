import { GeoCropError } from '#shared/domain/errors.ts';

/** A scene that cannot be used, now or ever: the job fails by its name or is planned again without it. */
export class BrokenSceneError extends GeoCropError {
  readonly sceneId: string;

  constructor(sceneId: string, reason: string, options: ErrorOptions = {}) {
    super('broken-scene', `scene ${sceneId}: ${reason}`, { ...options, field: 'scenes' });
    this.name = 'BrokenSceneError';
    this.sceneId = sceneId;
  }
}

/** Names the scene in an error of reading it. */
export function blameScene(sceneId: string, error: unknown): unknown {
  if (error instanceof BrokenSceneError || !(error instanceof GeoCropError)) return error;
  if (error.code === 'broken-scene') return new BrokenSceneError(sceneId, error.message, { cause: error });
  return new GeoCropError(error.code, `scene ${sceneId}: ${error.message}`, { cause: error });
}
