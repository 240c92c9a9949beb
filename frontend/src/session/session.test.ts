import { describe, expect, test, vi } from 'vitest';
import { createSession, type Login, type SessionDeps, type SessionMessage } from './session.ts';

const user = { id: 'u1', name: 'tariro', role: 'analyst' as const };
const loginOf = (token: string, expiresAt = 600_000): Login => ({ token, expiresAt, user });

/** One lock for all the tabs of a browser, as `navigator.locks` gives it. */
function browserLock() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function tab(deps: Partial<SessionDeps> = {}) {
  let hinted = true;
  const hint = { get: () => hinted, set: (value: boolean) => void (hinted = value) };
  const tell = vi.fn();
  const refresh = vi.fn(async (): Promise<Login | null> => loginOf('first'));
  const all = { refresh, exclusive: browserLock(), tell, now: () => 0, hint, ...deps };
  return { session: createSession(all), refresh: all.refresh, tell, hint };
}

describe('one tab', () => {
  test('asks once, however many wait for a token', async () => {
    const { session, refresh } = tab();
    const tokens = await Promise.all([session.token(), session.token(), session.token()]);
    expect(tokens).toEqual(['first', 'first', 'first']);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  test('renews a token before it ends', async () => {
    let time = 0;
    const refresh = vi.fn(async () => loginOf(`at-${time}`, time + 600_000));
    const { session } = tab({ refresh, now: () => time });
    expect(await session.token()).toBe('at-0');
    time = 500_000;
    expect(await session.token()).toBe('at-0');
    time = 545_000;
    expect(await session.token()).toBe('at-545000');
  });

  test('asks nothing of the server where nobody ever logged in', async () => {
    const { session, refresh } = tab({ hint: { get: () => false, set: () => undefined } });
    expect(await session.token()).toBeNull();
    expect(refresh).not.toHaveBeenCalled();
    expect(session.state()).toEqual({ status: 'out', ended: false });
  });

  test('a server that does not answer logs nobody out', async () => {
    const refresh = vi.fn(async (): Promise<Login | null> => Promise.reject(new Error('no line')));
    const { session } = tab({ refresh });
    session.begin(loginOf('first', 1000));
    await expect(session.token()).rejects.toThrow('no line');
    expect(session.state()).toMatchObject({ status: 'in' });
    refresh.mockResolvedValueOnce(loginOf('second'));
    expect(await session.token()).toBe('second');
  });

  test('a login that the server ended is over, and says so', async () => {
    const { session, tell } = tab({ refresh: async () => null });
    session.begin(loginOf('first'));
    expect(await session.renewed('first')).toBeNull();
    expect(session.state()).toEqual({ status: 'out', ended: true });
    expect(tell).toHaveBeenLastCalledWith({ type: 'out' });
  });

  test('a refused token that was replaced meanwhile is not traded again', async () => {
    const { session, refresh } = tab();
    session.begin(loginOf('second'));
    expect(await session.renewed('first')).toBe('second');
    expect(refresh).not.toHaveBeenCalled();
  });

  test('does not come back by itself after a logout', async () => {
    const { session, refresh } = tab();
    session.begin(loginOf('first'));
    session.end();
    expect(await session.token()).toBeNull();
    expect(await session.renewed('first')).toBeNull();
    expect(refresh).not.toHaveBeenCalled();
  });
});

test('two tabs that need a token at once make one refresh', async () => {
  const exclusive = browserLock();
  const refresh = vi.fn(async (): Promise<Login | null> => loginOf('shared'));
  const tabs: ReturnType<typeof createSession>[] = [];
  const tellOthers = (from: number) => (message: SessionMessage) =>
    tabs.filter((_, i) => i !== from).forEach((other) => other.hear(message));
  for (const i of [0, 1]) tabs.push(tab({ exclusive, refresh, tell: tellOthers(i) }).session);
  expect(await Promise.all(tabs.map((each) => each.token()))).toEqual(['shared', 'shared']);
  expect(refresh).toHaveBeenCalledTimes(1);
});

test('a logout in one tab ends the other', () => {
  const { session } = tab();
  session.begin(loginOf('first'));
  const heard = vi.fn();
  session.subscribe(heard);
  session.hear({ type: 'out' });
  expect(session.state().status).toBe('out');
  expect(heard).toHaveBeenCalledTimes(1);
});
