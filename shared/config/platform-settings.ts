import { resolve } from 'node:path';
import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { setVariables } from './set-variables.ts';

const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('port to listen on'),
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  PUBLIC_URL: httpUrl.optional().describe('address of the deployment as its users know it; issuer of the tokens'),
  GEOCROP_HOME: z.string().min(1).default('.geocrop').describe('folder for everything that is kept'),
  DATABASE_URL: z.string().min(1).optional().describe('PostgreSQL with PostGIS, as postgres://...'),
  GEOCROP_SIGNING_KEY: z.string().min(1).optional().describe('private Ed25519 key that signs tokens, a JWK'),
  GEOCROP_SIGNING_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('file with that key; else signing-key.json in the home'),
  GEOCROP_JWKS_URL: httpUrl.optional().describe('where functions get the public keys that tokens are checked with'),
  GEOCROP_ADMIN_PASSWORD: z.string().optional().describe('password of the first admin, where a Secret gives it'),
  GEOCROP_SOURCES: z
    .string()
    .min(1)
    .optional()
    .describe('file with the list of sources; else sources.json in the home, else the samples'),
  GEOCROP_RECRUITER_JOBS: z.coerce.number().int().min(0).default(5).describe('submissions of a recruiter, for ever'),
  GEOCROP_ANALYST_OPEN_JOBS: z.coerce.number().int().min(0).default(50).describe('open jobs of an analyst at one time'),
  GEOCROP_LEASE_S: z.coerce
    .number()
    .positive()
    .max(600)
    .default(30)
    .describe('seconds a worker owns a chunk at a time'),
  GEOCROP_HEARTBEAT_S: z.coerce.number().positive().max(200).default(3).describe('seconds between renewals of a lease'),
  GEOCROP_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe('trusted proxies before the function; each adds one entry to X-Forwarded-For'),
  GEOCROP_DRAIN_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(2000)
    .describe('milliseconds to go on serving after SIGTERM'),
  GEOCROP_BASEMAP_URL: z
    .string()
    .regex(/^https:\/\/[^\s'";,]+\{z\}[^\s'";,]*$/, 'it must be a https address with {z}, {x} and {y}')
    .optional()
    .describe('tiles of a base map, as https://host/{z}/{x}/{y}.png; else outlines that come with the program'),
  GEOCROP_BASEMAP_ATTRIBUTION: z.string().max(200).default('').describe('whom the base map is to be credited to'),
  GEOCROP_CHUNKS_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('chunks that a worker computes at once: neighbours share what they read, each takes up to 120 MB'),
  GEOCROP_KEEP_RESULTS_DAYS: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .optional()
    .describe('days that results are kept after the end of their job; else for ever'),
  GEOCROP_KEEP_PARTS_DAYS: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(30)
    .describe('days that finished chunks are kept after their last use, for jobs that can use them again'),
  GEOCROP_HOME_MAX_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe('bytes that the home, or the bucket of results, may take: above, old parts go, then old results'),
  GEOCROP_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level logged'),
  K_SERVICE: z.string().default('').describe('name of the function, set by Knative'),
  K_REVISION: z.string().default('').describe('its revision, set by Knative'),
  K_CONFIGURATION: z.string().default('').describe('its configuration, set by Knative'),
  GEOCROP_OBJECTS_S3_ENDPOINT: httpUrl.optional().describe('S3 server for parts and results; else folders in the home'),
  GEOCROP_OBJECTS_S3_REGION: z.string().min(1).default('us-east-1').describe('region of that server'),
  GEOCROP_OBJECTS_S3_ACCESS_KEY: z.string().min(1).optional().describe('who asks that server'),
  GEOCROP_OBJECTS_S3_SECRET_KEY: z.string().min(1).optional().describe('the secret of that key'),
  GEOCROP_OBJECTS_BUCKET_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'it must be lower-case letters, digits and hyphens')
    .default('geocrop')
    .describe('what the names of the buckets begin with, before -results and the others'),
  GEOCROP_SQS_ENDPOINT: httpUrl.optional().describe('SQS server for the queues; else a table of the database'),
  GEOCROP_SQS_REGION: z.string().min(1).default('us-east-1').describe('region of that server'),
  GEOCROP_SQS_ACCESS_KEY: z.string().min(1).default('anyone').describe('who asks that server; ElasticMQ takes any'),
  GEOCROP_SQS_SECRET_KEY: z.string().min(1).default('anyone').describe('the secret of that key'),
  GEOCROP_SQS_QUEUE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,40}$/, 'it must be letters, digits, - and _')
    .default('')
    .describe('what the names of the queues begin with'),
});

export interface PlatformSettings {
  port: number;
  host: string;
  publicUrl: string | undefined;
  home: string;
  databaseUrl: string | undefined;
  /** A JWK as JSON; else it lies in `signingKeyFile`. */
  signingKey: string | undefined;
  signingKeyFile: string;
  jwksUrl: string | undefined;
  adminPassword: string | undefined;
  /** Null: the list in the home, or the one that comes with the program. */
  sourcesFile: string | null;
  quotas: { recruiterJobs: number; analystOpenJobs: number };
  leases: { leaseSeconds: number; heartbeatSeconds: number; maxTries: number };
  /** What is kept for how long, and how much; null: no limit. */
  retention: { keepResultsDays: number | null; keepPartsDays: number; maxBytes: number | null };
  /** Chunks that a worker computes at once. */
  chunksAtOnce: number;
  proxies: number;
  drainMs: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Null: the outlines that come with the program. */
  basemap: { url: string; attribution: string } | null;
  service: { name: string; revision: string; configuration: string };
  /** The S3 server of parts and results; null: folders in the home. */
  objects: (ServerAccess & { bucketPrefix: string }) | null;
  /** The SQS server; null: the database. */
  sqs: (ServerAccess & { queuePrefix: string }) | null;
}

