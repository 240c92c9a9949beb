import { join, resolve } from 'node:path';
import { z } from 'zod';
import { defaultAoiLimits } from '#shared/domain/aoi.ts';

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
    .default('af-south-1')
    .describe('region of the public bucket that s3:// assets are read from'),
  GEOCROP_S3_ENDPOINT: z.string().optional().describe('another S3 server to read s3:// assets from'),
});

export interface Settings {
  home: string;
  modelFolders: string[];
  limits: { maxRadiusM: number; maxAreaKm2: number };
  s3: { region: string; endpoint: string | undefined };
}

/** The settings of a process from its environment; refuses a variable that cannot be used, by its name. */
export function readSettings(root: string, env: NodeJS.ProcessEnv = process.env): Settings {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`the environment variable ${issue.path.join('.')} cannot be used: ${issue.message}`);
  }
  const values = parsed.data;
  const home = resolve(values.GEOCROP_HOME);
  return {
    home,
    modelFolders: [join(home, 'models'), join(root, 'samples', 'models')],
    limits: { maxRadiusM: values.GEOCROP_MAX_RADIUS_M, maxAreaKm2: values.GEOCROP_MAX_AREA_KM2 },
    s3: { region: values.GEOCROP_S3_REGION, endpoint: values.GEOCROP_S3_ENDPOINT },
  };
}
