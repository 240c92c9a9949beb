import { join, resolve } from 'node:path';
import { z } from 'zod';
import { defaultAoiLimits } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { setVariables } from './set-variables.ts';

const schema = z.object({
  GEOCROP_HOME: z.string().min(1).default('.geocrop').describe('folder for everything that is kept'),
  GEOCROP_MAX_RADIUS_M: z.coerce
    .number()
    .positive()
    .default(defaultAoiLimits.maxRadiusM)
    .describe('largest radius of an AOI, metres'),
  GEOCROP_MAX_AREA_KM2: z.coerce
    .number()
    .positive()
    .default(defaultAoiLimits.maxAreaKm2)
    .describe('largest polygon, square kilometres'),
  GEOCROP_S3_REGION: z
    .string()
    .min(1)
    .default('af-south-1')
    .describe('region of the public bucket that s3:// assets are read from'),
  GEOCROP_S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'it must be a http or https address' })
    .optional()
    .describe('another S3 server to read s3:// assets from'),
  GEOCROP_HTTP_TIMEOUT_S: z.coerce
    .number()
    .positive()
    .max(600)
    .default(30)
    .describe('a catalog or file server that says nothing for so many seconds has failed once'),
  GEOCROP_HTTP_TRIES: z.coerce
    .number()
    .int()
    .min(1)
    .max(20)
    .default(5)
    .describe('how often a request is tried before the source counts as unavailable'),
});

export interface Settings {
  home: string;
  modelFolders: string[];
  limits: { maxRadiusM: number; maxAreaKm2: number };
  s3: { region: string; endpoint: string | undefined };
  http: { timeoutMs: number; tries: number };
}

/** The settings of a process from its environment; refuses a variable that cannot be used, by its name. */
export function readSettings(root: string, env: NodeJS.ProcessEnv = process.env): Settings {
  const parsed = schema.safeParse(setVariables(env));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new GeoCropError(
      'usage',
      `the environment variable ${issue.path.join('.')} cannot be used: ${issue.message}`,
    );
  }
  const values = parsed.data;
  const home = resolve(values.GEOCROP_HOME);
  return {
    home,
    modelFolders: [join(home, 'models'), join(root, 'samples', 'models')],
    limits: { maxRadiusM: values.GEOCROP_MAX_RADIUS_M, maxAreaKm2: values.GEOCROP_MAX_AREA_KM2 },
    s3: { region: values.GEOCROP_S3_REGION, endpoint: values.GEOCROP_S3_ENDPOINT },
    http: { timeoutMs: values.GEOCROP_HTTP_TIMEOUT_S * 1000, tries: values.GEOCROP_HTTP_TRIES },
  };
}
