import type { Hook } from '@hono/zod-openapi';
import type { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from './app-env.ts';

const places = { json: 'body', form: 'body', query: 'query', param: 'path', header: 'headers', cookie: 'cookies' };

/** The field of the first issue by its dotted path; an unknown key is named itself. */
function fieldOf(issue: z.core.$ZodIssue, place: string): string {
  const keys = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
  return keys.length === 0 ? place : keys.map(String).join('.').slice(0, 200);
}

/** Turns what a route's schema refuses into the problem that names the first wrong field. */
export const refuseInvalid: Hook<unknown, AppEnv, string, void> = (result) => {
  if (result.success) return;
  const place = places[result.target];
  const issue = result.error.issues[0];
  const field = fieldOf(issue, place);
  throw new GeoCropError('invalid-request', `${field} (${place}): ${issue.message.slice(0, 500)}`, {
    field,
    cause: result.error,
  });
};
