import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Bucket } from './s3-client.ts';
import { s3Failure, s3Request } from './s3-request.ts';

/** Makes a bucket where it is not there, and asks it for its objects: so it can really be used. */
export async function ensureS3Bucket(at: S3Bucket): Promise<void> {
  const Bucket = at.bucket;
  await s3Request(at, '', () =>
    at.client.send(new CreateBucketCommand({ Bucket })).catch((error: unknown) => {
      if (s3Failure(error).name !== 'BucketAlreadyOwnedByYou') throw error;
    }),
  );
  await s3Request(at, '', () => at.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })));
}
