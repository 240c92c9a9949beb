import type { MessagePort } from 'node:worker_threads';
import type { AreaWindow } from '#shared/domain/grid.ts';
import type { ErrorCode } from '#shared/domain/errors.ts';
import type { ChunkTask, TaskAsset } from '#shared/mapping/chunk-task.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import type { CompiledEnsemble } from '#shared/model/load-ensemble.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { AssetAccess } from '../open-assets.ts';

/** A model that was found and checked, in its folder. */
export interface FoundModel {
  directory: string;
  manifest: ModelManifest;
}

/** What the main process tells a worker first: it reads no settings of its own. */
export interface WorkerSetup {
  type: 'setup';
  /** Chunks are computed by so many. */
  threads: number;
  /** Folder of the part store. */
  store: string;
  assets: AssetAccess;
  model: FoundModel | null;
}

/** What a worker gives one of its threads at its start. */
export interface ThreadSetup {
  store: string;
  manifest: ModelManifest | null;
  /** By it the worker lets the thread decode blocks while it waits for them. */
  blocks: MessagePort;
}

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

/** What a thread is told of its model: what was compiled of it, or why it was not. */
export type ModelAnswer = { type: 'model'; compiled: CompiledEnsemble } | { type: 'no-model'; error: SentError };

export type FromThread = FromWorker | ReadRequest | ReadDone;
export type ToThread = Order | ReadAnswer | ModelAnswer;
