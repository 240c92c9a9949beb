/**
 * The Content-Security-Policy of the application: scripts, styles and requests of its own origin only; pictures also
 * from where the base map comes from.
 */
export function contentPolicy(basemapUrl: string | null): string {
  const basemap = basemapUrl === null ? '' : ` ${originPattern(basemapUrl)}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob: data:${basemap}`,
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** `https://{a-c}.tiles.example.org/{z}/...` asks several hosts of one domain. */
function originPattern(url: string): string {
  const host = url.slice('https://'.length).split('/')[0];
  return `https://${host.replace(/^\{[^}]*\}/, '*')}`;
}
