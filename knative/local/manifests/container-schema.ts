import { z } from 'zod';
import { envFromSchema, envSchema } from './env-schema.ts';
import { probeSchema } from './probe-schema.ts';
import { parseBytes } from './quantity.ts';
import { refused } from './refused.ts';

const portSchema = z.object({
  containerPort: z.number().int().min(1).max(65_535).default(8080),
  name: z
    .enum(['', 'http1'], { error: 'must be http1 or absent: the gateway speaks HTTP/1.1 to functions' })
    .default(''),
  hostPort: refused('cannot be honoured: the runtime chooses the port'),
});

const memory = z
  .union([z.string(), z.number()])
  .transform((value) => parseBytes(String(value)))
  .refine(Number.isFinite, { error: 'is not an amount of memory such as 512Mi' });

const volumeMount = z.object({
  mountPropagation: refused('cannot be honoured: functions share the file system of the machine'),
});

const userId = z.number().int().min(0, { error: 'is not a user id' }).optional();

/** One container. What only isolates it (securityContext, resources, mounts) is checked, not enforced. */
export const containerSchema = z.object({
  name: z.string().optional(),
  image: z.string(),
  command: z.array(z.string()).min(1).optional(),
  args: z.array(z.string()).default([]),
  workingDir: z.string().startsWith('/').optional(),
  env: z.array(envSchema).default([]),
  envFrom: z.array(envFromSchema).default([]),
  ports: z.array(portSchema).max(1, { error: 'has several ports; a function listens on one' }).default([]),
  readinessProbe: probeSchema.optional(),
  livenessProbe: probeSchema.optional(),
  startupProbe: refused('cannot be honoured: use readinessProbe'),
  lifecycle: refused('cannot be honoured: a function prepares itself before it listens and ends on SIGTERM'),
  stdin: refused('cannot be honoured: functions have no standard input'),
  stdinOnce: refused('cannot be honoured: functions have no standard input'),
  tty: refused('cannot be honoured: functions have no terminal'),
  securityContext: z.object({ runAsUser: userId, runAsGroup: userId }).optional(),
  resources: z.object({ limits: z.object({ memory: memory.optional() }).optional() }).optional(),
  volumeMounts: z.array(volumeMount).default([]),
});

/** The pod around it. */
export const podSchema = z.object({
  containers: z.array(containerSchema).length(1, { error: 'must hold exactly one container' }),
  initContainers: refused('cannot be honoured: a function prepares itself'),
  volumes: z
    .array(
      z.object({ name: z.string(), emptyDir: z.object({}, { error: 'must be an emptyDir; settings come by env' }) }),
    )
    .default([]),
});

export type ContainerManifest = z.infer<typeof containerSchema>;
