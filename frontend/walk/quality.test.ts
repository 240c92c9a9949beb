import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mustRun } from '#shared/testing/run-cli.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { makeRaster } from '#shared/tiles/testing/made-raster.ts';
import { adminPassword } from '../../cli/platform/testing/api-user.ts';
import { endPlatforms, startPlatform, type TestPlatform } from '../../cli/platform/testing/test-platform.ts';
import { describeInBrowser, laptop, openWindow, phone, picture } from './browser.ts';
import { signIn } from './sign-in.ts';

const folder = workFolder('quality');
const home = tinyHome(folder);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

describeInBrowser('the application is one that people can use', () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    // A Dynamic World export of 2048 x 2048 pixels, generated: a real one cannot be had without an account there.
    const export_ = join(folder, 'dw.tif');
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const place = { epsg: 32631, origin: [564_760, 5_632_240], pixel: [10, 10], size: [2048, 2048] } as const;
    await makeRaster(export_, {
      ...place,
      origin: [...place.origin],
      pixel: [...place.pixel],
      size: [...place.size],
      values,
      nodata: 255,
    });
    const kind = ['--kind', 'dynamic-world', '--region', 'flanders', '--season', 'summer', '--year', '2019'];
    await mustRun(['baselines', 'import', export_, ...kind], { home });
    platform = await startPlatform(home, {}, []);
  }, 240_000);
  afterAll(endPlatforms);

  async function demoPage(viewport = laptop, options: Parameters<typeof openWindow>[2] = {}) {
    const opened = await openWindow(platform.url, viewport, options);
    await opened.page.goto(platform.url);
    await opened.page.getByText('Winter cereal').first().waitFor();
    return opened;
  }

  async function signedIn(path: string, viewport = laptop, options: Parameters<typeof openWindow>[2] = {}) {
    const opened = await openWindow(platform.url, viewport, options);
    await opened.page.goto(platform.url + path);
    await signIn(opened.page, 'admin', adminPassword(home));
    await opened.page.waitForURL(`**${path}`);
    return opened;
  }

  /** What a screen reader's user would stumble over, as axe finds it. */
  async function stumblingBlocks(page: Page): Promise<string[]> {
    // By the protocol and not as an element of the page, whose policy allows no script of others.
    await page.evaluate(axe);
    const { violations } = (await page.evaluate('axe.run(document)')) as { violations: Violation[] };
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  }

  test.each(['light', 'dark'] as const)('no serious stumbling block, %s', { timeout: 90_000 }, async (colorScheme) => {
    const opened = await demoPage(laptop, { colorScheme });
    await opened.page.waitForTimeout(1500);
    expect(await stumblingBlocks(opened.page)).toEqual([]);
    await picture(opened.page, `demo-${colorScheme}`);
    await opened.context.close();
    for (const path of ['/app/new', '/app/jobs']) {
      const { context, page } = await signedIn(path, laptop, { colorScheme });
      await page.waitForTimeout(1000);
      expect([path, await stumblingBlocks(page)]).toEqual([path, []]);
      await picture(page, `${path.split('/').at(-1)}-${colorScheme}`);
      await context.close();
    }
  });

  test('a phone of 360 pixels needs no scrolling to the side', { timeout: 90_000 }, async () => {
    const { context, page, faults } = await demoPage(phone, { deviceScaleFactor: 2 });
    await page.waitForTimeout(2000);
    await picture(page, 'phone-demo');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    expect(await stumblingBlocks(page)).toEqual([]);
    expect(faults).toEqual({ foreign: [], errors: [] });
    await context.close();
    const form = await signedIn('/app/new', phone, { deviceScaleFactor: 2 });
    await form.page.waitForTimeout(1000);
    await picture(form.page, 'phone-new');
    expect(await form.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await form.context.close();
  });

  test('the first view takes less than 200 KB of script, compressed', { timeout: 60_000 }, async () => {
    const { context, page } = await openWindow(platform.url, laptop);
    const scripts: { url: string; bytes: number }[] = [];
    page.on('response', async (reply) => {
      if (reply.url().endsWith('.js')) scripts.push({ url: reply.url(), bytes: gzipSync(await reply.body()).length });
    });
    await page.goto(`${platform.url}/app/login`);
    await page.getByLabel('User name').waitFor();
    await page.waitForTimeout(1500);
    const isMap = ({ url }: { url: string }) => /map-view|Feature|GeoJSON|Text-|proj|outline/.test(url);
    const first = scripts.filter((script) => !isMap(script)).reduce((sum, { bytes }) => sum + bytes, 0);
    const map = scripts.filter(isMap).reduce((sum, { bytes }) => sum + bytes, 0);
    process.stdout.write(
      `first view: ${(first / 1000).toFixed(0)} KB of script, the map ${(map / 1000).toFixed(0)} KB\n`,
    );
    expect(map).toBeGreaterThan(0);
    expect(first).toBeLessThan(200_000);
    await context.close();
  });

  test(
    'nothing jumps when tiles come, and panning 4 M pixels never holds the page up',
    { timeout: 90_000 },
    async () => {
      const { context, page } = await openWindow(platform.url, laptop);
      await page.addInitScript(`
      globalThis.shift = 0; globalThis.long = [];
      new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) shift += e.value; })).observe({ type: 'layout-shift', buffered: true });
      new PerformanceObserver((list) => list.getEntries().forEach((e) => long.push(Math.round(e.duration)))).observe({ type: 'longtask' });`);
      // Tiles may be there before the legend is.
      const tile = page.waitForResponse((reply) => reply.url().includes('dw-flanders') && reply.status() === 200);
      await page.goto(platform.url);
      await page.getByRole('row', { name: /Winter cereal/ }).waitFor();
      await page.getByText('Shrub and scrub').waitFor();
      await tile;
      await page.waitForTimeout(1500);
      for (let step = 0; step < 4; step++) await page.getByRole('button', { name: 'Zoom out' }).click();
      await page.waitForTimeout(2000);
      await picture(page, 'baseline');
      expect(await page.evaluate('shift')).toBeLessThan(0.05);
      // Other work on the machine can hold any page up: of some tries one must be free of it.
      let best = Infinity;
      for (let round = 0; round < 8 && best > 0; round++) {
        await page.evaluate('long.length = 0');
        await drag(page);
        const tasks = (await page.evaluate('long')) as number[];
        best = Math.min(best, tasks.length);
        process.stdout.write(`panning: tasks over 50 ms: ${tasks.length === 0 ? 'none' : `${tasks.join(', ')} ms`}\n`);
      }
      expect(best).toBe(0);
      await context.close();
    },
  );

  async function drag(page: Page): Promise<void> {
    const [x, y] = [laptop.width / 2 + 200, laptop.height / 2];
    for (const [dx, dy] of [
      [-200, 60],
      [150, -120],
      [-100, 140],
    ]) {
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + dx, y + dy, { steps: 25 });
      await page.mouse.up();
      await page.waitForTimeout(400);
    }
  }

  test('the result lies beside the baseline, along a line that keys move', { timeout: 60_000 }, async () => {
    const { context, page } = await demoPage();
    await page.getByText('Shrub and scrub').waitFor();
    await page.getByText('Compare with a line to drag').click();
    const line = page.locator('.map-swipe-handle');
    await page.waitForTimeout(1500);
    await picture(page, 'swipe');
    const before = await line.getAttribute('aria-valuenow');
    await line.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await line.getAttribute('aria-valuenow')).not.toBe(before);
    await context.close();
  });

  const square = (west: number, east: number) => [
    [west, 10],
    [east, 10],
    [east, 11],
    [west, 11],
    [west, 10],
  ];
  const polygon = (ring: number[][]) => JSON.stringify({ type: 'Polygon', coordinates: [ring] });
  const circleOf = (vertices: number) =>
    Array.from({ length: vertices + 1 }, (_, i) => {
      const angle = (2 * Math.PI * (i % vertices)) / vertices;
      return [4 + 0.05 * Math.cos(angle), 50 + 0.05 * Math.sin(angle)];
    });

  test.each<[string, string, () => Buffer, RegExp]>([
    ['a GeoJSON of 50 MB', 'big.geojson', () => Buffer.alloc(50e6, ' '), /MB/],
    [
      'a polygon on the antimeridian',
      'anti.geojson',
      () => Buffer.from(polygon(square(179.5, -179.5))),
      /180|antimeridian|longitude/i,
    ],
    ['a polygon of 20,000 vertices', 'many.geojson', () => Buffer.from(polygon(circleOf(20_000))), /10[,.]?000/],
    ['what is no GeoJSON', 'x.geojson', () => Buffer.from('{"type": "Poly'), /JSON/],
    ['a zip that is none', 'x.zip', () => Buffer.from('PK\u0003\u0004 nothing'), /zip|shapefile/i],
  ])('%s gets a clear answer, and the form goes on', { timeout: 60_000 }, async (_name, name, make, answer) => {
    const { context, page, faults } = await signedIn('/app/new');
    const before = page.url();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: make() });
    await page.getByRole('alert').filter({ hasText: answer }).first().waitFor({ timeout: 15_000 });
    await page.getByLabel('Latitude').fill('1');
    expect([page.url(), faults.errors]).toEqual([before, []]);
    await context.close();
  });
});
