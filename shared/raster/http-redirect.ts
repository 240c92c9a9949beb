import { brokenScene } from './broken-scene.ts';
import { TransientError } from './retry.ts';

const maxRedirects = 5;
const redirectStatus = [301, 302, 303, 307, 308];

/** Says whether an address may be asked; without one, redirects may not leave the origin. */
export type AllowHref = (href: string) => boolean;

function mayFollow(from: URL, to: URL, allow: AllowHref | undefined): boolean {
  if (to.protocol !== 'https:' && to.protocol !== from.protocol) return false;
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return false;
  if (allow) return allow(to.href);
  const upgraded = from.protocol === 'http:' && !from.port && !to.port && from.hostname === to.hostname;
  return to.origin === from.origin || upgraded;
}

function nextAddress(name: string, response: Response, from: URL, allow: AllowHref | undefined): URL {
  const location = response.headers.get('location');
  if (!location || !URL.canParse(location, from.href))
    throw brokenScene(name, `the server redirects (${response.status}) to no address`);
  const to = new URL(location, from);
  if (mayFollow(from, to, allow)) return to;
  throw brokenScene(name, `the server redirects to ${to.origin}, which is not among the allowed hosts`);
}

/** Fetches an address and follows redirects by hand, so that none leads to a host that is not allowed. */
export async function fetchFollowing(
  name: string,
  url: URL,
  request: (url: URL) => Promise<Response>,
  allow: AllowHref | undefined,
): Promise<Response> {
  let current = url;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await request(current);
    if (!redirectStatus.includes(response.status)) return response;
    await response.body?.cancel();
    current = nextAddress(name, response, current, allow);
  }
  throw new TransientError(`the server redirected more than ${maxRedirects} times`);
}
