import { useSyncExternalStore } from 'react';
import { ApiError, errorOfAnswer } from '../api/api-error.ts';
import { createSession, type Login, type SessionMessage, type SessionUser } from './session.ts';

const path = '/auth/session';
/** Another page cannot send it. */
const ownPage = { 'x-geocrop-request': '1' };
const hintKey = 'geocrop.session';
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
    });
  } catch (error) {
    throw new ApiError(String(error), { status: 0, code: 'connection-lost' });
  }
}

async function refresh(): Promise<Login | null> {
  const response = await ask('POST', `${path}/refresh`);
  if (response.ok) return loginOf((await response.json()) as Answer);
  if (response.status === 401) return null;
  throw errorOfAnswer(response, await response.json().catch(() => null));
}

/** Browsers know locks on secure addresses only; a plain one over the network does without. */
const exclusive = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? (navigator.locks.request('geocrop-session', work) as Promise<T>) : work();

const hint = {
  get: () => localStorage.getItem(hintKey) !== null,
  set: (loggedIn: boolean) => (loggedIn ? localStorage.setItem(hintKey, '1') : localStorage.removeItem(hintKey)),
};

const channel = new BroadcastChannel('geocrop-session');
const tell = (message: SessionMessage) => channel.postMessage(message);

/** The session of this browser. */
export const session = createSession({ refresh, exclusive, tell, now: () => Date.now(), hint });
channel.onmessage = ({ data }: MessageEvent<SessionMessage>) => session.hear(data);

export async function signIn(name: string, password: string): Promise<void> {
  const response = await ask('POST', path, { name, password });
  if (!response.ok) throw errorOfAnswer(response, await response.json().catch(() => null));
  session.begin(loginOf((await response.json()) as Answer));
}

/** Ends the login here at once, whatever the server says. */
export async function signOut(): Promise<void> {
  const asked = ask('DELETE', path).catch(() => null);
  session.end();
  await asked;
}

export const useSession = () => useSyncExternalStore(session.subscribe, session.state);

export function useUser(): SessionUser | null {
  const state = useSession();
  return state.status === 'in' ? state.login.user : null;
}
