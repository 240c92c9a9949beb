/** Whether the work of a process has company. */
export interface Company {
  /** Resolves as soon as nobody is alone, or waits to be: no sooner should more work be asked for. */
  whenOpen(): Promise<void>;
  /**
   * Runs work beside other work, or alone, once what runs has ended.
   *
   * @returns null where somebody is alone, or waits to be: then the work has not begun
   */
  run<T>(isAlone: boolean, work: () => Promise<T>): Promise<T | null>;
}

export function keepCompany(): Company {
  let running = 0;
  let alone: PromiseWithResolvers<void> | null = null;
  let othersEnded: (() => void) | null = null;

  async function runBeside<T>(work: () => Promise<T>): Promise<T> {
    running++;
    try {
      return await work();
    } finally {
      if (--running === 0) othersEnded?.();
    }
  }

  async function runAlone<T>(work: () => Promise<T>): Promise<T> {
    const turn = (alone = Promise.withResolvers<void>());
    try {
      if (running > 0) await new Promise<void>((resolve) => (othersEnded = resolve));
      return await work();
    } finally {
      [alone, othersEnded] = [null, null];
      turn.resolve();
    }
  }

  return {
    async whenOpen() {
      while (alone) await alone.promise;
    },
    run: async (isAlone, work) => (alone ? null : isAlone ? runAlone(work) : runBeside(work)),
  };
}
