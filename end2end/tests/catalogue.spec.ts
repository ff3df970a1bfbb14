// Everything that catalog files describe, and the teams in it.
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { csv, expectAt, number, rows } from '../table.js';

test('the catalogue is narrowed by kind, namespace and words, page by page', async ({ page }) => {
  await page.goto('/catalog');
  await awake(page);
  await expectAccessible(page);
  const table = page.getByRole('table', { name: 'Catalogue' });
  await expect(rows(table)).toHaveCount(50);
  const names = table.getByRole('rowheader').getByRole('link');
  const first = await names.allInnerTexts();
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await pages.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/\/catalog\?after=/);
  expect(await names.allInnerTexts()).not.toEqual(first);
  await pages.getByRole('link', { name: 'Previous' }).click();
  await expect(names).toHaveText(first);

  const kinds = page.getByRole('navigation', { name: 'Kind' }).getByRole('link');
  const groups = kinds.filter({ hasText: 'Groups' });
  const promised = number(await groups.innerText());
  await groups.click();
  await expectAt(page, '/catalog', { kind: 'group' });
  await expect(rows(table)).toHaveCount(promised);
  await page.getByRole('main').getByRole('searchbox', { name: 'Search', exact: true }).fill('payments');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/catalog', { q: 'payments', kind: 'group' });
  await table.getByRole('rowheader').getByRole('link').first().click();
  await expect(page).toHaveURL(/\/teams\/payments$/);
});

test('the address of a kind leads to its list, and what fits nothing says so', async ({ page, request }) => {
  await page.goto('/catalog/api');
  await expectAt(page, '/catalog', { kind: 'api' });
  const shown = await page.getByRole('table', { name: 'Catalogue' }).getByRole('rowheader').allInnerTexts();
  const href = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  expect((await csv(await request.get(href!))).map((record) => record.title)).toEqual(shown);
  await page.goto('/catalog?q=no-such-thing');
  await awake(page);
  await expect(page.getByText('No entity fits these filters')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expectAt(page, '/catalog', {});
});

test('a team leads to its services, its people and its figures', async ({ page, request }) => {
  await page.goto('/teams');
  await awake(page);
  await expectAccessible(page);
  const row = rows(page.getByRole('table', { name: 'Teams' })).filter({ has: page.getByRole('link', { name: 'Payments', exact: true }) });
  const owned = number(await row.getByRole('cell').first().innerText());
  const members = number(await row.getByRole('cell').nth(1).innerText());
  const records = await csv(await request.get('/teams.csv'));
  expect(records.find((record) => record.team === 'payments')).toMatchObject({ services: String(owned), members: String(members) });
  await row.getByRole('link', { name: 'Payments', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Payments' })).toBeVisible();
  await awake(page);
  await expectAccessible(page);
  await expect(rows(page.getByRole('table', { name: 'Services of the team' }))).toHaveCount(owned);
  await expect(rows(page.getByRole('table', { name: 'Members' }))).toHaveCount(members);
  await page.getByRole('main').getByRole('link', { name: 'DORA', exact: true }).click();
  await expectAt(page, '/dora', { team: 'payments' });
});
