import { z } from 'zod';
import { errorCodes, GeoCropError, type ErrorCode } from '#shared/domain/errors.ts';

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  field: z.string().optional(),
  requestId: z.string().optional(),
});

const isCode = (code: string): code is ErrorCode => (errorCodes as readonly string[]).includes(code);

/** A code as the platform tells it; what is not known here counts as a failure of the server. */
export const codeOf = (code: string): ErrorCode => (isCode(code) ? code : 'source-unavailable');

/** The error that an answer of the platform tells of (problem+json), as it would be here. */
export async function errorOfResponse(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => null);
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success)
    return new GeoCropError(
      'source-unavailable',
      `the server answered ${response.status} without a reason it could be asked for; is this the address of a GeoCrop server?`,
    );
  const { code, detail, field } = parsed.data;
  return new GeoCropError(codeOf(code), detail, field ? { field } : {});
}
