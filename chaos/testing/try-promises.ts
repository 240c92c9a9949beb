import { expect, test } from 'vitest';
import { findServices } from '../../services/find-services.ts';
import { servicesCache } from '#shared/testing/services/service-cache.ts';
import { missingNeeds } from '../missing-needs.ts';
import type { ChaosPromise } from '../promise.ts';
import { allKept, runPromises } from '../run-promises.ts';

const seed = 7;
/** Of each goal; a promise's own least number of attempts is more than that where one shows nothing. */
const share = 0.005;

/** A test for each, which tries it a few times with the code of the full run. */
export function tryPromises(promises: readonly ChaosPromise[], env: NodeJS.ProcessEnv): void {
  const cache = servicesCache();
  for (const promise of promises) {
    const missing = missingNeeds(promise, findServices(cache));
    // Where nothing may be skipped it runs, and fails with what is missing.
    const isTried = missing.length === 0 || env.GEOCROP_REQUIRE_ALL === '1';
    const name = [promise.name, ...missing.map((what) => `needs ${what}`)].join(', ');
    test.skipIf(!isTried)(name, { timeout: 400_000 }, async () => {
      const said: string[] = [];
      const rows = await runPromises([promise], { share, seed, cache, say: (text) => void said.push(text) });
      expect(rows.length, said.join('\n')).toBeGreaterThan(0);
      expect(allKept(rows), `${JSON.stringify(rows, null, 2)}\n${said.join('\n')}`).toBe(true);
    });
  }
}
