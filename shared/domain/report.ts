import { z } from 'zod';
import { aoiSchema } from './check-aoi.ts';

const count = z.number().int().min(0);
const seconds = z.number().min(0);

const classShare = z.object({
  value: z.number().int().min(1).max(255).describe('pixel value in band 1 of map.tif'),
  name: z.string(),
  title: z.string(),
  color: z.string(),
  pixels: count,
  hectares: z.number().min(0),
  share: z.number().min(0).max(1).describe('of the valid pixels'),
});

const usedScene = z.object({
  id: z.string(),
  datetime: z.string(),
  cloudCover: z.number().nullable().describe('percent of the whole scene, as its item states it'),
  validPixels: count.describe('computed pixels to which this scene gave a valid observation'),
  offset: z.string().describe('how scale and offset of its reflectance were decided'),
});

/** `report.json`: what a run did, what it saw and what it found. */
export const reportSchema = z.object({
  product: z.object({ name: z.literal('geocrop'), version: z.string(), commit: z.string(), kernel: z.number().int() }),
  created: z.iso.datetime(),
  request: z.object({
    source: z.string().describe('the STAC catalog'),
    collection: z.string().nullable(),
    aoi: aoiSchema,
    season: z.string(),
    year: z.number().int(),
    start: z.iso.date(),
    end: z.iso.date(),
    onBrokenScene: z.enum(['fail', 'skip']),
  }),
  model: z.object({ name: z.string(), version: z.string(), title: z.string(), limits: z.array(z.string()) }).nullable(),
  outsideModel: z.boolean().describe('the area lies outside the region that the model was made for'),
  grid: z.object({
    epsg: z.number().int(),
    bounds: z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('west, south, east, north, metres'),
    width: count,
    height: count,
    pixelSize: z.number(),
  }),
  pixels: z.object({ total: count.describe('of the area'), valid: count, nodata: count }),
  classes: z.array(classShare),
  meanConfidence: z.number().min(0).max(100).nullable(),
  scenes: z.object({
    used: z.array(usedScene),
    skipped: z.array(z.object({ id: z.string(), reason: z.string() })),
  }),
  chunks: z.object({ total: count, computed: count, reused: count }),
  seconds: z.object({
    plan: seconds,
    compute: seconds.describe('wall clock, all workers'),
    stitch: seconds,
    total: seconds,
    byStage: z.record(z.string(), seconds).describe('added up over all workers'),
  }),
  workers: count,
  peakMemoryBytes: z.object({ main: count, worker: count.describe('of the largest process that computes') }),
  files: z.array(z.object({ name: z.string(), bytes: count, sha256: z.string() })),
  warnings: z.array(z.string()),
  agreement: z
    .object({
      labelled: count,
      right: count,
      share: z.number(),
      perClass: z.record(z.string(), z.object({ labelled: count, right: count })),
    })
    .optional()
    .describe('with the labels of the demo season'),
});
export type Report = z.infer<typeof reportSchema>;

/** The JSON Schema of `report.json`. */
export const reportJsonSchema = () => z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
