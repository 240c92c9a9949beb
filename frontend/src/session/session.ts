import { createLoginState, type Login, type Mark } from './login-state.ts';

/** What one tab tells the others. */
export type SessionMessage = { type: 'in'; login: Login } | { type: 'out'; ended: boolean };

export interface SessionDeps {
  /** Trades the cookie for the next token; null where nobody is logged in any more; rejects where no answer came. */
  refresh: () => Promise<Login | null>;
  /** Ends the login that the cookie stands for; rejects where the server has not done so. */
  revoke: () => Promise<void>;
  /** Runs work while no other tab does. */
  exclusive: <T>(work: () => Promise<T>) => Promise<T>;
  tell: (message: SessionMessage) => void;
  now: () => number;
  /** Whether this browser may hold a cookie; spares those who never logged in a refused request. */
  hint: Mark;
  /** Somebody has logged out and the server does not know it yet. */
  ending: Mark;
}

/** A token is renewed so long before its end. */
const marginMs = 60_000;

/**
 * Who is logged in, for all of the page. A refresh token is good for one refresh and shared by all tabs, so that only
 * one of them trades it at a time, and tells the others.
 */
export function createSession({ refresh, revoke, exclusive, tell, now, hint, ending }: SessionDeps) {
  const state = createLoginState(hint);
  let renewing: Promise<string | null> | null = null;
  const isFresh = (login: Login | null, refused: string | null) =>
    login !== null && login.token !== refused && login.expiresAt - marginMs > now();

  /** Another tab may have brought a token while this one waited for its turn. */
  const renewAlone = (refused: string | null) =>
    exclusive(async () => {
      const login = state.login();
      if (isFresh(login, refused)) return login!.token;
      if (state.now().status === 'out') return null;
      const wasIn = login !== null;
      const before = state.changes();
      const next = await refresh();
      // Somebody came or went while the answer was on its way: it is about a login that is over.
      if (state.changes() !== before || ending.get()) return state.login()?.token ?? null;
      if (next) {
        state.logIn(next);
        tell({ type: 'in', login: next });
        return next.token;
      }
      state.logOut(wasIn || hint.get());
      tell({ type: 'out', ended: true });
      return null;
    });

  function renew(refused: string | null): Promise<string | null> {
    renewing ??= renewAlone(refused).finally(() => (renewing = null));
    return renewing;
  }

  const finishEnding = () =>
    exclusive(async () => {
      if (!ending.get()) return;
      await revoke();
      ending.set(false);
    });

  return {
    state: state.now,
    subscribe: state.subscribe,
    /** A token that is good for a while, or null for a visitor. Rejects where the server cannot be reached. */
    async token(): Promise<string | null> {
      const login = state.login();
      if (isFresh(login, null)) return login!.token;
      if (state.now().status === 'out') return null;
      if (state.now().status === 'unknown' && !hint.get()) {
        state.logOut(false);
        return null;
      }
      return renew(null);
    },
    /** A token other than the one that was refused, or null. */
    async renewed(refused: string): Promise<string | null> {
      const login = state.login();
      if (isFresh(login, refused)) return login!.token;
      return state.now().status === 'out' ? null : renew(refused);
    },
    /** After a login on this page. */
    begin(login: Login): void {
      ending.set(false);
      state.logIn(login);
      tell({ type: 'in', login });
    },
    /** Logs out here at once; rejects where the server has not heard of it. */
    end(): Promise<void> {
      ending.set(true);
      state.logOut(false);
      tell({ type: 'out', ended: false });
      return finishEnding();
    },
    /** Tells the server of a logout that it has not heard of. */
    finishEnding,
    /** What another tab told. */
    hear(message: SessionMessage): void {
      if (message.type === 'out') {
        const { status } = state.now();
        if (status !== 'out') state.logOut(message.ended && status === 'in');
      } else if (!ending.get()) state.logIn(message.login);
    },
  };
}
export type Session = ReturnType<typeof createSession>;
