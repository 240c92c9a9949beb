import { GetObjectCommand, S3Client, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { GeoCropError } from '#shared/domain/errors.ts';
import { brokenScene } from './broken-scene.ts';
import { collectExactly } from './collect-body.ts';
import { rangedSource, type RangeReply } from './ranged-source.ts';
import {
  defaultDeadlineLimits,
  requestDeadline,
  type DeadlineLimits,
  type RequestDeadline,
} from './request-deadline.ts';
import { defaultRetryPolicy, TransientError, withRetries, type RetryPolicy } from './retry.ts';
import type { ByteSource } from './source.ts';

/** The part of an S3 client that reading needs. */
export interface S3Reader {
  send(command: GetObjectCommand, options?: { abortSignal?: AbortSignal }): Promise<GetObjectCommandOutput>;
}

export interface S3SourceOptions {
  retry?: Partial<RetryPolicy> | undefined;
  limits?: Partial<DeadlineLimits> | undefined;
  /** Bytes of the first request. */
  headBytes?: number | undefined;
}

export interface UnsignedS3Options {
  region: string;
  /** For a server other than Amazon's; addressed path-style. */
  endpoint?: string | undefined;
}

/** A client for public buckets: requests carry no signature, so no credentials are looked for. */
export function unsignedS3Client({ region, endpoint }: UnsignedS3Options): S3Client {
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    credentials: { accessKeyId: 'unsigned', secretAccessKey: 'unsigned' },
    signer: { sign: async (request) => request },
    maxAttempts: 1,
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

interface S3Address {
  Bucket: string;
  Key: string;
}

/** Splits `s3://bucket/key`; the key is taken as it stands, percent signs included. */
export function parseS3(href: string): S3Address {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.{1,1024})$/.exec(href);
  if (match) return { Bucket: match[1], Key: match[2] };
  throw new GeoCropError('invalid-source', `"${href}" is no S3 address: s3://bucket/key is expected`, {
    field: 'source',
  });
}

/** Reads an object by ranged GetObject requests; trouble is sorted as in `httpSource`. */
export function s3Source(client: S3Reader, href: string, options: S3SourceOptions = {}): ByteSource {
  const address = parseS3(href);
  const policy = { ...defaultRetryPolicy, ...options.retry };
  const limits = { ...defaultDeadlineLimits, ...options.limits };
  async function attempt(offset: number, length: number, signal?: AbortSignal): Promise<RangeReply> {
    const deadline = requestDeadline(limits, signal);
    try {
      return await getRange(client, address, href, { offset, length }, deadline);
    } catch (error) {
      if (isEmptyObject(error)) return { offset: 0, bytes: new Uint8Array(), total: 0 };
      throw deadline.signal.aborted ? deadline.signal.reason : s3Error(href, error);
    } finally {
      deadline.stop();
    }
  }
  return rangedSource(
    href,
    (offset, length, signal) => withRetries(href, () => attempt(offset, length, signal), policy, signal),
    options.headBytes,
  );
}

async function getRange(
  client: S3Reader,
  address: S3Address,
  href: string,
  { offset, length }: { offset: number; length: number },
  deadline: RequestDeadline,
): Promise<RangeReply> {
  const Range = `bytes=${offset}-${offset + length - 1}`;
  const output = await client.send(new GetObjectCommand({ ...address, Range }), { abortSignal: deadline.signal });
  deadline.progress();
  const match = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(output.ContentRange ?? '');
  if (!match || Number(match[1]) !== offset) throw brokenScene(href, 'the server ignores range requests');
  const total = Number(match[2]);
  const body = output.Body as unknown as AsyncIterable<Uint8Array>;
  const bytes = await collectExactly(
    href,
    abortable(body, deadline),
    Math.min(length, total - offset),
    deadline.progress,
  );
  return { offset, bytes, total, version: output.ETag };
}

/** The SDK's signal ends with the response's head; the body is let go by destroying its stream. */
async function* abortable(body: AsyncIterable<Uint8Array>, { signal }: RequestDeadline): AsyncGenerator<Uint8Array> {
  const stop = () => {
    if ('destroy' in body && typeof body.destroy === 'function') body.destroy(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) throw signal.reason;
    yield* body;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface S3Failure {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  ActualObjectSize?: string;
}

function isEmptyObject(error: unknown): boolean {
  const { name, $metadata, ActualObjectSize } = (error ?? {}) as S3Failure;
  return (name === 'InvalidRange' || $metadata?.httpStatusCode === 416) && (ActualObjectSize ?? '0') === '0';
}

function s3Error(href: string, error: unknown): unknown {
  if (error instanceof GeoCropError || error instanceof TransientError) return error;
  const { name, message, $metadata } = error as S3Failure;
  const status = $metadata?.httpStatusCode;
  if (name === 'CredentialsProviderError')
    return new GeoCropError('invalid-source', `${href} needs S3 credentials, and none are configured`, {
      cause: error,
    });
  if (status === undefined || status === 429 || status === 408 || status >= 500 || name === 'SlowDown')
    return new TransientError(`S3 answers ${name ?? ''} ${message ?? ''}`.trim(), { cause: error });
  return brokenScene(href, `S3 answers ${status} ${name ?? ''}`.trim(), error);
}
