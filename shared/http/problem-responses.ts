import { z } from '@hono/zod-openapi';
import type { ErrorCode } from '#shared/domain/errors.ts';
import { statusOf } from './problem.ts';

/** The form of every error of the API, for its documents. */
export const problemSchema = z
  .object({
    type: z
      .string()
      .openapi({ description: 'stable reference of the kind of problem', example: '/problems/not-found' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().openapi({ description: 'what was wrong, where, what to do' }),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    field: z.string().optional().openapi({ description: 'the input that was wrong' }),
  })
  .openapi('Problem');

interface ProblemAnswer {
  description: string;
  content: { 'application/problem+json': { schema: typeof problemSchema } };
}

/** The entries of a route's `responses` for the codes that it can answer with. */
export function problemResponses(...codes: ErrorCode[]): Record<number, ProblemAnswer> {
  const byStatus = Map.groupBy(codes, (code) => statusOf(code) as number);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      { description: names.join(', '), content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
}
