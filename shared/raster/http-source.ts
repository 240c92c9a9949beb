import { GeoCropError } from '#shared/domain/errors.ts';
import { fetchFollowing, type AllowHref } from './http-redirect.ts';
import { readReply } from './http-reply.ts';
import { rangedSource, type RangeReply } from './ranged-source.ts';
import { defaultDeadlineLimits, requestDeadline, type DeadlineLimits } from './request-deadline.ts';
import { defaultRetryPolicy, TransientError, withRetries, type RetryPolicy } from './retry.ts';
import type { ByteSource } from './source.ts';

export interface HttpSourceOptions extends Partial<DeadlineLimits> {
  fetch?: typeof globalThis.fetch | undefined;
  retry?: Partial<RetryPolicy> | undefined;
  /** Asked about every redirect's target; without it a redirect may not leave the origin. */
  allowHref?: AllowHref | undefined;
  /** Bytes of the first request. */
  headBytes?: number | undefined;
  /** Largest file taken whole from a server that ignores ranges, bytes. */
  maxWholeFile?: number | undefined;
}

const defaultMaxWholeFile = 4 * 2 ** 20;

/** An address as it may appear in an error: a query can carry a signature. */
function publicName(url: URL): string {
  return `${url.origin}${url.pathname}${url.search ? '?...' : ''}`;
}

function parseHttp(href: string): URL {
  const url = URL.canParse(href) ? new URL(href) : null;
  const http = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (http && !url.username && !url.password) return url;
  throw new GeoCropError(
    'invalid-source',
    `"${url ? publicName(url) : href}" is no address that can be read: use http(s) without a user name in it`,
    { field: 'source' },
  );
}

/**
 * Reads a file by HTTP range requests. What may pass (429, 5xx, reset, timeout, stall, a body cut off) is retried and
 * ends as `source-unavailable`; what is broken for good (404, HTML, a redirect elsewhere) is `broken-scene` at once.
 */
export function httpSource(href: string, options: HttpSourceOptions = {}): ByteSource {
  const url = parseHttp(href);
  const name = publicName(url);
  const policy = { ...defaultRetryPolicy, ...options.retry };
  const attempt = (offset: number, length: number, signal?: AbortSignal) =>
    tryRange({ url, name, offset, length }, options, signal);
  return rangedSource(
    name,
    (offset, length, signal) => withRetries(name, () => attempt(offset, length, signal), policy, signal),
    options.headBytes,
  );
}

interface Target {
  url: URL;
  name: string;
  offset: number;
  length: number;
}

async function tryRange(target: Target, options: HttpSourceOptions, signal?: AbortSignal): Promise<RangeReply> {
  const deadline = requestDeadline({ ...defaultDeadlineLimits, ...definedLimits(options) }, signal);
  const fetch = options.fetch ?? globalThis.fetch;
  const headers = {
    range: `bytes=${target.offset}-${target.offset + target.length - 1}`,
    'accept-encoding': 'identity',
  };
  const request = (url: URL) => fetch(url, { headers, redirect: 'manual', signal: deadline.signal });
  try {
    const response = await fetchFollowing(target.name, target.url, request, options.allowHref);
    deadline.progress();
    const maxWholeFile = options.maxWholeFile ?? defaultMaxWholeFile;
    return await readReply({ ...target, maxWholeFile, onBytes: deadline.progress }, response);
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : asTransient(error);
  } finally {
    deadline.stop();
  }
}

function definedLimits({ timeoutMs, stallMs }: Partial<DeadlineLimits>): Partial<DeadlineLimits> {
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(stallMs !== undefined && { stallMs }) };
}

/** `fetch` reports every failure of the network as a TypeError whose cause says what happened. */
function asTransient(error: unknown): unknown {
  if (error instanceof GeoCropError || error instanceof TransientError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new TransientError(cause instanceof Error ? cause.message : String(cause), { cause: error });
}
