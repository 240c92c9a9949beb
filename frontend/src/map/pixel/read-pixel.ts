import { ApiError, errorOfAnswer } from '../../api/api-error.ts';
import { authorizedFetch } from '../../api/client.ts';
import { readEvents, type ReadEvent } from '../../job/read-events.ts';
import { t } from '../../i18n/t.ts';
import type { Pixel } from './pixel-types.ts';

export interface PixelPlace {
  job: string;
  share?: string | undefined;
  lon: number;
  lat: number;
}

interface Problem {
  status?: number;
  code?: string;
  detail?: string;
  title?: string;
}

/** Asks for a pixel; `onScene` hears how many of its scenes have been read. */
export async function readPixel(
  place: PixelPlace,
  onScene: (count: number) => void,
  signal: AbortSignal,
): Promise<Pixel> {
  const query = new URLSearchParams({ lon: String(place.lon), lat: String(place.lat) });
  if (place.share !== undefined) query.set('share', place.share);
  const url = new URL(`/jobs/${place.job}/point?${query}`, location.origin);
  const response = await authorizedFetch(new Request(url, { headers: { accept: 'text/event-stream' }, signal }));
  if (!response.ok || !response.body) throw errorOfAnswer(response, await response.json().catch(() => null));
  const pixel = await readAnswer(readEvents(response.body), onScene).catch((error: unknown) => {
    if (signal.aborted || error instanceof ApiError) throw error;
    return null;
  });
  if (!pixel) throw new ApiError(t('pixelView.cutOff'), { status: response.status, code: 'cut-off' });
  return pixel;
}

/** Null where it ends before the pixel came. */
async function readAnswer(events: AsyncIterable<ReadEvent>, onScene: (count: number) => void): Promise<Pixel | null> {
  let count = 0;
  for await (const { event, data } of events) {
    if (event === 'scene') onScene(++count);
    if (event === 'pixel') return JSON.parse(data) as Pixel;
    if (event === 'problem') throw problemError(JSON.parse(data) as Problem);
  }
  return null;
}

const problemError = ({ status, code, detail, title }: Problem) =>
  new ApiError(detail ?? title ?? t('pixelView.cutOff'), { status: status ?? 500, code: code ?? 'unavailable' });
