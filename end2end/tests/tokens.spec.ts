// Tokens: one's own, those of programs, and workflows that need none. Both projects press the same buttons.
import { remember } from '../canaries.js';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { rows } from '../table.js';

/** A name of its own, since both projects run against one server, which may have been tested before. */
const own = (word: string) => `${word}-${Date.now() * 2 + (scripts() ? 1 : 0)}`;

/** The secret that a page shows, as somebody copies it. */
const secretOn = async (page: import('@playwright/test').Page) => {
  const secret = (await page.getByRole('note').locator('code').textContent()) ?? '';
  remember('a token', secret);
  return secret;
};

test('one makes a token of one’s own, uses it and revokes it', async ({ page, playwright, baseURL }) => {
  const name = own('laptop');
  await page.goto('/account');
  await awake(page);
  await page.getByLabel('What it is for').fill(name);
  await page.getByLabel('read: what pages show').check();
  await page.getByLabel('Days').fill('7');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.getByRole('note')).toContainText('not shown again');
  await awake(page);
  const secret = await secretOn(page);
  expect(secret).toMatch(/^fwy_\w{39}$/);

  const api = await playwright.request.newContext({ baseURL, extraHTTPHeaders: { authorization: `Bearer ${secret}` } });
  expect((await api.get('/api/v1/services')).status()).toBe(200);
  expect((await api.post('/api/v1/deploys', { data: { service: 'none', environment: 'staging', version: '1' } })).status()).toBe(403);

  await page.goto('/account');
  await expect(page.getByRole('main')).not.toContainText(secret);
  await expectAccessible(page);
  const row = rows(page.getByRole('table', { name: 'Your tokens' })).filter({ hasText: name });
  await expect(row).toContainText('works');
  await row.getByRole('button', { name: 'Revoke' }).click();
  await expect(page).toHaveURL(/\/account#tokens$/);
  await expect(row).toContainText('revoked');
  expect((await api.get('/api/v1/services')).status()).toBe(401);
  await api.dispose();
});

test('an admin gives a program an account, a token for one environment, and trusts a workflow', async ({ page }) => {
  const name = own('ci');
  await page.goto('/admin/tokens');
  await awake(page);
  await expectAccessible(page);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Role').selectOption('developer');
  await page.getByRole('button', { name: 'Make the service account' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

  const making = page.locator('#make');
  await making.getByLabel('What it is for').fill('runner');
  await making.getByLabel('deploys:write').check();
  await making.getByLabel('Only in these environments').fill('eu-live');
  await making.getByRole('button', { name: 'Make the token' }).click();
  expect(await secretOn(page)).toMatch(/^fwy_/);
  await expect(rows(page.getByRole('table', { name: 'Its tokens' }))).toContainText('eu-live');

  const trust = page.locator('#trust-more');
  await trust.getByLabel('Repository').fill('saltmarsh-house/shop');
  await trust.getByLabel('Environment of the job').fill('production');
  await trust.getByLabel('deploys:write').check();
  await trust.getByLabel('production', { exact: true }).check();
  await trust.getByRole('button', { name: 'Trust it' }).click();
  const rule = rows(page.getByRole('table', { name: 'Trusted workflows' }));
  await expect(rule).toContainText('environment production');
  await awake(page);
  await expectAccessible(page);
  await rule.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('No workflow is trusted')).toBeVisible();

  await page.getByRole('button', { name: 'Disable the account and all its tokens' }).click();
  await expect(page.locator('.button-reason').first()).toHaveText('The account is disabled; enable it first.');
});

test.describe('what is not right', () => {
  test.use({ expectedStatuses: [400] });

  test('is said at its field, and what was typed stays', async ({ page }) => {
    await page.goto('/account');
    await page.getByLabel('What it is for').fill('a year and more');
    await page.getByLabel('Days').fill('367');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await expect(page.getByRole('alert')).toContainText('Give at least one of');
    await expect(page.getByRole('alert')).toContainText('Choose 1 to 366 days');
    await expect(page.getByLabel('What it is for')).toHaveValue('a year and more');
    await awake(page);
    await expectAccessible(page);
  });
});
