import { z } from '@hono/zod-openapi';

const timestamp = z.iso.datetime();

export const linkSchema = z
  .object({ rel: z.string(), href: z.string(), type: z.string().optional(), title: z.string().optional() })
  .openapi('Link');

/** OGC API - Processes, statusInfo, with what GeoCrop adds. */
export const statusInfoSchema = z
  .object({
    jobID: z.uuid(),
    processID: z.literal('crop-map'),
    type: z.literal('process'),
    status: z.enum(['accepted', 'running', 'successful', 'failed', 'dismissed']),
    message: z.string().optional(),
    progress: z.number().int().min(0).max(100).optional(),
    owner: z.string().optional().openapi({ description: "name of its user, in an admin's list" }),
    created: timestamp,
    started: timestamp.optional(),
    finished: timestamp.optional(),
    expired: timestamp.optional().openapi({ description: 'since when its files are removed' }),
    attempt: z.number().int(),
    source: z.string(),
    request: z.record(z.string(), z.unknown()),
    error: z.object({ code: z.string(), message: z.string(), field: z.string().optional() }).optional(),
    summary: z.record(z.string(), z.unknown()).optional(),
    links: z.array(linkSchema),
  })
  .openapi('StatusInfo');