interface ServerAccess {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** The settings of a function from its environment; refuses a variable that cannot be used, by its name, never its value. */
export function readPlatformSettings(env: NodeJS.ProcessEnv = process.env): PlatformSettings {
  const parsed = schema.safeParse(setVariables(env));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`the environment variable ${issue.path.join('.')} cannot be used: ${issue.message}`);
  }
  const values = parsed.data;
  const home = resolve(values.GEOCROP_HOME);
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    home,
    databaseUrl: values.DATABASE_URL,
    signingKey: values.GEOCROP_SIGNING_KEY,
    signingKeyFile: resolve(home, values.GEOCROP_SIGNING_KEY_FILE ?? 'signing-key.json'),
    jwksUrl: values.GEOCROP_JWKS_URL,
    adminPassword: values.GEOCROP_ADMIN_PASSWORD,
    sourcesFile: values.GEOCROP_SOURCES ? resolve(values.GEOCROP_SOURCES) : null,
    quotas: { recruiterJobs: values.GEOCROP_RECRUITER_JOBS, analystOpenJobs: values.GEOCROP_ANALYST_OPEN_JOBS },
    chunksAtOnce: values.GEOCROP_CHUNKS_AT_ONCE,
    leases: { leaseSeconds: values.GEOCROP_LEASE_S, heartbeatSeconds: values.GEOCROP_HEARTBEAT_S, maxTries: 5 },
    retention: {
      keepResultsDays: values.GEOCROP_KEEP_RESULTS_DAYS ?? null,
      keepPartsDays: values.GEOCROP_KEEP_PARTS_DAYS,
      maxBytes: values.GEOCROP_HOME_MAX_BYTES ?? null,
    },
    proxies: values.GEOCROP_PROXIES,
    drainMs: values.GEOCROP_DRAIN_MS,
    logLevel: values.GEOCROP_LOG_LEVEL,
    basemap: values.GEOCROP_BASEMAP_URL
      ? { url: values.GEOCROP_BASEMAP_URL, attribution: values.GEOCROP_BASEMAP_ATTRIBUTION }
      : null,
    service: { name: values.K_SERVICE, revision: values.K_REVISION, configuration: values.K_CONFIGURATION },
    objects: objectsOf(values),
    sqs: sqsOf(values),
  };
}

/** A setting that this process cannot do without. */
export function needSetting(value: string | undefined, variable: string): string {
  if (value) return value;
  throw new GeoCropError('setup-missing', `the environment variable ${variable} is not set`);
}

type Values = z.infer<typeof schema>;

function objectsOf(values: Values): PlatformSettings['objects'] {
  if (!values.GEOCROP_OBJECTS_S3_ENDPOINT) return null;
  return {
    endpoint: values.GEOCROP_OBJECTS_S3_ENDPOINT,
    region: values.GEOCROP_OBJECTS_S3_REGION,
    credentials: {
      accessKeyId: needSetting(values.GEOCROP_OBJECTS_S3_ACCESS_KEY, 'GEOCROP_OBJECTS_S3_ACCESS_KEY'),
      secretAccessKey: needSetting(values.GEOCROP_OBJECTS_S3_SECRET_KEY, 'GEOCROP_OBJECTS_S3_SECRET_KEY'),
    },
    bucketPrefix: values.GEOCROP_OBJECTS_BUCKET_PREFIX,
  };
}

function sqsOf(values: Values): PlatformSettings['sqs'] {
  if (!values.GEOCROP_SQS_ENDPOINT) return null;
  return {
    endpoint: values.GEOCROP_SQS_ENDPOINT,
    region: values.GEOCROP_SQS_REGION,
    credentials: { accessKeyId: values.GEOCROP_SQS_ACCESS_KEY, secretAccessKey: values.GEOCROP_SQS_SECRET_KEY },
    queuePrefix: values.GEOCROP_SQS_QUEUE_PREFIX,
  };
}

/** The variables from which another process reads the same servers. */
export function serverEnvironment({ objects, sqs }: Pick<PlatformSettings, 'objects' | 'sqs'>): Record<string, string> {
  return {
    ...(objects && {
      GEOCROP_OBJECTS_S3_ENDPOINT: objects.endpoint,
      GEOCROP_OBJECTS_S3_REGION: objects.region,
      GEOCROP_OBJECTS_S3_ACCESS_KEY: objects.credentials.accessKeyId,
      GEOCROP_OBJECTS_S3_SECRET_KEY: objects.credentials.secretAccessKey,
      GEOCROP_OBJECTS_BUCKET_PREFIX: objects.bucketPrefix,
    }),
    ...(sqs && {
      GEOCROP_SQS_ENDPOINT: sqs.endpoint,
      GEOCROP_SQS_REGION: sqs.region,
      GEOCROP_SQS_ACCESS_KEY: sqs.credentials.accessKeyId,
      GEOCROP_SQS_SECRET_KEY: sqs.credentials.secretAccessKey,
      GEOCROP_SQS_QUEUE_PREFIX: sqs.queuePrefix,
    }),
  };
}
