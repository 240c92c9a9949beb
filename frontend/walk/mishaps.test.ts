import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import { describeInBrowser, laptop, openWindow, openWithoutStorage, phone, picture } from './browser.ts';
import { jobId, startMadeServer, type MadeServer } from './made-server.ts';
import { signIn } from './sign-in.ts';

const folder = workFolder('mishaps');
const gone = 'The server does not answer.';

describeInBrowser('a page that has bad luck', () => {
  let server: MadeServer & { end: () => void };
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    server = await startMadeServer();
  }, 120_000);
  afterAll(() => server?.end());
  beforeEach(async () => {
    Object.assign(server, { job: 'running', isLoggedIn: true, isGone: false, asked: [] });
    ({ context, page } = await openWindow(server.url, laptop));
    // Who has been here before may have a cookie.
    await page.addInitScript(
      "localStorage.getItem('seen') || localStorage.setItem('geocrop.session', '1'); localStorage.setItem('seen', '1');",
    );
  });
  afterEach(() => context.close());

  const open = (path: string) => page.goto(server.url + path);
  const openJob = async () => {
    await open(`/app/jobs/${jobId}`);
    await page.getByRole('heading', { name: 'Northern summer 2019' }).waitFor();
  };
  /** The map flies from a country to a field. */
  const untilAtRest = async () => {
    await page
      .locator('.ol-scale-line-inner')
      .getByText(/^\d+ m$/)
      .waitFor();
    await page.waitForTimeout(1000);
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const removals = () => server.asked.filter((line) => line.startsWith(`DELETE /jobs/${jobId}`));

  test('a map that ends while its end is being decided on is kept', { timeout: 60_000 }, async () => {
    await openJob();
    await button('Cancel map').click();
    await page.getByText('Cancel this map?').waitFor();
    server.job = 'successful';
    await page.getByRole('alertdialog').getByText('It has ended meanwhile.').waitFor();
    await picture(page, 'too-late');
    expect(await page.getByRole('alertdialog').getByRole('button').allInnerTexts()).toEqual(['Close']);
    await button('Close').click();
    expect([removals(), server.job]).toEqual([[], 'successful']);
  });

  test('a map that ends a moment before it is cancelled is kept', { timeout: 60_000 }, async () => {
    await openJob();
    await button('Cancel map').click();
    server.job = 'successful';
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel map' }).click();
    await page.getByRole('alertdialog').getByText('It has ended meanwhile.').waitFor();
    expect([removals(), server.job]).toEqual([[`DELETE /jobs/${jobId}?if=open`], 'successful']);
  });

  test('a map is cancelled, then deleted', { timeout: 60_000 }, async () => {
    await openJob();
    await button('Cancel map').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel map' }).click();
    await page.getByText('This map was cancelled').waitFor();
    expect(await page.getByRole('alertdialog').count()).toBe(0);
    await button('Delete').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL('**/app/jobs');
    expect(removals()).toEqual([`DELETE /jobs/${jobId}?if=open`, `DELETE /jobs/${jobId}?if=ended`]);
  });

  async function signOut(): Promise<void> {
    await page.locator('[popovertarget=account-menu]').click();
    await button('Sign out').click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  }

  test('a logout that the server did not hear is told by the next page', { timeout: 60_000 }, async () => {
    await open('/app/jobs');
    await page.getByRole('heading', { name: 'My maps' }).waitFor();
    await page.route('**/auth/session', (route) => route.abort());
    await signOut();
    expect(server.isLoggedIn).toBe(true);
    await page.unroute('**/auth/session');
    await open('/app/jobs');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expect.poll(() => server.isLoggedIn).toBe(false);
    await signIn(page, 'tariro', 'secret');
    await page.getByRole('heading', { name: 'My maps' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'My maps' }).waitFor();
    expect(server.isLoggedIn).toBe(true);
  });

  test('a logout takes the area along, in every tab; the end of a session does not', { timeout: 60_000 }, async () => {
    await open('/app/new');
    await page.getByLabel('Latitude').fill('50.7');
    const other = await context.newPage();
    await other.goto(`${server.url}/app/new`);
    await expect.poll(() => other.getByLabel('Latitude').inputValue()).toBe('50.7');
    const kept = () => page.evaluate("localStorage.getItem('geocrop.draft')");
    server.isLoggedIn = false;
    await page.reload();
    await page.getByText('Your session has ended.').waitFor();
    expect(await kept()).toContain('50.7');
    await signIn(page, 'tariro', 'secret');
    await expect.poll(() => page.getByLabel('Latitude').inputValue()).toBe('50.7');
    await other.getByLabel('Latitude').fill('50.8');
    await signOut();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await other.getByText('Your session has ended.').count()).toBe(0);
    await page.waitForTimeout(500);
    expect(await kept()).toBeNull();
  });

  test(
    'a gateway with nobody behind it is a lost server, steadily, until it is back',
    { timeout: 60_000 },
    async () => {
      await openJob();
      server.isGone = true;
      await page.getByText(gone).waitFor();
      for (let look = 0; look < 25; look++) {
        expect(await page.getByText(gone).count()).toBe(1);
        await page.waitForTimeout(200);
      }
      server.isGone = false;
      await page.locator('.banner').getByRole('button', { name: 'Try again' }).click();
      await page.getByText(gone).waitFor({ state: 'detached' });
      await page.getByRole('heading', { name: 'Northern summer 2019' }).waitFor();
    },
  );

  test('a part of the form that did not load is asked for again', { timeout: 60_000 }, async () => {
    await page.route(/\/rules-[^/]*\.js$/, (route) => route.abort());
    await open('/app/new');
    await page.getByLabel('Latitude').fill('50.746');
    await page.getByLabel('Longitude').fill('4.063');
    await page.getByRole('alert').filter({ hasText: 'did not load' }).waitFor();
    await picture(page, 'form-incomplete');
    await page.unroute(/\/rules-[^/]*\.js$/);
    await button('Try again').click();
    await page.locator('.area-size').getByText('314').waitFor();
    expect(await page.getByText('did not load').count()).toBe(0);
  });

  test('a page that did not load leaves the others as they are', { timeout: 60_000 }, async () => {
    await open('/app/new');
    await page.getByLabel('Latitude').waitFor();
    await page.evaluate("globalThis.here = 'still'");
    await page.route(/\/jobs-page-[^/]*\.js$|settings\.json$/, (route) => route.abort());
    await page.getByRole('link', { name: 'My maps' }).click();
    await button('Reload the page').waitFor();
    await page.getByText(gone).waitFor();
    await picture(page, 'page-failed');
    await page.getByRole('link', { name: 'New map' }).click();
    await page.getByLabel('Latitude').waitFor();
    await page.unrouteAll();
    await page.getByRole('link', { name: 'My maps' }).click();
    await page.getByRole('heading', { name: 'My maps' }).waitFor();
    expect(await page.evaluate('globalThis.here')).toBe('still');
  });

  test.each([
    ['lets it', 'The link is copied.', 'Promise.resolve()'],
    ['refuses', 'The browser did not let it be copied.', 'Promise.reject(new DOMException("no", "NotAllowedError"))'],
  ])('a link that is copied says how it went: the browser %s', { timeout: 60_000 }, async (_, text, answer) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.addInitScript(`Clipboard.prototype.writeText = () => ${answer}`);
    await openJob();
    await button('Share').click();
    await button('Make a link').click();
    await button('Copy').click();
    await page.getByRole('dialog').getByRole('status').getByText(text).waitFor();
    await picture(page, 'share');
    expect(errors).toEqual([]);
  });

  test('without a line a pixel and a file say so in words', { timeout: 60_000 }, async () => {
    server.job = 'successful';
    await openJob();
    await untilAtRest();
    await page.route('**/point?*', (route) => route.abort());
    await page.mouse.click(laptop.width / 2 + 150, laptop.height / 2);
    const pixel = page.getByRole('region', { name: 'Pixel' });
    await pixel.getByText('The server did not answer.').waitFor();
    expect(await pixel.getByText('TypeError').count()).toBe(0);
    await open('/app/new');
    await page.getByLabel('Latitude').waitFor();
    await page.route(/\/read-area-file-[^/]*\.js$/, (route) => route.abort());
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'a.geojson', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await page.getByText('What reads files did not load.').waitFor();
  });

  test.each([
    ['a laptop', laptop],
    ['a phone', phone],
  ])('on %s the keys point at a pixel that can be seen', { timeout: 60_000 }, async (_, viewport) => {
    server.job = 'successful';
    await page.setViewportSize(viewport);
    await openJob();
    await untilAtRest();
    const places = () =>
      server.asked
        .filter((line) => line.includes('/point?'))
        .map((line) => new URL(line.slice(4), server.url).searchParams)
        .map((query) => [Number(query.get('lon')), Number(query.get('lat'))]);
    const middleOf = async (selector: string) => {
      const { x, y, width, height } = (await page.locator(selector).boundingBox())!;
      return [x + width / 2, y + height / 2];
    };
    const [x, y] = await middleOf('.map-free');
    await page.mouse.click(x, y);
    await page.getByRole('region', { name: 'Pixel' }).getByRole('button', { name: 'Close' }).click();
    await page.locator('.map-canvas').focus();
    await page.keyboard.press('+');
    await page.waitForTimeout(1000);
    await picture(page, `crosshair-${viewport.width}`);
    expect(await middleOf('.map-crosshair')).toEqual([expect.closeTo(x, 0), expect.closeTo(y, 0)]);
    expect(await page.evaluate(`document.elementFromPoint(${x}, ${y}).closest('.map-canvas') !== null`)).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => places().length).toBe(2);
    // The area was brought to the middle of what is free; 0.00005 degrees are less than a pixel of the map.
    for (const [lon, lat] of places()) {
      expect(Math.abs(lon - 4.063)).toBeLessThan(5e-5);
      expect(Math.abs(lat - 50.746)).toBeLessThan(5e-5);
    }
  });

  test('a browser that may store nothing shows the map and logs in', { timeout: 60_000 }, async () => {
    const opened = await openWithoutStorage(join(folder, 'profile'), server.url);
    try {
      expect(
        await opened.page.evaluate('(() => { try { return localStorage.length } catch (e) { return e.name } })()'),
      ).toBe('SecurityError');
      await opened.page.getByRole('heading', { name: 'Northern summer 2019' }).waitFor();
      await opened.page.goto(`${server.url}/app/jobs`);
      await signIn(opened.page, 'tariro', 'secret');
      await opened.page.getByRole('heading', { name: 'My maps' }).waitFor();
      await opened.page.locator('[popovertarget=account-menu]').click();
      await opened.page.getByLabel('Dark').check();
      expect(await opened.page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
      await picture(opened.page, 'no-storage');
      expect(opened.errors).toEqual([]);
    } finally {
      await opened.context.close();
    }
  });
});
