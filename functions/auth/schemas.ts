import { z } from '@hono/zod-openapi';
import { passwordLength, userNameSchema } from '#shared/domain/user.ts';

export const credentialsSchema = z
  .strictObject({ name: userNameSchema, password: z.string().min(1).max(passwordLength.max) })
  .openapi('Credentials');
