import { setTimeout as sleep } from 'node:timers/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { S3Bucket } from './s3-client.ts';

/** What the SDK throws: an answer of the server has a status, trouble on the way has a code. */
export interface S3Failure {
  name: string;
  message: string;
  code?: string | undefined;
  $metadata?: { httpStatusCode?: number | undefined } | undefined;
}

const whoIsAsking = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'XAdminUserNotFound',
  'XMinioInvalidAccessKeyId',
]);
const wrongRegion = new Set([
  'AuthorizationHeaderMalformed',
  'PermanentRedirect',
  'IllegalLocationConstraintException',
]);
const passing = new Set([
  'SlowDown',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'OperationAborted',
  'ServiceUnavailable',
]);

/** An answer that was cut short or not the one that was asked for; it may be whole at the next try. */
export class S3ReplyError extends Error {
  override readonly name = 'S3ReplyError';
}

export const s3Failure = (error: unknown): S3Failure => error as S3Failure;
export const s3Status = (error: unknown): number | undefined => s3Failure(error).$metadata?.httpStatusCode;

/** Runs one request, again where its trouble may pass, and says in the end what to do about it. */
export async function s3Request<T>(at: S3Bucket, key: string, attempt: () => Promise<T>): Promise<T> {
  const { tries, pauseMs } = at.limits;
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (n >= tries || !mayPass(error)) throw s3Problem(at, key, error);
      await sleep(pauseMs * 2 ** (n - 1) * (0.5 + Math.random() / 2));
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof GeoCropError) return false;
  const { name } = s3Failure(error);
  const status = s3Status(error);
  if (status === undefined) return isTroubleOnTheWay(error);
  if (isFull(name, status)) return false;
  return status >= 500 || status === 429 || status === 408 || passing.has(name);
}

const wayCode = /^(?!ERR_)|^ERR_(STREAM_PREMATURE_CLOSE|TLS|SSL|HTTP)/;

function isTroubleOnTheWay(error: unknown): boolean {
  const { name, code } = s3Failure(error);
  return error instanceof S3ReplyError || name === 'TimeoutError' || (typeof code === 'string' && wayCode.test(code));
}

const isFull = (name: string, status: number | undefined) => status === 507 || name === 'XMinioStorageFull';

/** What names a missing object is for the caller; all else is told to whoever runs the platform. */
const forTheCaller = new Set(['NoSuchKey', 'NoSuchUpload', 'NotFound', 'InvalidRange']);

function s3Problem(at: S3Bucket, key: string, error: unknown): unknown {
  const { name, message, code } = s3Failure(error);
  if (error instanceof GeoCropError || forTheCaller.has(name)) return error;
  const setup = setupProblem(at, error);
  if (setup) return new GeoCropError('setup-missing', setup, { cause: error });
  const status = s3Status(error);
  const store = `the object store at ${at.endpoint}`;
  if (isFull(name, status))
    return new GeoCropError('disk-full', `${store} is full; free some space, what is finished is kept`, {
      cause: error,
    });
  if (mayPass(error)) {
    const reason = `${status ?? code ?? name}: ${message || 'no answer'}`;
    const text = `${store} does not serve ${at.bucket}/${key} (${reason}); see that it runs and can be reached, then try again`;
    return new GeoCropError('unavailable', text, { cause: error, forOperator: true });
  }
  if (status === undefined) return error;
  return new Error(`${store} answers ${status} ${name} for ${at.bucket}/${key}: ${message}`, { cause: error });
}

/** What is wrong with how the server is set up, or with how we are told of it. */
function setupProblem({ endpoint, bucket }: S3Bucket, error: unknown): string | null {
  const { name, message } = s3Failure(error);
  const status = s3Status(error);
  if (name === 'NoSuchBucket')
    return `there is no bucket ${bucket} at ${endpoint}; make it, or name others by GEOCROP_OBJECTS_BUCKET_PREFIX`;
  if (wrongRegion.has(name))
    return `the object store at ${endpoint} is of another region (${message}); set GEOCROP_OBJECTS_S3_REGION`;
  if (whoIsAsking.has(name) || status === 401 || (status === 403 && !passing.has(name)))
    return `the object store at ${endpoint} refuses the bucket ${bucket} (${status} ${name}); check GEOCROP_OBJECTS_S3_ACCESS_KEY, its secret, and what that key may do`;
  return null;
}
