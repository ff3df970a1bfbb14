// A developer opens a service: what runs where, what was deployed last, what waits.
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { rows } from '../table.js';

test('a service shows what runs where, and the channel agrees', async ({ page }) => {
  await page.goto('/services/payments-api');
  await awake(page);
  const running = page.getByRole('table', { name: 'Running where' });
  const release = (name: string) => rows(running).filter({ hasText: name }).getByRole('link');
  const [production, staging] = [await release('production').innerText(), await release('staging').innerText()];
  const channel = page.getByRole('region', { name: 'Channel of payments-api' });
  const mark = (label: string) => channel.getByRole('listitem').filter({ hasText: label });
  await expect(channel.getByRole('listitem')).toHaveCount(6);
  await expect(mark('Production').getByRole('link', { name: production })).toBeVisible();
  await expect(mark('Staging').getByRole('link', { name: staging })).toBeVisible();
  await mark('Production').getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: `payments-api ${production}` })).toBeVisible();
});

test('its last deploys lead to each deploy, and to all of them', async ({ page }) => {
  await page.goto('/services/checkout-web');
  await awake(page);
  const table = page.getByRole('table', { name: 'Last deploys' });
  await expect(rows(table)).toHaveCount(8);
  const first = table.getByRole('rowheader').first().getByRole('link');
  const [release, href] = [await first.innerText(), await first.getAttribute('href')];
  await page.getByRole('link', { name: 'All deploys' }).click();
  await expect(page).toHaveURL(/\/deploys\?service=checkout-web$/);
  const newest = page.getByRole('main').getByRole('rowheader').first().getByRole('link');
  await expect(newest).toHaveText(`checkout-web ${release}`);
  await expect(newest).toHaveAttribute('href', href!);
});

test('relations lead to the other service, which knows of it', async ({ page }) => {
  await page.goto('/services/payments-api');
  await awake(page);
  const other = page.getByRole('table', { name: 'Relations' }).or(page.getByRole('main')).getByRole('link', { name: 'ledger', exact: true });
  await other.first().click();
  await expect(page).toHaveURL(/\/services\/ledger$/);
  await expect(page.getByRole('main').getByRole('link', { name: 'payments-api', exact: true }).first()).toBeVisible();
});

test('a service that sends nothing says what is missing', async ({ page }) => {
  await page.goto('/services/batch-runner');
  await awake(page);
  await expect(page.getByText('No deploys yet')).toBeVisible();
  await expect(page.getByText('Production has everything')).toHaveCount(0);
  await expect(page.getByText('Not known: no deploy to production seen yet')).toBeVisible();
  await expectAccessible(page);
});

test.describe('a service that does not exist', () => {
  test.use({ expectedStatuses: [404] });

  test('answers 404 and finds what does exist', async ({ page }) => {
    const answer = await page.goto('/services/no-such-service');
    expect(answer?.status()).toBe(404);
    await page.getByRole('main').getByRole('searchbox').fill('ledger');
    await page.getByRole('main').getByRole('searchbox').press('Enter');
    await expect(page).toHaveURL(/\/services\?q=ledger$/);
    await expect(page.getByRole('link', { name: 'ledger', exact: true })).toBeVisible();
  });
});
