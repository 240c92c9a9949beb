/** The state of one limit for one client. */
export interface RateLimit {
  /** Name of the policy, as `login`. */
  name: string;
  /** Requests allowed in a window. */
  limit: number;
  windowSeconds: number;
  remaining: number;
  /** Seconds until more are allowed. */
  resetSeconds: number;
}

/** `RateLimit` and `RateLimit-Policy` as of draft-ietf-httpapi-ratelimit-headers-10, `Retry-After` where nothing remains. */
export function rateLimitHeaders(state: RateLimit): Record<string, string> {
  const remaining = Math.max(0, Math.floor(state.remaining));
  const reset = Math.max(remaining > 0 ? 0 : 1, Math.ceil(state.resetSeconds));
  return {
    'RateLimit-Policy': `"${state.name}";q=${state.limit};w=${state.windowSeconds}`,
    RateLimit: `"${state.name}";r=${remaining};t=${reset}`,
    ...(remaining > 0 ? {} : { 'Retry-After': String(reset) }),
  };
}
