import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { findServices, type FoundServices } from '../../../services/find-services.ts';

/** Where the servers are: the cache of the checkout, or another that the run names. */
export const servicesCache = (): string =>
  process.env.GEOCROP_SERVICES_CACHE ?? fileURLToPath(new URL('../../../.cache/services', import.meta.url));

export const servicesHere = (): FoundServices => findServices(servicesCache());

/** Says that a suite did not run, and fails where nothing may be skipped. */
export function tellOfMissing(what: string): void {
  const name = `needs ${what}: npm run services:get`;
  if (process.env.GEOCROP_REQUIRE_ALL === '1')
    test(name, () => {
      throw new Error(`this run must not skip anything, and it ${name}`);
    });
  else test.skip(name);
}
