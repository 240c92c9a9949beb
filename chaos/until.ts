import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until it is there; fails after so long with what there was. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  isThere: (found: Awaited<T>) => boolean,
  { ms = 120_000, everyMs = 50 }: { ms?: number; everyMs?: number } = {},
): Promise<Awaited<T>> {
  for (const end = Date.now() + ms; ; await sleep(everyMs)) {
    const found = await look();
    if (isThere(found)) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}; there is ${JSON.stringify(found)}`);
  }
}
