import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { madeSeason } from '#shared/testing/made-season.ts';
import { demoSeason, SeasonCopy } from '#shared/testing/season-copy.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { adminPassword, logInAdmin } from '../../cli/platform/testing/api-user.ts';
import {
  endPlatforms,
  startPlatform,
  writeSources,
  type TestPlatform,
} from '../../cli/platform/testing/test-platform.ts';
import { describeInBrowser, laptop, openWindow, picture } from './browser.ts';
import { fillForm, signIn } from './sign-in.ts';

const folder = workFolder('walk');
const home = tinyHome(folder);
const flanders = { lon: 4.063, lat: 50.746, radius: 250, year: 2019, source: 'demo' };
const [lon, lat] = fromUtm({ zone: 31, north: true }, ...innerCorners[0]);
const gone = 'The server does not answer.';
const manyChunks = { lon, lat, radius: 1500, year: 2019, source: 'made', model: 'tiny' };

describeInBrowser('a person maps an area', () => {
  let platform: TestPlatform;
  let env: Record<string, string>;

  beforeAll(async () => {
    const { out: made } = await madeSeason(3, 2, 10);
    const broken = new SeasonCopy(demoSeason, join(folder, 'broken'));
    // Of a scene that is all cloud no band is read, so that one broken file might never be noticed.
    broken.scenes.forEach((_, scene) => broken.replace(scene, 'B04.tif', 'no picture'));
    env = { GEOCROP_SOURCES: writeSources(folder, { demo: demoSeason, made, broken: broken.root }) };
    platform = await startPlatform(home, env, []);
  }, 240_000);
  afterAll(endPlatforms);

  const secret = () => adminPassword(home);
  const open = () => openWindow(platform.url, laptop);
  const jobOf = (page: Page) => /\/app\/jobs\/([0-9a-f-]{36})/.exec(page.url())![1];

  async function openSignedIn() {
    const opened = await open();
    await opened.page.goto(`${platform.url}/app/new`);
    await signIn(opened.page, 'admin', secret());
    await opened.page.getByRole('heading', { name: 'New map' }).waitFor();
    return opened;
  }

  async function send(page: Page, place: Parameters<typeof fillForm>[1]): Promise<string> {
    await fillForm(page, place);
    await page.getByRole('button', { name: 'Make the map' }).click();
    await page.waitForURL(/\/app\/jobs\//);
    return jobOf(page);
  }

  const untilReady = (page: Page) => page.getByText('Ready', { exact: true }).first().waitFor({ timeout: 90_000 });

  /** From sending until the season's clearest scene, or a baseline, lies on the map. */
  async function secondsUntilShown(page: Page): Promise<number> {
    const shown = page.waitForResponse(
      (reply) => /layer=(job-[^&]*-scene|dw-)/.test(reply.url()) && reply.status() === 200,
    );
    await page.getByRole('button', { name: 'Make the map' }).click();
    const sent = performance.now();
    await shown;
    return (performance.now() - sent) / 1000;
  }

  test('a visitor without an account sees the demo, and its pixels', { timeout: 60_000 }, async () => {
    const { context, page, faults } = await open();
    const tile = page.waitForResponse((reply) => reply.url().includes('-class') && reply.status() === 200);
    await page.goto(platform.url);
    await page.getByRole('row', { name: /Winter cereal/ }).waitFor();
    await tile;
    await page.waitForTimeout(1500);
    await picture(page, 'demo');
    const { width, height } = laptop;
    await page.mouse.click(width / 2 + 150, height / 2);
    await page.getByRole('heading', { name: 'One pixel' }).waitFor();
    await page.getByText('Votes of the models').waitFor({ timeout: 30_000 });
    await page.waitForTimeout(1000);
    await picture(page, 'pixel');
    await page.getByText('The 51 features').click();
    expect(await page.getByRole('region', { name: 'Pixel' }).getByRole('cell').count()).toBeGreaterThanOrEqual(51);
    expect(faults).toEqual({ foreign: [], errors: [] });
    await context.close();
  });

  test('log in, area, quote, send, scene, progress, map, pixel, download', { timeout: 120_000 }, async () => {
    const { context, page, faults } = await openSignedIn();
    // Other work on the machine can hold anything up: of some tries one must be free of it.
    let seconds = Infinity;
    for (let radius = 250; radius > 220 && seconds >= 2; radius -= 10) {
      await page.goto(`${platform.url}/app/new`);
      await fillForm(page, { ...flanders, radius });
      await page.getByText('Clearest scene').waitFor({ timeout: 30_000 });
      await page.waitForTimeout(700);
      await picture(page, 'quote');
      seconds = await secondsUntilShown(page);
      process.stdout.write(`scene on the map ${seconds.toFixed(2)} s after sending\n`);
    }
    expect(seconds).toBeLessThan(2);
    await untilReady(page);
    const id = jobOf(page);
    await page.getByRole('row', { name: /Winter cereal/ }).waitFor();
    const downloading = page.waitForEvent('download');
    await page
      .getByRole('button', { name: /GeoTIFF/i })
      .or(page.getByRole('link', { name: /GeoTIFF/i }))
      .first()
      .click();
    const file = await (await downloading).path();
    const admin = await logInAdmin(platform.url, home);
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(hash(readFileSync(file))).toBe(hash(await admin.bytes(id)));
    expect(faults).toEqual({ foreign: [], errors: [] });
    await context.close();
  });

  test('an area drawn on the map is the area of the form', { timeout: 60_000 }, async () => {
    const { context, page } = await openSignedIn();
    await fillForm(page, flanders);
    await page.waitForTimeout(1200);
    await page.getByRole('button', { name: 'Draw it' }).click();
    const [x, y] = [laptop.width / 2 + 200, laptop.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 150, y, { steps: 8 });
    await page.mouse.up();
    await expect.poll(() => page.getByLabel('Longitude').inputValue()).not.toBe(String(flanders.lon));
    await expect.poll(async () => Number(await page.getByLabel('Radius (m)').inputValue())).toBeGreaterThan(55);
    expect(Math.abs(Number(await page.getByLabel('Longitude').inputValue()) - flanders.lon)).toBeLessThan(0.02);
    await context.close();
  });

  test('chunks appear one by one; a reload and a lost line lose nothing', { timeout: 180_000 }, async () => {
    const { context, page, faults } = await openSignedIn();
    const id = await send(page, manyChunks);
    await page.getByRole('progressbar').first().waitFor();
    await page.waitForResponse((reply) => reply.url().includes(`job-${id}-class`) && reply.status() === 200, {
      timeout: 60_000,
    });
    await picture(page, 'running');
    await page.reload();
    await page.getByRole('heading', { name: /Northern summer 2019/ }).waitFor();
    await context.setOffline(true);
    await page.getByText(gone).waitFor({ timeout: 30_000 });
    await picture(page, 'offline');
    await context.setOffline(false);
    await untilReady(page);
    await page.getByRole('table').first().waitFor();
    expect(faults.foreign).toEqual([]);
    await context.close();
  });

  test('a job that fails says why, and can be tried again', { timeout: 120_000 }, async () => {
    const { context, page } = await openSignedIn();
    const id = await send(page, { ...flanders, radius: 220, source: 'broken' });
    await page.getByText('Failed', { exact: true }).first().waitFor({ timeout: 60_000 });
    await page
      .getByText(/B04\.tif/)
      .first()
      .waitFor();
    await picture(page, 'failed');
    const again = page.waitForResponse((reply) => reply.url().endsWith(`/jobs/${id}/retry`));
    await page
      .getByRole('button', { name: /try again|retry/i })
      .first()
      .click();
    expect((await again).status()).toBe(200);
    await context.close();
  });

  test('an expired session asks to sign in and comes back to the same place', { timeout: 60_000 }, async () => {
    const { context, page } = await openSignedIn();
    await fillForm(page, { ...flanders, radius: 123 });
    await context.clearCookies();
    await page.goto(`${platform.url}/app/jobs`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, 'admin', 'not the password');
    await page
      .getByRole('alert')
      .filter({ hasText: /password/i })
      .first()
      .waitFor();
    await signIn(page, 'admin', secret());
    await page.getByRole('heading', { name: 'My maps' }).waitFor();
    await page.getByRole('link', { name: 'New map' }).click();
    await expect.poll(() => page.getByLabel('Radius (m)').inputValue()).toBe('123');
    await context.close();
  });

  test('a server that goes away half-way and comes back finds the page waiting', { timeout: 240_000 }, async () => {
    const { context, page } = await openSignedIn();
    const area = { ...manyChunks, radius: 1900 };
    await send(page, area);
    await page.getByRole('progressbar').first().waitFor();
    const { port } = new URL(platform.url);
    await platform.kill();
    await page.getByText(gone).waitFor({ timeout: 30_000 });
    platform = await startPlatform(home, { ...env, PORT: port });
    await untilReady(page);
    await context.close();
  });

  test('names with HTML in them are text', { timeout: 60_000 }, async () => {
    const { context, page, faults } = await openSignedIn();
    const name = '<img src=x onerror=document.title=1>.geojson';
    const path = join(folder, 'evil.geojson');
    writeFileSync(path, JSON.stringify({ type: 'Feature', properties: { name }, geometry: null }));
    await page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'application/json', buffer: readFileSync(path) });
    await page.getByRole('alert').filter({ hasText: /\S/ }).first().waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(await page.title()).not.toBe('1');
    expect(faults.errors).toEqual([]);
    await context.close();
  });
});
