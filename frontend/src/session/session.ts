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

/** What one tab tells the others. */
export type SessionMessage = { type: 'in'; login: Login } | { type: 'out' };

export interface SessionDeps {
  /** Trades the cookie for the next token; null where nobody is logged in any more; rejects where no answer came. */
  refresh: () => Promise<Login | null>;
  /** Runs work while no other tab does. */
  exclusive: <T>(work: () => Promise<T>) => Promise<T>;
  tell: (message: SessionMessage) => void;
  now: () => number;
  /** Whether this browser may hold a cookie; spares those who never logged in a refused request. */
  hint: { get: () => boolean; set: (loggedIn: boolean) => void };
}

/** A token is renewed so long before its end. */
const marginMs = 60_000;

/**
 * Who is logged in, for all of the page. A refresh token is good for one refresh and shared by all tabs, so that only
 * one of them trades it at a time, and tells the others.
 */
export function createSession({ refresh, exclusive, tell, now, hint }: SessionDeps) {
  let state: SessionState = { status: 'unknown' };
  let renewing: Promise<string | null> | null = null;
  const listeners = new Set<() => void>();

  function become(next: SessionState): void {
    state = next;
    for (const listener of listeners) listener();
  }
  function logIn(login: Login): void {
    hint.set(true);
    become({ status: 'in', login });
  }
  function logOut(ended: boolean): void {
    hint.set(false);
    become({ status: 'out', ended });
  }
  const current = () => (state.status === 'in' ? state.login : null);
  const isFresh = (login: Login | null, refused: string | null) =>
    login !== null && login.token !== refused && login.expiresAt - marginMs > now();

  /** Another tab may have brought a token while this one waited for its turn. */
  const renewAlone = (refused: string | null) =>
    exclusive(async () => {
      const login = current();
      if (isFresh(login, refused)) return login!.token;
      const wasIn = login !== null;
      const next = await refresh();
      if (next) {
        logIn(next);
        tell({ type: 'in', login: next });
        return next.token;
      }
      logOut(wasIn || hint.get());
      tell({ type: 'out' });
      return null;
    });

  function renew(refused: string | null): Promise<string | null> {
    renewing ??= renewAlone(refused).finally(() => (renewing = null));
    return renewing;
  }

  return {
    state: (): SessionState => state,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** A token that is good for a while, or null for a visitor. Rejects where the server cannot be reached. */
    async token(): Promise<string | null> {
      const login = current();
      if (isFresh(login, null)) return login!.token;
      if (state.status === 'out') return null;
      if (state.status === 'unknown' && !hint.get()) {
        become({ status: 'out', ended: false });
        return null;
      }
      return renew(null);
    },
    /** A token other than the one that was refused, or null. */
    async renewed(refused: string): Promise<string | null> {
      const login = current();
      if (isFresh(login, refused)) return login!.token;
      return state.status === 'out' ? null : renew(refused);
    },
    /** After a login on this page. */
    begin(login: Login): void {
      logIn(login);
      tell({ type: 'in', login });
    },
    /** After a logout on this page. */
    end(): void {
      logOut(false);
      tell({ type: 'out' });
    },
    /** What another tab told. */
    hear(message: SessionMessage): void {
      if (message.type === 'in') logIn(message.login);
      else if (state.status !== 'out') logOut(state.status === 'in');
    },
  };
}
export type Session = ReturnType<typeof createSession>;
