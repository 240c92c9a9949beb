import { GeoCropError } from '#shared/domain/errors.ts';

/** Another site's page can send it only after a preflight, which nothing here grants. */
export const ownPageHeader = 'x-geocrop-request';

/**
 * Refuses a request that a page of another site may have made, for a browser adds the cookie by itself. A client that is no
 * browser sends neither `Origin` nor `Sec-Fetch-Site`, only the header.
 *
 * @param publicUrl of the deployment; beside its origin the address that the request was sent to counts as its own
 */
export function assertOwnPage(headers: Headers, publicUrl: string | undefined): void {
  if (headers.get(ownPageHeader) !== '1') throw foreign('send the header X-GeoCrop-Request: 1', 'X-GeoCrop-Request');
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none')
    throw foreign('it comes from a page of another site', 'Sec-Fetch-Site');
  const origin = headers.get('origin');
  if (origin !== null && !isOwn(origin, headers.get('host'), publicUrl))
    throw foreign('it comes from a page of another address', 'Origin');
}

const foreign = (why: string, field: string) =>
  new GeoCropError('forbidden', `a session is only for the pages of this deployment: ${why}`, { field });

function isOwn(origin: string, host: string | null, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  if (own.includes(origin)) return true;
  // Over plain http the host that the browser asked is the page's own; over https only the public address counts.
  return !publicUrl?.startsWith('https://') && host !== null && new URL(origin).host === host.toLowerCase();
}
