import { GeoCropError } from '#shared/domain/errors.ts';
import { ApiClient } from '../client/api-client.ts';
import type { CliContext } from '../context.ts';
import { readAll } from './login.ts';

/** No function takes more. */
const maxBodyLength = 10 * 2 ** 20;

export interface InvokeOptions {
  path?: string | undefined;
  data?: string | undefined;
  method?: string | undefined;
}

/** Calls a function of the deployment with the user's token and shows its answer as it comes, event streams too. */
export async function invoke(
  name: string,
  { path, data, method }: InvokeOptions,
  { settings, signal }: CliContext,
): Promise<void> {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new GeoCropError('usage', `"${name}" is no name of a function`);
  const client = await ApiClient.open(settings.home, signal);
  const body = data === '-' ? await readAll(maxBodyLength) : data;
  const target = path ?? `/${name}`;
  if (!target.startsWith('/')) throw new GeoCropError('usage', `--path begins with a slash, as /${target}`);
  const response = await client.request(target, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  });
  if (!response.body) return;
  for await (const piece of response.body) process.stdout.write(piece);
  if (process.stdout.isTTY) process.stdout.write('\n');
}
