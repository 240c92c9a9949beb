import { errorOfAnswer } from '../api/api-error.ts';
import { authorizedFetch } from '../api/client.ts';

/** The name that an answer gives its file. */
export const nameOf = (disposition: string | null, other: string): string =>
  /filename="([^"/\\]+)"/.exec(disposition ?? '')?.[1] ?? other;

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Downloads a file that needs a token, which a plain link could not send. */
export async function downloadFile(path: string, name: string): Promise<void> {
  const response = await authorizedFetch(new Request(new URL(path, location.origin)));
  if (!response.ok) throw errorOfAnswer(response, await response.json().catch(() => null));
  save(await response.blob(), nameOf(response.headers.get('content-disposition'), name));
}
