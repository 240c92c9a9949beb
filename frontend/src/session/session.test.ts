import { describe, expect, test, vi } from 'vitest';
import { oneByOne, oneByOneInAllTabs } from './exclusive.ts';
import type { Login } from './login-state.ts';
import { createSession, type SessionDeps, type SessionMessage } from './session.ts';

const user = { id: 'u1', name: 'tariro', role: 'analyst' as const };
const loginOf = (token: string, expiresAt = 600_000): Login => ({ token, expiresAt, user });

function tab(deps: Partial<SessionDeps> = {}) {
  let hinted = true;
  let isEnding = false;
  const hint = { get: () => hinted, set: (value: boolean) => void (hinted = value) };
  const ending = { get: () => isEnding, set: (value: boolean) => void (isEnding = value) };
  const tell = vi.fn();
  const refresh = vi.fn(async (): Promise<Login | null> => loginOf('first'));
  const revoke = vi.fn(async () => undefined);
  const all = { refresh, revoke, exclusive: oneByOne(), tell, now: () => 0, hint, ending, ...deps };
  return { session: createSession(all), refresh: all.refresh, revoke, tell, hint, ending: all.ending };
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
    expect(tell).toHaveBeenLastCalledWith({ type: 'out', ended: true });
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
    await session.end();
    expect(await session.token()).toBeNull();
    expect(await session.renewed('first')).toBeNull();
    expect(refresh).not.toHaveBeenCalled();
  });
});

test('two tabs that need a token at once make one refresh', async () => {
  // One lock for all the tabs of a browser, as `navigator.locks` gives it.
  const exclusive = oneByOne();
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
  session.hear({ type: 'out', ended: false });
  expect(session.state()).toEqual({ status: 'out', ended: false });
  expect(heard).toHaveBeenCalledTimes(1);
});

describe('a logout', () => {
  /** A refresh that is answered when it is told to be. */
  function slowRefresh() {
    const answer = Promise.withResolvers<Login | null>();
    return { refresh: () => answer.promise, answer };
  }

  test.each<[string, Login | null]>([
    ['a token', loginOf('late')],
    ['that nobody is there', null],
  ])('is not undone by a refresh on its way that brings %s', async (_, late) => {
    const { refresh, answer } = slowRefresh();
    const { session, revoke, tell } = tab({ refresh });
    session.begin(loginOf('first', 1000));
    const token = session.token();
    await Promise.resolve();
    const ended = session.end();
    expect(revoke).not.toHaveBeenCalled();
    answer.resolve(late);
    expect(await token).toBeNull();
    await ended;
    expect(revoke).toHaveBeenCalledTimes(1);
    expect(session.state()).toEqual({ status: 'out', ended: false });
    expect(tell).toHaveBeenLastCalledWith({ type: 'out', ended: false });
  });

  test('in another tab ends this one, whatever is on its way', async () => {
    const { refresh, answer } = slowRefresh();
    const { session, tell, ending } = tab({ refresh });
    const token = session.token();
    await Promise.resolve();
    // The other tab has left its mark; what it told has not come yet.
    ending.set(true);
    answer.resolve(loginOf('late'));
    expect(await token).toBeNull();
    expect(session.state().status).not.toBe('in');
    expect(tell).not.toHaveBeenCalled();
    session.hear({ type: 'in', login: loginOf('late') });
    expect(session.state().status).not.toBe('in');
  });

  test('whoever comes meanwhile stays', async () => {
    const { refresh, answer } = slowRefresh();
    const { session } = tab({ refresh });
    session.begin(loginOf('first', 1000));
    const token = session.token();
    await Promise.resolve();
    session.begin(loginOf('second'));
    answer.resolve(null);
    expect(await token).toBe('second');
    expect(session.state().status).toBe('in');
  });

  test('that the server has not heard of is told again, and nobody is in until then', async () => {
    const revoke = vi.fn(async () => undefined).mockRejectedValueOnce(new Error('no line'));
    const { session, ending } = tab({ revoke });
    session.begin(loginOf('first'));
    await expect(session.end()).rejects.toThrow('no line');
    expect([session.state().status, ending.get()]).toEqual(['out', true]);
    expect(await session.token()).toBeNull();
    await session.finishEnding();
    expect(ending.get()).toBe(false);
    await session.finishEnding();
    expect(revoke).toHaveBeenCalledTimes(2);
  });

  test('that is still to be told does not end the login that comes after it', async () => {
    const revoke = vi.fn(async () => Promise.reject(new Error('no line')));
    const { session } = tab({ revoke });
    await expect(session.end()).rejects.toThrow('no line');
    session.begin(loginOf('second'));
    await session.finishEnding();
    expect(revoke).toHaveBeenCalledTimes(1);
    expect(await session.token()).toBe('second');
  });
});

test.each<[string, LockManager | undefined]>([
  ['has no locks', undefined],
  [
    'refuses them',
    { request: () => Promise.reject(new DOMException('no', 'SecurityError')) } as unknown as LockManager,
  ],
])('where a browser %s a tab keeps its own order', async (_, locks) => {
  const exclusive = oneByOneInAllTabs(locks, 'x');
  const seen: string[] = [];
  const first = exclusive(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.push('first');
  });
  const second = exclusive(async () => void seen.push('second'));
  await Promise.all([first, second]);
  expect(seen).toEqual(['first', 'second']);
  const failing = vi.fn(async () => Promise.reject(new Error('work')));
  await expect(exclusive(failing)).rejects.toThrow('work');
  expect(failing).toHaveBeenCalledTimes(1);
});
