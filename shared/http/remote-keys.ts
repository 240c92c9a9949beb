import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { GeoCropError } from '#shared/domain/errors.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A server that just failed is left alone for this long. */
const pauseAfterFailureMs = 1000;

export interface RemoteKeysOptions {
  now?: (() => number) | undefined;
  /** How long to wait for the key set. */
  timeoutMs?: number | undefined;
}

/**
 * The public keys at `url`, fetched at the first need and kept for 10 minutes; a token with an unknown key fetches again, but
 * not within 30 s of the last time. Keys that cannot be had are `unavailable`, not the token's fault.
 */
export function remoteKeys(url: string, fetchKeys: Fetch, options: RemoteKeysOptions = {}): JWTVerifyGetKey {
  const { now = Date.now, timeoutMs = 3000 } = options;
  let failedAt = -Infinity;
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeoutMs,
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
    [customFetch]: async (address, init) => {
      if (now() - failedAt < pauseAfterFailureMs) throw new Error('the last attempt has only just failed');
      return fetchKeys(address, init);
    },
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (isKeyError(error)) throw error;
      if (now() - failedAt >= pauseAfterFailureMs) failedAt = now();
      throw new GeoCropError(
        'unavailable',
        'the keys that tokens are checked with cannot be had now; try again shortly',
        {
          cause: error,
        },
      );
    }
  };
}

/** Errors that are about the token's key, not about reaching the set. */
const isKeyError = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

/** The keys of a set that is at hand. */
export const localKeys = createLocalJWKSet;
