import { S3Client } from '@aws-sdk/client-s3';

/** Where an S3 server is and who asks it. */
export interface S3Settings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** How long and how often a server is asked before it counts as unavailable. */
export interface S3Limits {
  tries: number;
  /** Before the second try; each further pause is twice as long. */
  pauseMs: number;
  connectMs: number;
  /** A server that says nothing for so long has failed once. */
  silenceMs: number;
}

export const defaultS3Limits: S3Limits = { tries: 4, pauseMs: 250, connectMs: 5000, silenceMs: 20_000 };

/** A bucket of a server, and how it is asked. */
export interface S3Bucket {
  client: S3Client;
  endpoint: string;
  bucket: string;
  limits: S3Limits;
}

/** A client for any S3 server, addressed path-style. Tries are counted by `s3Request`, which sees bodies as well. */
export function openS3Client(settings: S3Settings, limits: S3Limits = defaultS3Limits): S3Client {
  return new S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    credentials: settings.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: limits.connectMs,
      requestTimeout: limits.connectMs + limits.silenceMs,
      throwOnRequestTimeout: true,
    },
  });
}
