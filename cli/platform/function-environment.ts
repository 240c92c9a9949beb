import { serverEnvironment, type PlatformSettings } from '#shared/config/platform-settings.ts';
import type { Product } from '#shared/config/product.ts';
import type { Settings } from '#shared/config/settings.ts';

/** An address that stands for all of them is reached by the loopback one. */
export const reachable = (host: string) =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;

export interface FunctionOptions {
  settings: PlatformSettings;
  /** What the functions share with the command line: limits, S3, HTTP. */
  shared: Pick<Settings, 'limits' | 's3' | 'http'>;
  /** What runs, for the provenance of results and for what the home says of itself. */
  product: Product;
}

/** What every function of one machine is given; it sees nothing of the environment of the one who started it. */
export function functionEnvironment(
  { settings, shared, product }: FunctionOptions,
  port: number,
): Record<string, string> {
  const { home, host, publicUrl, sourcesFile, quotas, leases, retention, logLevel, proxies, basemap } = settings;
  return {
    GEOCROP_COMMIT: product.commit,
    GEOCROP_HOME: home,
    GEOCROP_JWKS_URL: `http://${reachable(host)}:${port}/.well-known/jwks.json`,
    GEOCROP_RECRUITER_JOBS: String(quotas.recruiterJobs),
    GEOCROP_ANALYST_OPEN_JOBS: String(quotas.analystOpenJobs),
    GEOCROP_CHUNKS_AT_ONCE: String(settings.chunksAtOnce),
    GEOCROP_LEASE_S: String(leases.leaseSeconds),
    GEOCROP_HEARTBEAT_S: String(leases.heartbeatSeconds),
    GEOCROP_KEEP_PARTS_DAYS: String(retention.keepPartsDays),
    ...(retention.keepResultsDays === null ? {} : { GEOCROP_KEEP_RESULTS_DAYS: String(retention.keepResultsDays) }),
    ...(retention.maxBytes === null ? {} : { GEOCROP_HOME_MAX_BYTES: String(retention.maxBytes) }),
    GEOCROP_LOG_LEVEL: logLevel,
    ...sharedEnvironment(shared),
    // The gateway is a proxy of our own before every function.
    GEOCROP_PROXIES: String(proxies + 1),
    ...(publicUrl ? { PUBLIC_URL: publicUrl } : {}),
    ...(sourcesFile ? { GEOCROP_SOURCES: sourcesFile } : {}),
    ...(basemap ? { GEOCROP_BASEMAP_URL: basemap.url, GEOCROP_BASEMAP_ATTRIBUTION: basemap.attribution } : {}),
  };
}

const sharedEnvironment = ({ limits, s3, http }: FunctionOptions['shared']) => ({
  GEOCROP_MAX_RADIUS_M: String(limits.maxRadiusM),
  GEOCROP_MAX_AREA_KM2: String(limits.maxAreaKm2),
  GEOCROP_S3_REGION: s3.region,
  ...(s3.endpoint ? { GEOCROP_S3_ENDPOINT: s3.endpoint } : {}),
  GEOCROP_HTTP_TIMEOUT_S: String(http.timeoutMs / 1000),
  GEOCROP_HTTP_TRIES: String(http.tries),
});

/** What the Secrets of a cluster would hold: a function is given those that its manifest names. */
export function functionSecrets(
  settings: PlatformSettings,
  databaseUrl: string,
): Record<string, Record<string, string>> {
  const { signingKey, signingKeyFile } = settings;
  return {
    'geocrop-secrets': { DATABASE_URL: databaseUrl, ...serverEnvironment(settings) },
    'geocrop-auth': signingKey ? { GEOCROP_SIGNING_KEY: signingKey } : { GEOCROP_SIGNING_KEY_FILE: signingKeyFile },
  };
}
