import { openDatabase } from '#shared/db/database.ts';
import { tinyHome } from '#shared/testing/work-folder.ts';
import { logInAdmin, newUser, type ApiUser } from '../../cli/platform/testing/api-user.ts';
import { endPlatforms, startPlatform, writeSources } from '../../cli/platform/testing/test-platform.ts';
import type { ChaosIo } from '../promise.ts';
import { partArea } from './jobs.ts';

/** What a stranger cannot guess and a user knows: by name of the parameter, and by type for the rest. */
export interface Known {
  parameters: Record<string, readonly (string | number)[]>;
  string: readonly string[];
  number: readonly number[];
}

/** A platform with users, jobs and a share, to be asked anything. */
export interface FuzzedPlatform {
  url: string;
  /** Tokens by who asks; nobody has none. Logs in anew, whatever the limit of failed logins says. */
  tokens(): Promise<Record<'admin' | 'analyst' | 'nobody', string | null>>;
  /** Finishes a new job and gives away a share of it. */
  known(): Promise<Known>;
  close(): Promise<void>;
}

const users = ['thandi', 'tariro'];
const files = ['map.tif', 'map.tif.aux.xml', 'map.png', 'report.json', 'item.json', 'classes.csv', 'parcels.geojson'];
const zoom = 13;

export async function openFuzzedPlatform(io: ChaosIo): Promise<FuzzedPlatform> {
  const home = tinyHome(io.folder);
  const url = await io.newDatabase();
  const GEOCROP_SOURCES = writeSources(io.folder, { made: await io.season() });
  const platform = await startPlatform(home, { DATABASE_URL: url, GEOCROP_SOURCES });
  const db = openDatabase({ url });
  const admin = await logInAdmin(platform.url, home);
  for (const name of users) await newUser(admin, name, 'recruiter');
  await newUser(admin, 'analyst', 'analyst');
  let jobs = 0;
  return {
    url: platform.url,
    async tokens() {
      await db.deleteFrom('login_failures').execute();
      const analyst = await newUser(await logInAdmin(platform.url, home), `analyst-${jobs}`, 'analyst');
      return { admin: (await logInAdmin(platform.url, home)).token, analyst: analyst.token, nobody: null };
    },
    async known() {
      await db.deleteFrom('login_failures').execute();
      return knownOf(await logInAdmin(platform.url, home), jobs++);
    },
    async close() {
      await db.destroy();
      await platform.interrupt();
      endPlatforms();
    },
  };
}

async function knownOf(admin: ApiUser, n: number): Promise<Known> {
  const { lon, lat, radiusM } = partArea(n);
  const submit = (year: number) =>
    admin.submit({ aoi: { lon, lat, radius_m: radiusM }, year, season: 'northern-summer', model: 'tiny', source: 'made' }); // prettier-ignore
  const ids = [await submit(2019), await submit(2018)];
  for (const id of ids) await admin.finished(id);
  const { body: share } = await admin.post(`/jobs/${ids[0]}/shares`, {});
  const { body } = await admin.json(`/tiles/layers?job=${ids[0]}`);
  const layers = (body.layers as { id: string }[]).map(({ id }) => id);
  const { x, y } = tileOf(lon, lat);
  return {
    parameters: {
      'path.id': ids,
      'path.layer': layers,
      'query.layer': layers,
      'path.file': files,
      'path.name': users,
      'path.shareId': [String(share.id)],
      'query.share': [String(share.key)],
      'query.lon': [lon],
      'query.lat': [lat],
      'path.tms': ['WebMercatorQuad'],
      'path.z': [String(zoom)],
      'path.x': [String(x)],
      'path.tile': ['png', 'webp'].flatMap((kind) => [`${y}.${kind}`, `${y}@2x.${kind}`]),
    },
    string: ['northern-summer', 'tiny', 'made', 'temperate', 'admin', '../x', "'", '\u{1f33d}', '%00'],
    number: [2019, lon, lat, radiusM],
  };
}

/** OGC two-dimensional tile matrix set, annex D.1: the tile of a place in WebMercatorQuad. */
function tileOf(lon: number, lat: number): { x: number; y: number } {
  const phi = (lat * Math.PI) / 180;
  const tiles = 2 ** zoom;
  const y = (1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2;
  return { x: Math.floor(((lon + 180) / 360) * tiles), y: Math.floor(y * tiles) };
}
