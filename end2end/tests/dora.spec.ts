// A manager reads the figures and opens the rows behind them.
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { countAll, csv, expectAt, number, rows } from '../table.js';

test('a manager switches team and range, and the address keeps both', async ({ page }) => {
  await page.goto('/dora');
  await awake(page);
  await page.getByRole('combobox', { name: 'Team' }).selectOption('discovery');
  await page.getByRole('combobox', { name: 'Range' }).selectOption('30');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/dora', { team: 'discovery', range: '30' });
  await expect(page.getByRole('heading', { level: 1, name: 'DORA, Discovery' })).toBeVisible();
  await expect(page.getByRole('main').getByText('compared with the 30 days before')).toBeVisible();
  await page.getByRole('link', { name: 'Clear', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'DORA', exact: true })).toBeVisible();
});

test('every figure opens as many rows as it says', async ({ page }) => {
  test.setTimeout(90_000);
  await page.goto('/dora?team=discovery&range=30');
  await awake(page);
  const strip = page.getByRole('region', { name: 'The five metrics' });
  const figures = strip.locator('a.metric-name[href^="/dora/rows"]');
  await expect(figures).toHaveCount(5);
  const addresses = await figures.evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
  for (const address of addresses) {
    await page.goto(address);
    const tabs = page.getByRole('navigation', { name: 'Which rows' }).getByRole('link');
    const names = await tabs.allInnerTexts();
    for (const [index, name] of names.entries()) {
      await page.goto(address);
      await tabs.nth(index).click();
      await expect(tabs.nth(index)).toHaveAttribute('aria-current', 'page');
      const table = page.getByRole('main').getByRole('table', { name: /^(?!Deployment days)/ });
      // Nothing of the kind is a sentence, not an empty table.
      if (number(name) === 0) await expect(page.getByText('Nothing of this kind happened in this range.')).toBeVisible();
      expect(await countAll(page, table, 'Older'), `${name} of ${address}`).toBe(number(name));
    }
  }
});

test('the days of a week and the slowest tenth open what they were made of', async ({ page }) => {
  await page.goto('/dora?team=discovery');
  await awake(page);
  const strip = page.getByRole('region', { name: 'The five metrics' });
  await expect(strip.getByRole('link', { name: /^p90 / })).toHaveCount(2);
  const week = strip.getByRole('link', { name: /days? a week$/ });
  const median = Number.parseFloat(await week.innerText());
  await week.click();
  await expect(page).toHaveURL(/\/dora\/rows\?team=discovery&metric=frequency#weeks$/);
  const weeks = page.getByRole('table', { name: 'Deployment days by week' });
  const days = (await rows(weeks).getByRole('cell').allInnerTexts()).map(Number).sort((a, b) => a - b);
  expect(days.length).toBeGreaterThan(10);
  const middle = (days.length - 1) / 2;
  expect((days[Math.floor(middle)]! + days[Math.ceil(middle)]!) / 2).toBe(median);
  const first = rows(weeks).nth(1);
  const promised = Number(await first.getByRole('cell').innerText());
  await first.getByRole('link').click();
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
  const one = rows(page.getByRole('table', { name: 'Deployment days by week' }));
  await expect(one).toHaveCount(1);
  await expect(one.getByRole('cell')).toHaveText(String(promised));
});

test('a service is chosen by typing, from a list or from what fits', async ({ page }) => {
  await page.goto('/dora');
  await awake(page);
  const field = page.getByRole('main').getByRole('combobox', { name: 'Service' });
  await field.fill('orders');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/dora', { service: 'orders' });
  await expect(page.getByRole('heading', { level: 1, name: 'DORA, orders' })).toBeVisible();
  await page.goto('/dora?range=30');
  await field.fill('search');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Which service?' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('table', { name: 'Services that fit' }).getByRole('link', { name: 'search-api', exact: true }).click();
  await expectAt(page, '/dora', { service: 'search-api', range: '30' });
  await page.goto('/services/search-api');
  await page.getByRole('main').getByRole('link', { name: 'DORA', exact: true }).click();
  await expectAt(page, '/dora', { service: 'search-api' });
});

test('the fail rate is its failed rows over its cohort', async ({ page }) => {
  await page.goto('/dora/rows?metric=change_fail_rate&team=checkout');
  await awake(page);
  const tab = (name: RegExp) => page.getByRole('navigation', { name: 'Which rows' }).getByRole('link', { name });
  const failed = number(await tab(/^Failed/).innerText());
  const cohort = number(await tab(/^Cohort/).innerText());
  expect(failed).toBeGreaterThan(0);
  const share = Math.round((failed / cohort) * 1000) / 10;
  await expect(page.getByRole('main').getByText(`${share} % from ${failed} failed of ${cohort} deployments`)).toBeVisible();
});

test('teams add up to the organisation, and each opens its services', async ({ page }) => {
  await page.goto('/dora');
  await awake(page);
  const teams = page.getByRole('table', { name: 'Figures by team' });
  await expect(rows(teams)).toHaveCount(6);
  await teams.getByRole('link', { name: 'Logistics', exact: true }).click();
  await expect(page).toHaveURL(/\/dora\?team=logistics$/);
  const services = page.getByRole('table', { name: 'Figures by service' });
  await services.getByRole('link', { name: 'orders', exact: true }).click();
  await expect(page).toHaveURL(/\/dora\?.*service=orders/);
  await expect(page.getByRole('heading', { level: 1, name: 'DORA, orders' })).toBeVisible();
});

test('a point of the trend opens the rows of its week', async ({ page }) => {
  await page.goto('/dora?team=discovery&trend=frequency');
  await awake(page);
  const point = page.getByRole('figure').getByRole('link').nth(3);
  const href = await point.getAttribute('href');
  expect(href).toMatch(/^\/dora\/rows\?.*from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
  await page.goto(href!);
  await expect(page.getByRole('navigation', { name: 'Which rows' })).toBeVisible();
});

test('CSV: of the figures, and of the rows as many as the page has', async ({ page, request }) => {
  await page.goto('/dora/rows?metric=frequency&team=identity');
  await awake(page);
  const promised = number(await page.getByRole('navigation', { name: 'Which rows' }).getByRole('link').first().innerText());
  const href = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  expect(await csv(await request.get(href!))).toHaveLength(promised);
  await page.goto('/dora?team=identity');
  const figures = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  expect((await csv(await request.get(figures!))).length).toBeGreaterThan(4);
});

test.describe('a range that is none', () => {
  test.use({ expectedStatuses: [400] });

  test('answers 400 and says what to choose', async ({ page }) => {
    const answer = await page.goto('/dora?range=12');
    expect(answer?.status()).toBe(400);
    await expect(page.getByRole('main').getByText(/choose 7, 30, 90, 180 or 365 days/)).toBeVisible();
  });
});
