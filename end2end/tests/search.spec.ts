// Somebody has a piece of something - a name, a version, a sha, a number - and wants the thing.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';

test('the field of the top bar finds a service by the beginnings of its words', async ({ page }) => {
  await page.goto('/');
  await awake(page);
  const field = page.getByRole('banner').getByRole('searchbox', { name: 'Search' });
  await field.fill('pay api');
  await field.press('Enter');
  await expect(page).toHaveURL(/\/search\?q=pay(\+|%20)api$/);
  const hit = page.getByRole('region', { name: 'Services' }).or(page.locator('section', { has: page.getByRole('heading', { name: 'Services' }) }));
  await expect(hit.getByRole('link', { name: 'payments-api', exact: true })).toBeVisible();
  await expect(hit.locator('mark').first()).toHaveText('pay');
  await hit.getByRole('link', { name: 'payments-api', exact: true }).click();
  await expect(page).toHaveURL('/services/payments-api');
});

test('a typing error is forgiven, and the page says that it guessed', async ({ page }) => {
  await page.goto('/search?q=paymnets-api');
  await awake(page);
  await expect(page.getByRole('main')).toContainText('Nothing is called paymnets-api');
  await page.getByRole('main').getByRole('link', { name: 'payments-api', exact: true }).click();
  await expect(page).toHaveURL('/services/payments-api');
});

test('a release is found by service and version, and by its sha', async ({ page }) => {
  await page.goto('/services/payments-api');
  await awake(page);
  const first = page.getByRole('table', { name: 'Last deploys' }).getByRole('rowheader').first().getByRole('link');
  const release = (await first.innerText()).trim();
  const deploy = (await first.getAttribute('href'))!;
  await page.goto(`/search?q=${encodeURIComponent(`payments-api ${release}`)}`);
  const deploys = page.locator('section', { has: page.getByRole('heading', { name: 'Deploys' }) });
  await expect(deploys.locator(`a[href="${deploy}"]`)).toBeVisible();
  await expect(deploys.locator(`a[href="${deploy}"]`).locator('code')).toHaveText(release);
  // A sha is written as it is everywhere else.
  await expect(deploys.locator('.hit-detail').first().locator('code')).toHaveText(/^[0-9a-f]{7,10}$/);
  // Its address, pasted, leads there too.
  await page.goto(`/search?q=${encodeURIComponent(`https://fairway.example${deploy}`)}`);
  await expect(page.getByRole('main').locator('.hit-title')).toHaveCount(1);
  await expect(page.getByRole('main').locator('.hit-title')).toHaveAttribute('href', deploy);
});

test('kinds are tabs, and the state is the address', async ({ page }) => {
  await page.goto('/search?q=payments');
  await awake(page);
  const kinds = page.getByRole('navigation', { name: 'Kinds' });
  await expect(kinds.getByRole('link', { name: 'All' })).toHaveAttribute('aria-current', 'page');
  await kinds.getByRole('link', { name: 'Deploys' }).click();
  await expect(page).toHaveURL('/search?q=payments&kind=deploys');
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toHaveText(['Deploys']);
  await page.goBack();
  await expect(kinds.getByRole('link', { name: 'All' })).toHaveAttribute('aria-current', 'page');
});

test('a page of the site is found by what it is about', async ({ page }) => {
  await page.goto('/search?q=lead+time');
  await awake(page);
  await page.getByRole('main').getByRole('link', { name: 'DORA' }).click();
  await expect(page).toHaveURL('/dora');
});

test('nothing asked and nothing found both say what to do, accessibly', async ({ page }) => {
  await page.goto('/search');
  await awake(page);
  await expect(page.getByText('Find anything by what you have of it')).toBeVisible();
  await expectAccessible(page);
  await page.goto('/search?q=xylophone');
  await expect(page.getByText('Nothing found for “xylophone”')).toBeVisible();
  await page.getByRole('link', { name: 'Look in the tags and descriptions of services' }).click();
  await expect(page).toHaveURL('/services?q=xylophone');
  await page.goto('/search?q=payments');
  await awake(page);
  await expectAccessible(page);
});

test('results keep to a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/search?q=payments');
  await awake(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await expect(page.getByRole('main').getByRole('link', { name: 'payments-api', exact: true })).toBeVisible();
});

test.describe('what is not a kind', () => {
  test.use({ expectedStatuses: [400] });
  test('is refused with a way out', async ({ page }) => {
    const answer = await page.goto('/search?q=payments&kind=spaceships');
    expect(answer?.status()).toBe(400);
    await expect(page.getByRole('main').getByRole('link', { name: 'Home' })).toBeVisible();
  });
});

test('what was typed is never markup', async ({ page }) => {
  await page.goto(`/search?q=${encodeURIComponent('<img src=x onerror=document.title="hit">')}`);
  await awake(page);
  await expect(page.getByRole('main').locator('img')).toHaveCount(0);
  if (scripts()) await expect(page).toHaveTitle(/Search/);
});
