import { z } from '@hono/zod-openapi';
import { linkSchema } from '#shared/http/status-info-schema.ts';

export const processSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    version: z.string(),
    jobControlOptions: z.array(z.string()),
    outputTransmission: z.array(z.string()),
    links: z.array(linkSchema),
  })
  .openapi('ProcessSummary');

export const processListSchema = z
  .object({ processes: z.array(processSchema), links: z.array(linkSchema) })
  .openapi('Processes');

const modelSchema = z
  .object({
    name: z.string(),
    title: z.string(),
    version: z.string(),
    season: z.string().openapi({ description: 'the one that it was made for' }),
    classes: z.array(z.object({ name: z.string(), title: z.string(), color: z.string() })),
    limits: z.array(z.string()).openapi({ description: 'what it must not be used for, in sentences' }),
    validity: z
      .object({
        type: z.literal('MultiPolygon'),
        coordinates: z.array(z.array(z.array(z.array(z.number())))),
      })
      .openapi({ description: 'GeoJSON: where it was trained' }),
  })
  .openapi('Model');

const month = z.number().int().min(1).max(12);

export const descriptionSchema = processSchema
  .extend({
    inputs: z.record(z.string(), z.unknown()),
    outputs: z.record(z.string(), z.unknown()),
    sources: z.array(z.object({ id: z.string(), title: z.string() })),
    models: z.array(modelSchema),
    seasons: z.array(
      z
        .object({ name: z.string(), title: z.string(), startMonth: month, endMonth: month, months: z.number().int() })
        .openapi('Season'),
    ),
    limits: z
      .object({
        maxRadiusM: z.number(),
        minRadiusM: z.number(),
        maxAreaKm2: z.number(),
        maxVertices: z.number().int(),
        firstYear: z.number().int(),
      })
      .openapi('Limits'),
  })
  .openapi('ProcessDescription');
export type ProcessDescription = z.infer<typeof descriptionSchema>;
