import { expect, test } from 'vitest';
import { safeStorage } from './safe-storage.ts';

const refuse = (name: string) => () => {
  throw new DOMException('no', name);
};

function realStorage(changed: Partial<Storage> = {}) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    ...changed,
  };
  return { kept, storage: storage as Storage };
}

test('keeps what is told where the browser allows it', () => {
  const { kept, storage } = realStorage();
  const safe = safeStorage(() => storage);
  safe.setItem('a', '1');
  expect([kept.get('a'), safe.getItem('a'), safe.getItem('b')]).toEqual(['1', '1', null]);
  safe.removeItem('a');
  expect(kept.size).toBe(0);
});

test.each<[string, () => Storage]>([
  ['forbids storage', refuse('SecurityError')],
  ['has no storage', () => null as unknown as Storage],
  [
    'forbids every call',
    () => {
      const no = refuse('SecurityError');
      return { getItem: no, setItem: no, removeItem: no } as unknown as Storage;
    },
  ],
])('a browser that %s costs the memory of other pages, nothing else', (_name, open) => {
  const safe = safeStorage(open);
  expect(safe.getItem('a')).toBeNull();
  safe.setItem('a', '1');
  expect(safe.getItem('a')).toBe('1');
  safe.removeItem('a');
  expect(safe.getItem('a')).toBeNull();
});

test('a storage that is full still tells the newest value', () => {
  const { kept, storage } = realStorage({ setItem: refuse('QuotaExceededError') });
  kept.set('a', 'old');
  const safe = safeStorage(() => storage);
  safe.setItem('a', 'new');
  expect(safe.getItem('a')).toBe('new');
});
