import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { errorOfResponse } from './problem-error.ts';
import { readSession, withSessionLock, writeSession, type Session } from './session.ts';

const tokensSchema = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });

/** A token that ends sooner than this is refreshed first. */
const earlyMs = 30_000;

const unreachable = (url: string, cause: unknown) =>
  new GeoCropError('source-unavailable', `no server answers at ${url}; is it running? "npm start" starts one here`, {
    cause,
  });

async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  const target = new URL(path, url);
  // `//host/path` is an address too, and the token is for one server only.
  if (target.origin !== new URL(url).origin) throw new GeoCropError('usage', `"${path}" is no path of ${url}`);
  return fetch(target, { redirect: 'error', ...init }).catch((cause) => {
    if (init.signal?.aborted) throw cause;
    throw unreachable(url, cause);
  });
}

async function tokensOf(url: string, path: string, body: unknown, name: string): Promise<Session> {
  const response = await send(url, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await errorOfResponse(response);
  const tokens = tokensSchema.parse(await response.json());
  return {
    url,
    name,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: Date.now() + tokens.expires_in * 1000,
  };
}

/** Logs in and keeps the login in the home. */
export async function logIn(home: string, url: string, name: string, password: string): Promise<void> {
  await writeSession(home, await tokensOf(url, '/auth/login', { name, password }, name));
}

/** Asks a deployment as the user who is logged in; refreshes the token when its time is up. */
export class ApiClient {
  readonly #home: string;
  readonly #signal: AbortSignal;
  #session: Session;

  private constructor(home: string, session: Session, signal: AbortSignal) {
    this.#home = home;
    this.#session = session;
    this.#signal = signal;
  }

  static async open(home: string, signal: AbortSignal): Promise<ApiClient> {
    const session = await readSession(home);
    if (!session) throw new GeoCropError('unauthenticated', 'nobody is logged in; run: geocrop login');
    return new ApiClient(home, session, signal);
  }

  get url(): string {
    return this.#session.url;
  }

  /** Any request of a path of the deployment; an answer of 4xx or 5xx is thrown as the error that it tells of. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await send(this.url, path, await this.#authorised(init));
    if (response.ok) return response;
    throw await errorOfResponse(response);
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.request(path, init)).json()) as T;
  }

  async post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.json<T>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  async #authorised(init: RequestInit): Promise<RequestInit> {
    if (this.#session.expiresAt - Date.now() < earlyMs) await this.#refresh();
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.#session.accessToken}`);
    return { ...init, headers, signal: this.#signal };
  }

  async #refresh(): Promise<void> {
    await withSessionLock(this.#home, async () => {
      const kept = await readSession(this.#home);
      const isNewer = kept?.url === this.url && kept.expiresAt > this.#session.expiresAt;
      if (isNewer) this.#session = kept;
      if (this.#session.expiresAt - Date.now() >= earlyMs) return;
      const { url, name, refreshToken } = this.#session;
      this.#session = await tokensOf(url, '/auth/refresh', { refresh_token: refreshToken }, name);
      await writeSession(this.#home, this.#session);
    });
  }
}
