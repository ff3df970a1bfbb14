// A developer finds a service among many.
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { csv, expectAt, number, rows } from '../table.js';

test('a developer finds a service by a word of its name', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const table = page.getByRole('table', { name: 'Services' });
  await expect(rows(table)).toHaveCount(30);
  const filters = page.getByRole('search', { name: 'Filters' });
  await expect(filters.locator('label').filter({ hasText: /^(Search|Owner)$/ })).toHaveText(['Search', 'Owner']);
  await filters.getByRole('searchbox', { name: 'Search', exact: true }).fill('payments-api');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/services', { q: 'payments-api' });
  await expect(rows(table)).toHaveCount(1);
  await table.getByRole('link', { name: 'payments-api', exact: true }).click();
  await expect(page).toHaveURL(/\/services\/payments-api$/);
  await expect(page.getByRole('heading', { level: 1, name: 'payments-api' })).toBeVisible();
});

test('filters keep what their counts promise, stand in the address, and can be cleared', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const table = page.getByRole('table', { name: 'Services' });
  const option = page.getByRole('combobox', { name: 'Owner' }).getByRole('option', { name: /^Checkout \(/ });
  const promised = number((await option.innerText()).replace(')', ''));
  await page.getByRole('combobox', { name: 'Owner' }).selectOption('checkout');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/services', { owner: 'checkout' });
  await expect(rows(table)).toHaveCount(promised);
  await expect(table.getByRole('link', { name: 'Checkout', exact: true })).toHaveCount(promised);
  await page.getByRole('combobox', { name: 'Tier' }).selectOption('1');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/services', { owner: 'checkout', tier: '1' });
  const both = await rows(table).count();
  expect(both).toBeGreaterThan(0);
  expect(both).toBeLessThan(promised);
  await page.goBack();
  await expect(rows(table)).toHaveCount(promised);
  await page.getByRole('link', { name: 'Clear', exact: true }).click();
  await expect(page).toHaveURL(/\/services$/);
  await expect(rows(table)).toHaveCount(30);
});

test('each health has a link that shows as many services as it says', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const facets = page.getByRole('navigation', { name: 'Health' }).getByRole('link');
  const names = await facets.allInnerTexts();
  expect(names.length).toBeGreaterThan(1);
  for (const [index, name] of names.entries()) {
    await facets.nth(index).click();
    await expect(page).toHaveURL(/health=/);
    await expect(rows(page.getByRole('table', { name: 'Services' }))).toHaveCount(number(name));
    await expect(facets.nth(index)).toHaveAttribute('aria-current', 'true');
    await facets.nth(index).click();
    await expect(page).toHaveURL(/\/services$/);
  }
});

test('a head sorts, and once more sorts the other way', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const table = page.getByRole('table', { name: 'Services' });
  const head = table.getByRole('columnheader', { name: 'Service' });
  const names = () => table.getByRole('rowheader').allInnerTexts();
  await expect(head).toHaveAttribute('aria-sort', 'ascending');
  const forth = await names();
  await head.getByRole('link').click();
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  expect(await names()).toEqual([...forth].reverse());
  await table.getByRole('columnheader', { name: 'Last deploy' }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=last_deploy/);
  await expect(table.getByRole('columnheader', { name: 'Last deploy' })).toHaveAttribute('aria-sort', 'descending');
});

test('nothing found says so and offers a way back', async ({ page }) => {
  await page.goto('/services?q=no-such-thing');
  await awake(page);
  await expect(page.getByText('No service fits these filters')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/services$/);
});

test('the CSV has every row of the list and its filters', async ({ page, request }) => {
  await page.goto('/services?owner=identity');
  await awake(page);
  const shown = await page.getByRole('table', { name: 'Services' }).getByRole('rowheader').allInnerTexts();
  const href = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  expect(href).toBe('/services.csv?owner=identity');
  const records = await csv(await request.get(href!));
  expect(records.map((record) => record.title)).toEqual(shown);
  expect(records.every((record) => record.owner === 'identity')).toBe(true);
});
