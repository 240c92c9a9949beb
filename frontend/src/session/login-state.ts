export type Role = 'admin' | 'analyst' | 'recruiter';
export interface SessionUser {
  id: string;
  name: string;
  role: Role;
}

/** A login as it is now; the token lives in memory only. */
export interface Login {
  token: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  user: SessionUser;
}

export type SessionState = { status: 'unknown' } | { status: 'out'; ended: boolean } | { status: 'in'; login: Login };

/** By themselves, and not because the session ended. */
export const hasSignedOut = (state: SessionState): boolean => state.status === 'out' && !state.ended;

/** Something that all tabs of the browser know, and the next page. */
export interface Mark {
  get: () => boolean;
  set: (isSo: boolean) => void;
}

/** Who is logged in as this page knows it, and whoever wants to hear of it. */
export function createLoginState(hint: Mark) {
  let state: SessionState = { status: 'unknown' };
  let changes = 0;
  const listeners = new Set<() => void>();
  function become(next: SessionState): void {
    state = next;
    changes++;
    for (const listener of listeners) listener();
  }
  return {
    now: (): SessionState => state,
    login: (): Login | null => (state.status === 'in' ? state.login : null),
    /** How often somebody came or went. */
    changes: () => changes,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    logIn(login: Login): void {
      hint.set(true);
      become({ status: 'in', login });
    },
    logOut(ended: boolean): void {
      hint.set(false);
      become({ status: 'out', ended });
    },
  };
}
