type Work<T> = () => Promise<T>;

/** One after the other, in this tab. */
export function oneByOne(): <T>(work: Work<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * One after the other, in all tabs. Browsers know locks on secure addresses only, and refuse them where they may store
 * nothing: there each tab is on its own.
 */
export function oneByOneInAllTabs(locks: LockManager | undefined, name: string): <T>(work: Work<T>) => Promise<T> {
  const alone = oneByOne();
  return async <T>(work: Work<T>): Promise<T> => {
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return work();
    };
    try {
      return locks ? ((await locks.request(name, begin)) as T) : await alone(begin);
    } catch (error) {
      if (hasBegun) throw error;
      return alone(work);
    }
  };
}
