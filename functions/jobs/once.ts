/** Makes a thing when it is first asked for, and keeps it; what failed is tried again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () =>
    (made ??= make().catch((error) => {
      made = null;
      throw error;
    }));
}
