import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The demo season of the repository: one place in Flanders, 41 scenes from March to November 2019. */
export const demoSeason = fileURLToPath(new URL('../../samples/season-flanders-2019', import.meta.url));

interface Item {
  id: string;
  assets: Record<string, Record<string, unknown>>;
  [key: string]: unknown;
}

interface SceneFolder {
  id: string;
  folder: string;
}

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** A season catalog that a test may damage: files are hard links, so they are replaced, never written into. */
export class SeasonCopy {
  readonly root: string;
  readonly scenes: SceneFolder[];

  /** Copies the scenes of a season whose id is wanted. */
  constructor(source: string, root: string, wanted: (id: string) => boolean = () => true) {
    this.root = root;
    const collection = readJson(join(source, 'collection.json'));
    const links = (collection.links as { rel: string; href: string }[]).filter(
      ({ rel, href }) => rel === 'item' && wanted(basename(href, '.json')),
    );
    this.scenes = links.map(({ href }) => ({ id: basename(href, '.json'), folder: dirname(join(root, href)) }));
    for (const { href } of links) linkFolder(dirname(join(source, href)), dirname(join(root, href)));
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'collection.json'), JSON.stringify({ ...collection, links }));
  }

  file(scene: number, name: string): string {
    return join(this.scenes[scene].folder, name);
  }

  /** Puts other bytes in a file's place, or nothing. */
  replace(scene: number, name: string, bytes: Uint8Array | string | null): void {
    const path = this.file(scene, name);
    rmSync(path, { force: true });
    if (bytes !== null) writeFileSync(path, bytes);
  }

  /** Changes an item's JSON. */
  editItem(scene: number, edit: (item: Item) => void): void {
    const name = `${this.scenes[scene].id}.json`;
    const item = readJson(this.file(scene, name)) as Item;
    edit(item);
    this.replace(scene, name, JSON.stringify(item));
  }
}

function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) linkOrCopy(join(from, name), join(to, name));
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    writeFileSync(to, readFileSync(from));
  }
}
