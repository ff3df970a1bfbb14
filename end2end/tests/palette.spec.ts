// One key opens the palette; from there every page, thing and act is a few letters away.
import type { Page } from '@playwright/test';
import { awake, axe, expect, scripts, test } from '../fixtures.js';

const palette = (page: Page) => page.getByRole('dialog', { name: 'Find or do anything' });
const field = (page: Page) => palette(page).getByRole('combobox');
const chosen = (page: Page) => palette(page).locator('[role=option][aria-selected=true]');

async function open(page: Page): Promise<void> {
  await awake(page);
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
}

test('without scripts the field of the top bar does its work', async ({ page }) => {
  test.skip(scripts(), 'with scripts there is the palette');
  await page.goto('/');
  await expect(palette(page)).toBeHidden();
  await expect(page.locator('.top-palette')).toBeHidden();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('banner').getByRole('link', { name: 'Search' }).click();
  await expect(page).toHaveURL('/search');
});

test.describe('with scripts', () => {
  test.beforeEach(() => test.skip(!scripts(), 'the palette is an island'));

  test('pages are listed at once, and Enter goes there', async ({ page }) => {
    await page.goto('/services');
    await open(page);
    await expect(palette(page).getByRole('option', { name: /^DORA/ })).toBeVisible();
    await field(page).fill('dor');
    await expect(chosen(page)).toHaveText(/^DORA/);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL('/dora');
  });

  test('what the server finds is chosen with the arrows, and named to assistive technology', async ({ page }) => {
    await page.goto('/');
    await open(page);
    await field(page).fill('payments');
    const service = palette(page).getByRole('group', { name: 'Services' }).getByRole('option').first();
    await expect(service).toBeVisible();
    await expect(palette(page).locator('#palette-found')).not.toHaveAttribute('data-stale', '');
    await expect(service.locator('.palette-label mark')).toHaveText('payments');
    await expect(chosen(page)).toHaveCount(1);
    await expect(field(page)).toHaveAttribute('aria-activedescendant', (await chosen(page).getAttribute('id'))!);
    const before = await chosen(page).getAttribute('id');
    await page.keyboard.press('ArrowDown');
    await expect(chosen(page)).not.toHaveAttribute('id', before!);
    await page.keyboard.press('ArrowUp');
    await expect(chosen(page)).toHaveAttribute('id', before!);
    // Round the end: the last choice opens the page of the search.
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    await expect(chosen(page)).toHaveAttribute('id', before!);
    const href = await chosen(page).getAttribute('href');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(href!);
  });

  test('Enter before the answer arrives opens the search of what was typed', async ({ page }) => {
    let answer: () => void = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/search/found?*', async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    await page.goto('/');
    await open(page);
    await field(page).fill('ledger');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL('/search?q=ledger');
    answer();
  });

  test('an earlier answer never replaces a later one', async ({ page }) => {
    await page.route('**/search/found?q=led', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await route.continue().catch(() => undefined);
    });
    await page.goto('/');
    await open(page);
    const asked = page.waitForRequest(/search\/found\?q=led$/);
    await field(page).fill('led');
    await asked;
    const late = page.waitForResponse(/search\/found\?q=led$/);
    await field(page).fill('checkout');
    const found = palette(page).locator('#palette-found');
    await expect(found).toContainText('checkout-web');
    await late;
    await expect(found).toContainText('checkout-web');
    await expect(found).not.toContainText('ledger');
  });

  test.describe('when the search does not answer', () => {
    test.use({ expectedStatuses: [503] });
    test('the palette says so, and its pages still work', async ({ page }) => {
      await page.route('**/search/found?*', (route) => route.fulfill({ status: 503, body: 'down' }));
      await page.goto('/');
      await open(page);
      await field(page).fill('deploys');
      await expect(palette(page).getByText('Search does not answer')).toBeVisible();
      await page.keyboard.press('Enter');
      await expect(page).toHaveURL('/deploys');
    });
  });

  test('Escape closes it and the focus returns; so does a click beside it', async ({ page }) => {
    await page.goto('/services');
    await awake(page);
    const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Deploys' });
    await link.focus();
    await page.keyboard.press('Control+k');
    await expect(palette(page)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(palette(page)).toBeHidden();
    await expect(link).toBeFocused();
    await page.getByRole('button', { name: 'Find or do anything' }).click();
    await expect(palette(page)).toBeVisible();
    await page.mouse.click(5, 5);
    await expect(palette(page)).toBeHidden();
  });

  test('recent pages are offered, newest first, without this one', async ({ page }) => {
    for (const address of ['/services/ledger', '/dora', '/deploys']) {
      await page.goto(address);
      await awake(page);
    }
    await open(page);
    const recent = palette(page).getByRole('group', { name: 'Recent pages' }).getByRole('option');
    await expect(recent).toHaveCount(2);
    await expect(recent.nth(0)).toHaveAttribute('href', '/dora');
    await expect(recent.nth(1)).toHaveAttribute('href', '/services/ledger');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL('/dora');
  });

  test('acts are done: colours, and the list of keys', async ({ page }) => {
    await page.goto('/');
    await open(page);
    await field(page).fill('dark');
    await expect(chosen(page)).toHaveText(/Dark colours/);
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await open(page);
    await field(page).fill('shortcuts');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  });

  test('on a telephone the glass opens it, and it fits', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/');
    await awake(page);
    await page.getByRole('banner').getByRole('link', { name: 'Search' }).click();
    await expect(field(page)).toBeFocused();
    await field(page).fill('payments');
    await expect(palette(page).getByRole('group', { name: 'Services' })).toBeVisible();
    const box = (await palette(page).boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(390);
    expect(box.y + box.height).toBeLessThanOrEqual(844);
  });

  test('open and filled, axe finds nothing', async ({ page }) => {
    for (const theme of ['light', 'dark']) {
      await page.goto('/');
      await page.context().addCookies([{ name: 'fairway_theme', value: theme, url: page.url() }]);
      await page.reload();
      await open(page);
      await field(page).fill('payments');
      await expect(palette(page).getByRole('group', { name: 'Services' })).toBeVisible();
      expect(await axe(page), `axe, ${theme}`).toEqual([]);
    }
  });
});
