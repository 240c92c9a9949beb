/** Keeps what was made by key, the latest used; what could not be made is forgotten. */
export function kept<T>(most: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key, make) => {
    const value = made.get(key) ?? make();
    made.delete(key);
    made.set(key, value);
    value.catch(() => {
      if (made.get(key) === value) made.delete(key);
    });
    if (made.size > most) made.delete(made.keys().next().value!);
    return value;
  };
}
