import type { Bbox } from '../map/types.ts';
import type { ReadEvent } from './read-events.ts';

export interface ClearestScene {
  id: string;
  datetime: string;
  cloudCover: number | null;
}

/** What the events of a job have told so far. */
export interface JobProgress {
  phase: string | null;
  scenes: number | null;
  chunks: number | null;
  chunksDone: number;
  sceneReads: number;
  scenesRead: number;
  clearest: ClearestScene | null;
  bbox: Bbox | null;
  hasPreview: boolean;
  /** Scenes that turned out to be broken. */
  broken: { id: string; reason: string }[];
  /** Chunks that are finished, as they came. */
  parts: { key: string; bbox: Bbox }[];
  /** State that the last event left the job in, null before the first. */
  ended: 'successful' | 'failed' | 'dismissed' | null;
}

export const noProgress: JobProgress = {
  phase: null,
  scenes: null,
  chunks: null,
  chunksDone: 0,
  sceneReads: 0,
  scenesRead: 0,
  clearest: null,
  bbox: null,
  hasPreview: false,
  broken: [],
  parts: [],
  ended: null,
};

type Data = Record<string, unknown>;

const numberOr = <T>(value: unknown, other: T): number | T => (typeof value === 'number' ? value : other);

export const bboxOf = (value: unknown): Bbox | null =>
  Array.isArray(value) && value.length === 4 && value.every((each) => Number.isFinite(each)) ? (value as Bbox) : null;

function clearestOf(value: unknown): ClearestScene | null {
  const { id, datetime, cloudCover } = (value ?? {}) as Data;
  if (typeof id !== 'string' || typeof datetime !== 'string') return null;
  return { id, datetime, cloudCover: numberOr(cloudCover, null) };
}

const planned = (state: JobProgress, data: Data): JobProgress => ({
  ...state,
  phase: 'computing',
  scenes: numberOr(data['scenes'], state.scenes),
  chunks: numberOr(data['chunks'], state.chunks),
  clearest: clearestOf(data['clearest']) ?? state.clearest,
  bbox: bboxOf(data['bbox']) ?? state.bbox,
});

function part(state: JobProgress, data: Data): JobProgress {
  const [key, bbox] = [data['key'], bboxOf(data['bbox'])];
  if (typeof key !== 'string' || !bbox || state.parts.some((known) => known.key === key)) return state;
  const parts = [...state.parts, { key, bbox }];
  return { ...state, parts, chunksDone: Math.max(state.chunksDone, parts.length) };
}

const progress = (state: JobProgress, data: Data): JobProgress => ({
  ...state,
  phase: typeof data['phase'] === 'string' ? data['phase'] : state.phase,
  chunks: numberOr(data['parts'], 0) || state.chunks,
  chunksDone: numberOr(data['partsDone'], state.chunksDone),
  sceneReads: numberOr(data['sceneReads'], state.sceneReads),
  scenesRead: numberOr(data['scenesRead'], state.scenesRead),
});

function replanned(state: JobProgress, data: Data): JobProgress {
  const { id, reason } = data;
  const broken = typeof id === 'string' ? [...state.broken, { id, reason: String(reason ?? '') }] : state.broken;
  return { ...state, phase: 'planning', broken };
}

const steps: Record<string, (state: JobProgress, data: Data) => JobProgress> = {
  accepted: (state) => ({ ...state, phase: null, ended: null }),
  planned,
  part,
  progress,
  replanned,
  preview: (state) => ({ ...state, hasPreview: true }),
  stitching: (state) => ({ ...state, phase: 'stitching' }),
  retried: (state) => ({ ...state, phase: null, ended: null }),
  successful: (state) => ({ ...state, ended: 'successful' }),
  failed: (state) => ({ ...state, ended: 'failed' }),
  dismissed: (state) => ({ ...state, ended: 'dismissed' }),
};

/** The progress after one more event; events of a newer server that are not known change nothing. */
export function withEvent(state: JobProgress, { event, data }: ReadEvent): JobProgress {
  const step = Object.hasOwn(steps, event) ? steps[event] : undefined;
  if (!step) return state;
  const parsed = parse(data);
  return parsed === null ? state : step(state, parsed);
}

function parse(text: string): Data | null {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null ? (data as Data) : {};
  } catch {
    return null;
  }
}

/** Percent of the scene reads, 0 to 100, or of the chunks where the reads are not known. */
export function percentOf({ ended, sceneReads, scenesRead, chunks, chunksDone, phase }: JobProgress): number {
  if (ended === 'successful') return 100;
  if (phase === 'stitching') return 98;
  if (sceneReads > 0) return Math.min(97, Math.floor((97 * scenesRead) / sceneReads));
  return chunks ? Math.min(97, Math.floor((97 * chunksDone) / chunks)) : 0;
}
