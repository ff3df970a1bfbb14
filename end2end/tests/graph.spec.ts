// What breaks if this service breaks, and what does it need? Drawn, and as a table.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { rows } from '../table.js';

test('a service shows what it needs and what needs it, as links', async ({ page }) => {
  await page.goto('/services/payments-api');
  await awake(page);
  const graph = page.getByRole('group', { name: 'Dependencies of payments-api' });
  await expect(graph).toHaveCount(1);
  await expect(graph.getByRole('link', { name: /^payments-api / })).toHaveAttribute('aria-current', 'page');
  await expect(graph.getByRole('link', { name: /^checkout-web / })).toBeVisible();
  await graph.getByRole('link', { name: /^ledger / }).click();
  await expect(page).toHaveURL('/services/ledger');
  await expect(page.getByRole('group', { name: 'Dependencies of ledger' }).getByRole('link', { name: /^payments-api / })).toBeVisible();
});

test('its own page holds the same in a table, two steps far', async ({ page }) => {
  await page.goto('/services/payments-api');
  await awake(page);
  await page.getByRole('link', { name: 'All dependencies' }).click();
  await expect(page).toHaveURL('/services/payments-api/dependencies');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dependencies of payments-api');
  const table = page.getByRole('table', { name: 'Dependencies' });
  const ledger = rows(table).filter({ has: page.getByRole('rowheader', { name: 'ledger', exact: true }) });
  await expect(ledger).toContainText('directly');
  await expect(ledger).toContainText('depends on ledger');
  await expect(rows(table).filter({ hasText: 'through' }).first()).toBeVisible();
  // Every box of the drawing stands in the table too.
  const graph = page.getByRole('group', { name: 'Dependencies of payments-api' });
  const names = (await graph.locator('a.graph-node:not([data-here]) > .graph-name').allTextContents()).map((name) => name.trim());
  expect(names.length).toBeGreaterThan(4);
  for (const name of names) await expect(table.getByRole('rowheader', { name, exact: true })).not.toHaveCount(0);
  await expectAccessible(page);
});

test('the panel has its table behind a fold', async ({ page }) => {
  await page.goto('/services/payments-api');
  await awake(page);
  const table = page.getByRole('table', { name: 'Dependencies' });
  await expect(table).toBeHidden();
  await page.locator('.graph-data > summary').click();
  await expect(rows(table).first()).toBeVisible();
  await expectAccessible(page);
});

test('the keyboard walks the boxes', async ({ page }) => {
  test.skip(!scripts(), 'the same links in the same order');
  await page.goto('/services/payments-api/dependencies');
  const links = page.locator('.graph-drawing:visible a');
  await links.first().focus();
  const count = await links.count();
  for (let index = 1; index < count; index++) {
    await page.keyboard.press('Tab');
    await expect(links.nth(index)).toBeFocused();
  }
});

test('on a telephone it stands upright and its letters keep their size', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/services/payments-api/dependencies');
  await awake(page);
  const drawing = page.getByRole('group', { name: 'Dependencies of payments-api' });
  await expect(drawing).toHaveCount(1);
  await expect(drawing).toHaveAttribute('data-flow', 'down');
  const [wide, own] = await drawing.evaluate((svg) => [svg.getBoundingClientRect().width, (svg as SVGSVGElement).viewBox.baseVal.width]);
  expect(wide! / own!).toBeGreaterThan(0.9);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

test.describe('a service that does not exist', () => {
  test.use({ expectedStatuses: [404] });
  test('has no dependencies either', async ({ page }) => {
    const answer = await page.goto('/services/no-such-service/dependencies');
    expect(answer?.status()).toBe(404);
  });
});
