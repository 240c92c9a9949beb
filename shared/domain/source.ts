import { z } from 'zod';
import { GeoCropError } from './errors.ts';

/** A place from which a deployment reads scenes. A job names its id, never an address. */
export const sourceSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and - only'),
  title: z.string().min(1).max(200),
  /** A STAC API, a static catalog, or a folder with a season pack. */
  stac: z.string().min(1).max(2000),
  collection: z.string().max(200).nullable().default(null),
  /** Hosts that assets may lie on, as `host`, `host:port` or `s3://bucket`; a folder needs none. */
  hosts: z.array(z.string().min(1).max(300)).max(100).default([]),
});
export type Source = z.infer<typeof sourceSchema>;

export const sourcesSchema = z.array(sourceSchema).min(1).max(100);

/** The source of that id; an unknown one is refused with the ids that there are. */
export function findSource(sources: readonly Source[], id: string): Source {
  const source = sources.find((candidate) => candidate.id === id);
  if (source) return source;
  const known = sources.map((candidate) => candidate.id).join(', ');
  throw new GeoCropError('invalid-source', `there is no source "${id}"; this deployment has: ${known}`, {
    field: 'source',
  });
}

const isWeb = (address: string) => /^https?:\/\//i.test(address);

/** Addresses of one's own machine and network, as a literal: never a place of scenes unless it is listed by name. */
const privateHost =
  /^(localhost|.*\.localhost|.*\.internal|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|0\..*|\[.*\]|\d+)$/i;

/**
 * Says whether a source may read an asset's address: of a web source, https on its listed hosts and its buckets; of a
 * folder, the files inside it. An address as a file's real path must have its links resolved.
 *
 * @param folder real path of the source's folder, null for a web source
 */
export function mayRead(source: Source, folder: string | null): (address: string) => boolean {
  const hosts = new Set(source.hosts.map((host) => host.toLowerCase()));
  return (address) => {
    if (climbs(address)) return false;
    if (address.startsWith('s3://')) return hosts.has(`s3://${address.slice(5).split('/')[0]}`.toLowerCase());
    if (!isWeb(address)) return folder !== null && address.startsWith(`${folder}/`);
    return URL.canParse(address) && mayReadWeb(new URL(address), hosts);
  };
}

/** An address that is compared as text must say where it leads. */
const climbs = (address: string) => /(^|[/\\])\.\.?([/\\]|$)|\0/.test(address);

function mayReadWeb({ protocol, host, hostname, username, password }: URL, hosts: ReadonlySet<string>): boolean {
  if (username || password || !hosts.has(host.toLowerCase())) return false;
  return protocol === 'https:' || privateHost.test(hostname);
}
