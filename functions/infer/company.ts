/** Runs work beside other work, or alone: then whatever runs is waited for, and nothing else begins. */
export type Company = <T>(isAlone: boolean, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  isAlone: boolean;
  start: () => void;
}

/** Lets work in, in the order in which it came. */
export function keepCompany(): Company {
  const waiting: Waiting[] = [];
  let running = 0;
  let isAlone = false;

  function startMore(): void {
    for (let next = waiting[0]; next && !isAlone && !(next.isAlone && running > 0); next = waiting[0]) {
      waiting.shift();
      running++;
      isAlone = next.isAlone;
      next.start();
    }
  }

  return async (alone, work) => {
    await new Promise<void>((start) => {
      waiting.push({ isAlone: alone, start });
      startMore();
    });
    try {
      return await work();
    } finally {
      running--;
      isAlone = false;
      startMore();
    }
  };
}
