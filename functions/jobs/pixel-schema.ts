import { z } from '@hono/zod-openapi';
import { spectralBands } from '#shared/domain/bands.ts';
import { hiddenReasons } from '#shared/mapping/pixel-scenes.ts';

const values = z
  .record(z.enum(spectralBands), z.number())
  .openapi('Reflectance', { description: 'reflectance by band' });

export const pixelSceneSchema = z
  .object({
    id: z.string(),
    datetime: z.string(),
    valid: z.boolean(),
    reason: z.enum(hiddenReasons).nullable().openapi({ description: 'why the ground is not seen; null where it is' }),
    values: values.nullable(),
  })
  .openapi('PixelScene');

const dekadSchema = z
  .object({
    dekad: z.number().int().min(0).max(26),
    start: z.iso.date(),
    composite: values.nullable().openapi({ description: 'median of the valid scenes; null where there is none' }),
    filled: z.boolean().openapi({ description: 'whether `ndvi` was interpolated' }),
    ndvi: z.number().nullable().openapi({ description: 'before smoothing; null where too little was seen' }),
  })
  .openapi('PixelDekad');

const shares = z.array(z.number()).openapi({ description: 'by class, in the order of the classes; they sum to 1' });

/** What is known of one pixel of a map. */
export const pixelSchema = z
  .object({
    lon: z.number(),
    lat: z.number(),
    col: z.number().int().openapi({ description: 'in map.tif, from 0 at the left' }),
    row: z.number().int().openapi({ description: 'in map.tif, from 0 at the top' }),
    epsg: z.number().int(),
    x: z.number().openapi({ description: 'easting of the centre of the pixel, metres' }),
    y: z.number().openapi({ description: 'northing of it' }),
    inside: z.boolean().openapi({ description: 'of the area; nothing is known of a pixel outside' }),
    class: z
      .object({ value: z.number().int(), name: z.string(), title: z.string(), color: z.string() })
      .nullable()
      .openapi({ description: 'as the map shows it; null where it shows nothing yet, or no data' }),
    confidence: z.number().int().nullable().openapi({ description: 'percent, as the map shows it' }),
    scenes: z.array(pixelSceneSchema),
    dekads: z.array(dekadSchema),
    features: z.array(z.object({ name: z.string(), value: z.number().nullable(), unit: z.string().optional() })),
    votes: z
      .array(z.object({ member: z.string(), weight: z.number(), probabilities: shares }))
      .openapi({ description: 'empty where too little was seen, or where the model is not installed any more' }),
    probabilities: z.array(z.number()).openapi({ description: 'weighted mean of the votes, before smoothing' }),
    smoothed: z.boolean().openapi({ description: 'whether `class` and `confidence` come after smoothing' }),
  })
  .openapi('Pixel');
export type PixelAnswer = z.infer<typeof pixelSchema>;
