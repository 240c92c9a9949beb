import type { AreaWindow } from '#shared/domain/grid.ts';
import type { ErrorCode } from '#shared/domain/errors.ts';
import type { ChunkTask, TaskAsset } from '#shared/mapping/chunk-task.ts';
import type { PartRecord } from '#shared/mapping/part.ts';
import type { CompiledEnsemble } from '#shared/model/load-bundle.ts';

/** What the main process tells a worker, and a worker one of its threads: chunks to compute at once. */
export interface Order {
  type: 'tasks';
  tasks: ChunkTask[];
}

export interface SentError {
  code: ErrorCode | null;
  message: string;
  field?: string | undefined;
  sceneId?: string | undefined;
  stack?: string | undefined;
}

/** What a worker answers. */
export type FromWorker =
  | { type: 'scene'; key: string; sceneId: string }
  | { type: 'done'; key: string; record: PartRecord; peakMemoryBytes: number }
  | { type: 'failed'; key: string; error: SentError };

/** What a thread asks of its worker. */
export interface ReadRequest {
  type: 'read';
  id: number;
  asset: TaskAsset;
  window: AreaWindow;
}

/** What a thread tells when it needs the answer to a read no more. */
export interface ReadDone {
  type: 'read-done';
  id: number;
}

export type ReadAnswer =
  { type: 'read'; id: number; samples: ArrayLike<number> } | { type: 'unread'; id: number; error: SentError };

/** What a thread is told of a model: its name, and what was compiled of it or why it was not. */
export type ModelAnswer =
  { type: 'model'; name: string; compiled: CompiledEnsemble } | { type: 'no-model'; name: string; error: SentError };

export type FromThread = FromWorker | ReadRequest | ReadDone;
export type ToThread = Order | ReadAnswer | ModelAnswer;
