import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import { readSources, sourcesFileOf } from './sources.ts';

const folder = workFolder('sources');
const root = '/srv/geocrop';
const list = JSON.stringify([{ id: 'own', title: 'Our packs', stac: 'packs/own' }]);

function homeWith(text?: string): string {
  const home = mkdtempSync(join(folder, 'home-'));
  if (text) writeFileSync(join(home, 'sources.json'), text);
  return home;
}

describe('the list of sources', () => {
  test('is the one that the settings name', async () => {
    const home = homeWith(list);
    expect(await sourcesFileOf({ sourcesFile: '/etc/sources.json', home }, root)).toBe('/etc/sources.json');
  });

  test('else the one in the home, whose folders lie there too', async () => {
    const home = homeWith(list);
    const sources = await readSources(await sourcesFileOf({ sourcesFile: null, home }, root));
    expect(sources).toMatchObject([{ id: 'own', stac: join(home, 'packs/own') }]);
  });

  test('else the one that comes with the program', async () => {
    const home = homeWith();
    expect(await sourcesFileOf({ sourcesFile: null, home }, root)).toBe(join(root, 'samples', 'sources.json'));
  });

  test('that is in the home and wrong is refused, not passed over', async () => {
    const home = homeWith('{');
    const file = await sourcesFileOf({ sourcesFile: null, home }, root);
    await expect(readSources(file)).rejects.toThrow(`${join(home, 'sources.json')} is not JSON`);
  });
});
