import { isIP } from 'node:net';

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head, tail] = text.split('::');
  const left = head ? head.split(':') : [];
  if (tail === undefined) return left;
  const right = tail ? tail.split(':') : [];
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

/** One subject of a limit: an IPv4 address, or the /64 of an IPv6 one, for a client owns at least that much. */
function subjectOf(address: string): string | null {
  const bare = address
    .trim()
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '');
  if (isIP(bare) === 4) return bare;
  return isIP(bare) === 6 ? `${groupsOf(bare).slice(0, 4).join(':')}::/64` : null;
}

/**
 * Who is asking, for limits. With trusted proxies before the function it is the entry that the outermost of them added to
 * X-Forwarded-For, counted from the right; whatever a client wrote to its left is not believed.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  proxies: number,
): string {
  const entries = proxies > 0 && forwardedFor !== undefined ? forwardedFor.slice(-1000).split(',') : [];
  const forwarded = entries.at(-proxies);
  return subjectOf((entries.length > 0 && forwarded) || (socketAddress ?? '')) ?? 'unknown';
}
