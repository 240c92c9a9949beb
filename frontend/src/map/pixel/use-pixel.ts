import { useEffect, useState } from 'react';
import type { Pixel } from './pixel-types.ts';
import { readPixel, type PixelPlace } from './read-pixel.ts';

export interface PixelState {
  /** How many have been read. */
  scenes: number;
  pixel: Pixel | null;
  error: Error | null;
}

const waiting: PixelState = { scenes: 0, pixel: null, error: null };
const errorOf = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** The pixel at a place; a new place ends what was asked of the one before. */
export function usePixel({ job, share, lon, lat }: PixelPlace): PixelState & { retry: () => void } {
  const [attempt, setAttempt] = useState(0);
  const asked = JSON.stringify([job, share, lon, lat, attempt]);
  const [answer, setAnswer] = useState({ asked, state: waiting });
  useEffect(() => {
    const abort = new AbortController();
    const tell = (state: PixelState) => {
      if (!abort.signal.aborted) setAnswer({ asked, state });
    };
    readPixel({ job, share, lon, lat }, (scenes) => tell({ ...waiting, scenes }), abort.signal).then(
      (pixel) => tell({ ...waiting, pixel }),
      (error: unknown) => tell({ ...waiting, error: errorOf(error) }),
    );
    return () => abort.abort();
  }, [job, share, lon, lat, asked]);
  const state = answer.asked === asked ? answer.state : waiting;
  return { ...state, retry: () => setAttempt((count) => count + 1) };
}
