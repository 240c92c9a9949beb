/** Lets so many tasks run at one time; the next wait for their turn, in the order in which they came. */
export function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      // The place goes to whoever waits longest; it is never free in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
