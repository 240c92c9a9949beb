import { useSyncExternalStore } from 'react';
import { ApiError, errorOfAnswer, isLost } from '../api/api-error.ts';
import { connection } from '../connection/browser-connection.ts';
import { localStore } from '../storage/browser-storage.ts';
import { oneByOneInAllTabs } from './exclusive.ts';
import type { Login, Mark, SessionUser } from './login-state.ts';
import { createSession, type SessionMessage } from './session.ts';

const path = '/auth/session';
/** Another page cannot send it. */
const ownPage = { 'x-geocrop-request': '1' };
const timeoutMs = 20_000;

interface Answer {
  access_token: string;
  expires_in: number;
  user: SessionUser;
}

const loginOf = ({ access_token, expires_in, user }: Answer): Login => ({
  token: access_token,
  expiresAt: Date.now() + expires_in * 1000,
  user,
});

async function ask(method: string, url: string, body?: unknown): Promise<Response> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    return await fetch(url, {
      method,
      headers: { ...ownPage, ...json },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(timeoutMs),
      // A window that is closed right after a logout has logged out.
      keepalive: method === 'DELETE',
    });
  } catch (error) {
    throw new ApiError(String(error), { status: 0, code: 'connection-lost' });
  }
}

const refusalOf = async (response: Response) => errorOfAnswer(response, await response.json().catch(() => null));

async function refresh(): Promise<Login | null> {
  const response = await ask('POST', `${path}/refresh`);
  if (response.ok) return loginOf((await response.json()) as Answer);
  if (response.status === 401) return null;
  throw await refusalOf(response);
}

async function revoke(): Promise<void> {
  const response = await ask('DELETE', path);
  if (!response.ok) throw await refusalOf(response);
}

const exclusive = oneByOneInAllTabs(navigator.locks, 'geocrop-session');

const markOf = (key: string): Mark => ({
  get: () => localStore.getItem(key) !== null,
  set: (isSo) => (isSo ? localStore.setItem(key, '1') : localStore.removeItem(key)),
});

const channel = new BroadcastChannel('geocrop-session');
const tell = (message: SessionMessage) => channel.postMessage(message);

/** The session of this browser. */
export const session = createSession({
  refresh,
  revoke,
  exclusive,
  tell,
  now: () => Date.now(),
  hint: markOf('geocrop.session'),
  ending: markOf('geocrop.ending'),
});
channel.onmessage = ({ data }: MessageEvent<SessionMessage>) => session.hear(data);

/** The cookie that comes last counts: no answer about an older login may come after it. */
export const signIn = (name: string, password: string): Promise<void> =>
  exclusive(async () => {
    const response = await ask('POST', path, { name, password });
    if (!response.ok) throw await refusalOf(response);
    session.begin(loginOf((await response.json()) as Answer));
  });

/** What the server has not heard is told again once it answers, by this page or the next. */
const heard = (told: Promise<void>): Promise<void> =>
  told.catch((error: unknown) => {
    if (isLost(error)) connection.lost();
  });

/** Ends the login here at once, whatever the server says. */
export const signOut = (): Promise<void> => heard(session.end());

connection.subscribe(() => {
  if (!connection.isLost()) void heard(session.finishEnding());
});
void heard(session.finishEnding());

export const useSession = () => useSyncExternalStore(session.subscribe, session.state);

export function useUser(): SessionUser | null {
  const state = useSession();
  return state.status === 'in' ? state.login.user : null;
}
