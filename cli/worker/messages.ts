import type { ErrorCode } from '#shared/domain/errors.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import type { PartRecord } from '#shared/mapping/part.ts';

/** What the main process tells a worker. */
export type ToWorker = { type: 'task'; task: ChunkTask };

export interface SentError {
  code: ErrorCode | null;
  message: string;
  field?: string | undefined;
  sceneId?: string | undefined;
  stack?: string | undefined;
}

/** What a worker answers. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'scene'; key: string; sceneId: string }
  | { type: 'done'; key: string; record: PartRecord; peakMemoryBytes: number }
  | { type: 'failed'; key: string; error: SentError };
