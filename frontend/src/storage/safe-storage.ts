/** The part of a browser's storage that the page needs. */
export type SafeStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

/** A storage that never throws: what the browser forbids or has no room for is kept as long as the page lives. */
export function safeStorage(open: () => Storage): SafeStorage {
  const storage = attempt(open, null);
  const memory = new Map<string, string>();
  return {
    getItem: (key) => memory.get(key) ?? attempt(() => storage?.getItem(key) ?? null, null),
    setItem(key, value) {
      memory.delete(key);
      const isKept = storage !== null && attempt(() => (storage.setItem(key, value), true), false);
      if (!isKept) memory.set(key, value);
    },
    removeItem(key) {
      memory.delete(key);
      attempt(() => storage?.removeItem(key), undefined);
    },
  };
}
