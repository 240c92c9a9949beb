import createClient from 'openapi-fetch';
import { connection } from '../connection/browser-connection.ts';
import { isOfGateway } from '../connection/connection.ts';
import { session } from '../session/browser-session.ts';
import { ApiError, errorOfAnswer, isLost } from './api-error.ts';
import type { paths } from './schema.d.ts';

const withToken = (request: Request, token: string | null): Request => {
  const next = request.clone();
  if (token) next.headers.set('authorization', `Bearer ${token}`);
  return next;
};

async function send(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (isOfGateway(response)) connection.lost();
    else connection.answered();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    connection.lost();
    throw new ApiError(String(error), { status: 0, code: 'connection-lost' });
  }
}

/** Whoever needs a token and gets no answer has lost the connection. */
async function tokenOrLost(ask: () => Promise<string | null>): Promise<string | null> {
  try {
    return await ask();
  } catch (error) {
    if (isLost(error)) connection.lost();
    throw error;
  }
}

export const accessToken = () => tokenOrLost(() => session.token());

/** Sends a request with a token; one that is refused is renewed and sent once more. */
export async function authorizedFetch(request: Request): Promise<Response> {
  const token = await accessToken();
  const response = await send(withToken(request, token));
  if (response.status !== 401 || token === null) return response;
  const next = await tokenOrLost(() => session.renewed(token));
  return next === null ? response : send(withToken(request, next));
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorizedFetch });

/** The data of an answer, or its problem as an error. */
export function unwrap<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (!response.ok) throw errorOfAnswer(response, error);
  return data as T;
}

/** For what the document describes as a file. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await authorizedFetch(new Request(new URL(path, location.origin), { signal: signal ?? null }));
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw errorOfAnswer(response, body);
  return body as T;
}
