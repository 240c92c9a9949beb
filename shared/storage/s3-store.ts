import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { checkKey, sortedKeys, type ObjectStore } from './object-store.ts';
import { readS3Body } from './s3-body.ts';
import type { S3Bucket } from './s3-client.ts';
import { S3ReplyError, s3Failure, s3Request, s3Status } from './s3-request.ts';
import { partBytes, putPieces, putWhole } from './s3-upload.ts';

/** Larger objects are read by ranges. */
const mostBytesAtOnce = 2 ** 29;

/** Objects in a bucket of an S3 server. */
export function s3Store(at: S3Bucket): ObjectStore {
  const isBucketThere = oncePassed(() => s3Request(at, '', () => firstPage(at)));
  return {
    get: async (key) => s3Request(at, checkKey(key), () => getWhole(at, key)),
    getRange: async (key, offset, length) => getRange(at, checkKey(key), offset, length, isBucketThere),
    put: async (key, bytes) =>
      bytes.length > partBytes
        ? putPieces(at, checkKey(key), (sink) => sink.write(bytes))
        : putWhole(at, checkKey(key), bytes),
    putStream: async (key, write) => putPieces(at, checkKey(key), write),
    size: async (key) => sizeOf(at, checkKey(key), isBucketThere),
    list: (prefix) => sortedKeys(keysUnder(at, prefix)),
    keys: (prefix) => keysUnder(at, prefix),
    async bytes(prefix) {
      let sum = 0;
      for await (const { bytes } of listed(at, prefix)) sum += bytes;
      return sum;
    },
    async delete(key) {
      const address = { Bucket: at.bucket, Key: checkKey(key) };
      await s3Request(at, key, () => at.client.send(new DeleteObjectCommand(address)));
    },
  };
}

/** Runs until it has once succeeded. */
function oncePassed(run: () => Promise<unknown>): () => Promise<void> {
  let passed: Promise<unknown> | undefined;
  return async () => {
    passed ??= run();
    await passed.catch((error: unknown) => {
      passed = undefined;
      throw error;
    });
  };
}

async function getWhole(at: S3Bucket, key: string): Promise<Uint8Array | null> {
  const answer = await at.client
    .send(new GetObjectCommand({ Bucket: at.bucket, Key: key }))
    .catch((error: unknown): null => {
      if (s3Failure(error).name === 'NoSuchKey') return null;
      throw error;
    });
  if (answer === null) return null;
  if ((answer.ContentLength ?? 0) > mostBytesAtOnce) {
    dropBody(answer);
    throw new RangeError(`the object ${key} of ${answer.ContentLength} bytes is too large to be read at once`);
  }
  return readS3Body(answer.Body, answer.ContentLength, at.limits.silenceMs);
}

function dropBody({ Body }: GetObjectCommandOutput): void {
  (Body as unknown as { destroy?: () => void } | undefined)?.destroy?.();
}

async function getRange(
  at: S3Bucket,
  key: string,
  offset: number,
  length: number,
  isBucketThere: () => Promise<void>,
): Promise<Uint8Array> {
  if (length > 0) return s3Request(at, key, () => getBytes(at, key, offset, length));
  // S3 has no range of no bytes.
  if ((await sizeOf(at, key, isBucketThere)) === null) throw new Error(`there is no object ${key}`);
  return new Uint8Array(0);
}

async function getBytes(at: S3Bucket, key: string, offset: number, length: number): Promise<Uint8Array> {
  const Range = `bytes=${offset}-${offset + length - 1}`;
  const answer = await at.client.send(new GetObjectCommand({ Bucket: at.bucket, Key: key, Range }));
  const range = /^bytes (\d{1,15})-(\d{1,15})\//.exec(answer.ContentRange ?? '');
  if (!range || Number(range[1]) !== offset || answer.ContentLength !== Number(range[2]) - offset + 1) {
    dropBody(answer);
    throw new S3ReplyError(`${Range} was asked for and ${answer.ContentRange ?? 'all'} came`);
  }
  const bytes = await readS3Body(answer.Body, answer.ContentLength, at.limits.silenceMs);
  if (bytes.length !== length) throw new RangeError(`${key} ends before byte ${offset + length}`);
  return bytes;
}

/**
 * HEAD has no body: an object that is not there, a bucket that is not there and, at some servers, a key of access that
 * nobody knows are all told by 404. So the first one is believed only where the bucket can be read.
 */
async function sizeOf(at: S3Bucket, key: string, isBucketThere: () => Promise<void>): Promise<number | null> {
  const address = { Bucket: at.bucket, Key: key };
  const answer = await s3Request(at, key, () =>
    at.client.send(new HeadObjectCommand(address)).catch((error: unknown): null => {
      if (s3Status(error) === 404) return null;
      throw error;
    }),
  );
  if (answer === null) {
    await isBucketThere();
    return null;
  }
  if (answer.ContentLength === undefined) throw new Error(`the server does not say how long ${key} is`);
  return answer.ContentLength;
}

const firstPage = (at: S3Bucket) => at.client.send(new ListObjectsV2Command({ Bucket: at.bucket, MaxKeys: 1 }));

async function* keysUnder(at: S3Bucket, prefix: string): AsyncGenerator<string> {
  for await (const { key } of listed(at, prefix)) yield key;
}

/** What is held is one page. */
async function* listed(at: S3Bucket, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  let next: string | undefined;
  do {
    const page = { Bucket: at.bucket, Prefix: prefix, ContinuationToken: next };
    const answer = await s3Request(at, prefix, () => at.client.send(new ListObjectsV2Command(page)));
    for (const { Key, Size } of answer.Contents ?? []) if (Key !== undefined) yield { key: Key, bytes: Size ?? 0 };
    if (answer.IsTruncated && (!answer.NextContinuationToken || answer.NextContinuationToken === next))
      throw new Error(`the object store at ${at.endpoint} does not go on listing ${at.bucket}/${prefix}`);
    next = answer.IsTruncated ? answer.NextContinuationToken : undefined;
  } while (next !== undefined);
}
