import { z } from '@hono/zod-openapi';

export const clearestSchema = z
  .object({
    id: z.string(),
    datetime: z.string(),
    cloudCover: z
      .number()
      .nullable()
      .openapi({ description: 'percent of the whole scene; null where it is not stated' }),
  })
  .openapi('ClearestScene');

const count = z.number().int();

/** What a job would cost. */
export const quoteSchema = z
  .object({
    scenes: count,
    chunks: count,
    pixels: count.openapi({ description: 'of the area, 10 m' }),
    hectares: z.number(),
    bytes: count.openapi({ description: 'compressed bytes to read, estimated' }),
    seconds: z.number().openapi({ description: 'expected, wall clock' }),
    secondsLow: z.number().openapi({ description: 'one job in ten is faster' }),
    secondsHigh: z.number().openapi({ description: 'one job in ten is slower' }),
    basis: z.enum(['past runs', 'measured now']).openapi({ description: 'where the seconds come from' }),
    workers: count.openapi({ description: 'that the seconds are for' }),
    quota: z
      .object({
        limit: count,
        used: count,
        open: z.boolean().openapi({ description: 'whether only open jobs count' }),
      })
      .nullable()
      .openapi({ description: 'of the user; null without a limit' }),
    clearest: clearestSchema.nullable().openapi({ description: 'the scene that shows the area best' }),
    expectedDekads: z.literal(27),
    seenDekads: count.openapi({ description: 'dekads of the season that have a scene' }),
    warnings: z.array(z.string()),
  })
  .openapi('Quote');
export type QuoteAnswer = z.infer<typeof quoteSchema>;
