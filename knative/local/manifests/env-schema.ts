import { z } from 'zod';
import { refused } from './refused.ts';

const noDownward = 'cannot be honoured: a process has no pod to describe';
const keyRef = z.object({ name: z.string(), key: z.string(), optional: z.boolean().default(false) });
const objectRef = z.object({ name: z.string(), optional: z.boolean().default(false) });
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'is not a name for an environment variable');

export const envSchema = z.object({
  name: variableName,
  value: z.string().optional(),
  valueFrom: z
    .object({
      secretKeyRef: keyRef.optional(),
      configMapKeyRef: keyRef.optional(),
      fieldRef: refused(noDownward),
      resourceFieldRef: refused(noDownward),
    })
    .optional(),
});

export const envFromSchema = z.object({
  prefix: z.string().default(''),
  configMapRef: objectRef.optional(),
  secretRef: objectRef.optional(),
});

export type EnvManifest = z.infer<typeof envSchema>;
export type EnvFromManifest = z.infer<typeof envFromSchema>;
