import { z } from 'zod';

/** Queue of `score`: jobs to plan and to stitch. */
export const jobsQueue = 'jobs';
/** Queue of `infer`: parts to compute, and the coarse preview that comes before them. */
export const chunksQueue = 'chunks';

export const jobMessageSchema = z.object({ step: z.enum(['plan', 'stitch']), jobId: z.uuid() });
export type JobMessage = z.infer<typeof jobMessageSchema>;

const partMessageSchema = z.object({ partKey: z.string().regex(/^[0-9a-f]{64}$/) });
const previewMessageSchema = z.object({ previewOf: z.uuid() });
export const chunkMessageSchema = z.union([partMessageSchema, previewMessageSchema]);
