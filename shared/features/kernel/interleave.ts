/** Code that is written step by step, so that steps of several can be written in turns. */
export type Steps<R> = Generator<undefined, R>;

/** Writes steps of several in turns, to their ends; returns what they return. */
export function interleave<R extends unknown[]>(...steps: { [K in keyof R]: Steps<R[K]> }): R {
  const results: unknown[] = steps.map(() => undefined);
  const open = new Set<number>(steps.keys());
  while (open.size > 0)
    for (const i of open) {
      const { done, value } = steps[i].next();
      if (!done) continue;
      results[i] = value;
      open.delete(i);
    }
  return results as R;
}
