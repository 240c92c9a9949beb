import type { Page } from 'playwright-core';

/** Signs in on the page that is there. */
export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).last().click();
}

export interface Place {
  lon: number;
  lat: number;
  radius: number;
  year: number;
  source: string;
  model?: string;
}

/** Fills the form of a new map as somebody does who knows the coordinates. */
export async function fillForm(page: Page, { lon, lat, radius, year, source, model }: Place): Promise<void> {
  await page.getByLabel('Latitude').fill(String(lat));
  await page.getByLabel('Longitude').fill(String(lon));
  await page.getByLabel('Radius (m)').fill(String(radius));
  await page.getByLabel('Season').selectOption({ label: 'Northern summer' });
  await page.getByLabel('Year').fill(String(year));
  await page.getByLabel('Scenes from').selectOption({ label: source });
  if (model) await page.getByLabel('Model').selectOption({ value: model });
}
