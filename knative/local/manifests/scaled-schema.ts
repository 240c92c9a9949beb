import { z } from 'zod';
import { podSchema } from './container-schema.ts';
import { refused } from './refused.ts';
import { objectName } from './service-schema.ts';

const seconds = z.number().int().min(1).max(3600);
const replicas = z.number().int().min(0).max(1000);
const count = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number in quotes')
  .transform(Number);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A Deployment that a ScaledObject scales; its own `replicas` say nothing then. */
export const deploymentSchema = z.object({
  metadata: z.object({ name: objectName }),
  spec: z.object({
    template: z.object({
      spec: podSchema.extend({ terminationGracePeriodSeconds: z.number().int().min(0).max(3600).default(30) }),
    }),
  }),
});

const trigger = z.object({
  type: z.literal('aws-sqs-queue', { error: 'must be aws-sqs-queue: consumers wait on a queue' }),
  metadata: z.object({
    queueURL: z.url({ error: 'must be the address of a queue; its last part is the queue name' }),
    queueLength: count.default(5).refine((value) => value > 0, { error: 'must be 1 or more' }),
    activationQueueLength: count.default(0),
    scaleOnInFlight: flag.default(true),
    scaleOnDelayed: z.literal('false', { error: 'cannot be honoured: delayed messages are not work yet' }).optional(),
  }),
});

/** A KEDA ScaledObject on one queue. */
export const scaledObjectSchema = z.object({
  metadata: z.object({ name: objectName }),
  spec: z.object({
    scaleTargetRef: z.object({
      name: objectName,
      kind: z.literal('Deployment', { error: 'must be a Deployment' }).default('Deployment'),
    }),
    pollingInterval: seconds.default(30),
    cooldownPeriod: z.number().int().min(0).max(86_400).default(300),
    minReplicaCount: replicas.default(0),
    maxReplicaCount: replicas.min(1).default(100),
    idleReplicaCount: refused('cannot be honoured: use minReplicaCount'),
    triggers: z.array(trigger).length(1, { error: 'must hold exactly one trigger' }),
  }),
});

export type DeploymentManifest = z.infer<typeof deploymentSchema>;
export type ScaledObjectManifest = z.infer<typeof scaledObjectSchema>;
