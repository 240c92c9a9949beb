import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, describe } from 'vitest';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find(existsSync);
if (!executablePath && process.env.GEOCROP_REQUIRE_ALL === '1') throw new Error('these tests need Chromium');

/** A suite in a real browser; says so where there is none. */
export const describeInBrowser = executablePath
  ? describe
  : (name: string, _suite: () => void) => describe.skip(`${name} (skipped: there is no Chromium)`, () => undefined);

const launch = { executablePath: executablePath!, args: ['--no-sandbox', '--disable-dev-shm-usage'] };
let browser: Promise<Browser> | null = null;
afterAll(async () => (await browser)?.close());

export const phone = { width: 360, height: 720 };
export const laptop = { width: 1280, height: 800 };

/** What a page did that it must not: asked another origin, logged an error, broke its own policy. */
export interface Faults {
  foreign: string[];
  errors: string[];
}

/** A browser window of its own, with an eye on what the page must never do. */
export async function openWindow(
  origin: string,
  viewport: { width: number; height: number },
  options: { colorScheme?: 'light' | 'dark'; deviceScaleFactor?: number } = {},
): Promise<{ context: BrowserContext; page: Page; faults: Faults }> {
  browser ??= chromium.launch(launch);
  const context = await (await browser).newContext({ viewport, locale: 'en-GB', ...options });
  const faults: Faults = { foreign: [], errors: [] };
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) faults.foreign.push(url);
  });
  page.on('pageerror', (error) => faults.errors.push(String(error)));
  page.on('console', (message) => {
    // A refused request is the business of whoever sent it.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.errors.push(message.text());
  });
  page.setDefaultTimeout(15_000);
  return { context, page, faults };
}

/** The start page in a browser whose user allows no site to store anything. */
export async function openWithoutStorage(profile: string, origin: string) {
  mkdirSync(join(profile, 'Default'), { recursive: true });
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, { ...launch, viewport: laptop, locale: 'en-GB' });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.setDefaultTimeout(15_000);
  await page.goto(origin);
  return { context, page, errors };
}

const pictures = fileURLToPath(new URL('../../.cache/pictures', import.meta.url));

/** Keeps what the page looks like, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png` });
}
