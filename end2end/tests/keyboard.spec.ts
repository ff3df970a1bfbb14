// The keyboard map: keys that go somewhere, walk rows, help, and can be switched off.
import { awake, expect, scripts, test } from '../fixtures.js';

test.beforeEach(() => test.skip(!scripts(), 'keys are an island'));

test('g and a letter go places', async ({ page }) => {
  await page.goto('/');
  for (const [keys, address] of [['gs', '/services'], ['gd', '/deploys'], ['ga', '/approvals'], ['gm', '/dora'], ['gh', '/']] as const) {
    await awake(page);
    for (const key of keys) await page.keyboard.press(key);
    await expect(page).toHaveURL(address);
  }
});

test('j and k walk the rows, o and Enter open one', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const links = page.locator('.table tbody th a');
  await page.keyboard.press('j');
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(links.nth(1)).toBeFocused();
  const href = await links.nth(1).getAttribute('href');
  await page.keyboard.press('o');
  await expect(page).toHaveURL(href!);
  await page.goto('/search?q=payments');
  await awake(page);
  await page.keyboard.press('j');
  await expect(page.locator('.hit-title').first()).toBeFocused();
  const hit = await page.locator('.hit-title').first().getAttribute('href');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(hit!);
});

test('slash goes to the search field, and on a narrow screen to the palette', async ({ page }) => {
  await page.goto('/dora');
  await awake(page);
  await page.keyboard.press('/');
  const field = page.getByRole('banner').getByRole('searchbox', { name: 'Search' });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await awake(page);
  await page.keyboard.press('/');
  await expect(page.getByRole('dialog', { name: 'Find or do anything' }).getByRole('combobox')).toBeFocused();
});

test('keys do nothing while one types, nor with a modifier', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const field = page.getByRole('main').getByRole('searchbox').first();
  await field.click();
  await page.keyboard.type('gd?j');
  await expect(field).toHaveValue('gd?j');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await field.blur();
  await page.keyboard.press('Alt+j');
  await page.keyboard.press('Control+?');
  await expect(page.locator('.table tbody th a:focus')).toHaveCount(0);
  await expect(page).toHaveURL('/services');
});

test('the list of keys opens with a question mark, and single keys can be switched off for good', async ({ page }) => {
  await page.goto('/deploys');
  await awake(page);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(help).toBeVisible();
  for (const act of ['Find or do anything', 'Search', 'Next and previous row', 'Open the row', 'Home', 'Services', 'Deploys', 'Approvals', 'DORA', 'Decide: to the reason, then Tab to the buttons']) {
    await expect(help.getByText(act, { exact: true })).toBeVisible();
  }
  await help.getByRole('checkbox', { name: 'Single keys are on' }).uncheck();
  await help.getByRole('button', { name: 'Close' }).click();
  await page.reload();
  await awake(page);
  for (const key of ['?', 'j', '/']) await page.keyboard.press(key);
  await expect(help).toBeHidden();
  await expect(page.locator('.table tbody th a:focus, input:focus')).toHaveCount(0);
  // With a modifier the palette still opens, and from there the list, where they are switched on again.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('shortcuts');
  await expect(page.getByRole('option', { name: /shortcuts/i }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await help.getByRole('checkbox', { name: 'Single keys are on' }).check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await expect(page.locator('.table tbody th a').first()).toBeFocused();
});
