import { z } from 'zod';
import { podSchema } from './container-schema.ts';
import { parseDuration } from './duration.ts';
import { refused } from './refused.ts';

export const objectName = z.string().regex(/^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$/, 'is not a name for a function');

const count = (least: number) =>
  z
    .string({ error: 'must be set, a whole number in quotes' })
    .regex(/^\d{1,4}$/, 'must be a whole number in quotes')
    .transform(Number)
    .refine((value) => value >= least, { error: `must be ${least} or more` });

const duration = (least: number, most: number) =>
  z
    .string()
    .transform(parseDuration)
    .refine((ms) => ms >= least && ms <= most, {
      error: `must be a duration from ${least / 1000}s to ${most / 1000}s`,
    });

const prefix = 'autoscaling.knative.dev/';

/** Knative's own limits hold (a window of 6 s at least), so that what runs here is accepted by a cluster. */
const scalingSchema = z.object({
  'autoscaling.knative.dev/class': z
    .literal('kpa.autoscaling.knative.dev', { error: 'must be the KPA: nothing else scales to zero' })
    .optional(),
  'autoscaling.knative.dev/metric': z.literal('concurrency', { error: 'must be concurrency' }).optional(),
  'autoscaling.knative.dev/min-scale': count(0).default(0),
  // Required here, for a machine does not grow.
  'autoscaling.knative.dev/max-scale': count(1),
  'autoscaling.knative.dev/initial-scale': count(0).optional(),
  'autoscaling.knative.dev/target': count(1).optional(),
  'autoscaling.knative.dev/window': duration(6000, 3_600_000).default(60_000),
  'autoscaling.knative.dev/scale-down-delay': duration(0, 3_600_000).default(0),
  // The gateway stands before every request here, as the activator does there by this.
  'autoscaling.knative.dev/target-burst-capacity': z
    .literal('-1', { error: 'must be -1: here every request comes by the gateway' })
    .optional(),
});

const templateAnnotations = z
  .record(z.string(), z.string())
  .default({})
  .superRefine((all, context) => {
    for (const name of Object.keys(all)) {
      if (!name.startsWith(prefix) || name in scalingSchema.shape) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'is an autoscaling setting that this runtime does not know',
      });
    }
  })
  .transform((all): unknown => all)
  .pipe(scalingSchema);

const noTraffic = 'must be absent or all on the latest revision: a process runtime has one revision';
const trafficSchema = z.array(
  z.object({ latestRevision: z.literal(true, noTraffic), percent: z.literal(100, noTraffic) }),
);

const seconds = z.number().int().min(1).max(600);

/** A Knative Service, as far as a runtime of processes can honour it. */
export const serviceSchema = z.object({
  metadata: z.object({ name: objectName, annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: templateAnnotations }).prefault({}),
      spec: podSchema.extend({
        containerConcurrency: z.number().int().min(0).max(1000).default(0),
        timeoutSeconds: seconds.default(300),
        responseStartTimeoutSeconds: refused('cannot be honoured: use timeoutSeconds'),
        idleTimeoutSeconds: refused('cannot be honoured: use timeoutSeconds'),
      }),
    }),
    traffic: trafficSchema.optional(),
  }),
});

export type ServiceManifest = z.infer<typeof serviceSchema>;
