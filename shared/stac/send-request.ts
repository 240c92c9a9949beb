import { GeoCropError } from '#shared/domain/errors.ts';
import type { StacIo, StacLimits } from './io.ts';

/** What a catalog is asked with: carried through every step of a search. */
export interface Transport {
  io: StacIo;
  limits: StacLimits;
  signal: AbortSignal;
}

export interface JsonRequest {
  url: string;
  method?: 'GET' | 'POST' | undefined;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string> | undefined;
}

const maxRedirects = 3;

/** Follows redirects inside one origin only, so that a catalog cannot send requests elsewhere. */
export async function send(
  request: JsonRequest,
  transport: Transport,
  signal: AbortSignal,
): Promise<[Response, string]> {
  const { method = 'GET', body } = request;
  const headers = { accept: 'application/geo+json, application/json', ...request.headers };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  let url = request.url;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const init = { method, headers: { ...headers, ...type }, redirect: 'manual', signal, ...content } as const;
    const response = await transport.io.fetch(url, init);
    const location = response.headers.get('location');
    if (response.status < 301 || response.status > 308 || !location) return [response, url];
    await response.body?.cancel();
    url = sameOrigin(location, url, 'a redirect');
  }
  throw new GeoCropError('invalid-source', `${request.url} redirects more than ${maxRedirects} times`);
}

/** The absolute address of a link; GeoCropError `invalid-source` where it leaves the origin of the page that carries it. */
export function sameOrigin(href: string, page: string, what: string): string {
  const url = URL.canParse(href, page) ? new URL(href, page) : null;
  if (url?.origin === new URL(page).origin) return url.href;
  const message = `${page} carries ${what} to ${href}, another server; if it has moved, give the new address`;
  throw new GeoCropError('invalid-source', message);
}
