import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, - and _ only');
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.onnx$/, 'a plain file name that ends in .onnx');
const position = z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]);

const modelClass = z.object({
  name,
  title: z.string().min(1).max(80),
  color: z.string().regex(/^#[0-9a-f]{6}$/i, 'a colour as #rrggbb'),
});

const member = z.object({
  file: fileName,
  weight: z.number().positive().finite(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const smoothing = z.object({
  method: z.literal('smooth-v1'),
  window: z
    .number()
    .int()
    .min(1)
    .max(31)
    .refine((size) => size % 2 === 1, 'the window must be odd'),
  smoothness: z.number().positive().finite(),
  fraction: z.number().positive().max(1),
});
export type Smoothing = z.infer<typeof smoothing>;

/** `model.json`: what a bundle of ONNX models is, what it may be used for and how good it was found to be. */
export const modelManifestSchema = z.object({
  name,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'a version as 1.2.3'),
  title: z.string().min(1).max(200),
  featureVersion: z.string(),
  season: z.string(),
  classes: z.array(modelClass).min(2).max(254),
  members: z.array(member).min(1).max(16),
  smoothing: smoothing.nullable(),
  validity: z.object({
    type: z.literal('MultiPolygon'),
    coordinates: z
      .array(z.array(z.array(position).min(4).max(10_000)).min(1))
      .min(1)
      .max(1000),
  }),
  recipe: z.record(z.string(), z.unknown()),
  data: z.array(z.object({ name: z.string(), samples: z.number().int(), licence: z.string(), source: z.string() })),
  metrics: z.record(z.string(), z.unknown()),
  limits: z.array(z.string()),
});
export type ModelManifest = z.infer<typeof modelManifestSchema>;

/** `samples.json`: feature rows with the probabilities that the training libraries themselves give for them. */
export const modelSamplesSchema = z.object({
  rows: z.array(z.array(z.number())).min(1).max(10_000),
  expected: z.array(z.array(z.number())).min(1).max(10_000),
});
export type ModelSamples = z.infer<typeof modelSamplesSchema>;
