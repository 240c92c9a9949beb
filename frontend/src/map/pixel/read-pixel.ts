import { ApiError, errorOfAnswer } from '../../api/api-error.ts';
import { authorizedFetch } from '../../api/client.ts';
import { readEvents } from '../../job/read-events.ts';
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
  let count = 0;
  for await (const { event, data } of readEvents(response.body)) {
    if (event === 'scene') onScene(++count);
    if (event === 'pixel') return JSON.parse(data) as Pixel;
    if (event === 'problem') throw problemError(JSON.parse(data) as Problem);
  }
  throw new ApiError(t('pixelView.cutOff'), { status: 0, code: 'connection-lost' });
}

const problemError = ({ status, code, detail, title }: Problem) =>
  new ApiError(detail ?? title ?? t('pixelView.cutOff'), { status: status ?? 500, code: code ?? 'unavailable' });
