// What GitHub sent, what became of it, and trying again.
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { number, rows } from '../table.js';
import { deliver, example } from '../webhook.js';

test('a delivery is found by its id, with its payload', async ({ page, request }) => {
  const id = await deliver(request, 'ping', example('ping'));
  await expect(async () => {
    await page.goto(`/admin/deliveries?q=${id}`);
    await expect(rows(page.getByRole('table', { name: 'Deliveries' })).filter({ hasText: /ignored|processed/ })).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await awake(page);
  await expectAccessible(page);
  await page.getByRole('main').getByRole('rowheader').getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: 'ping' })).toBeVisible();
  await expect(page.getByText(id).first()).toBeVisible();
  await expect(page.getByText('"zen"')).toBeVisible();
  await expectAccessible(page);
});

test('a delivery that cannot be read is dead, says why, and can be replayed', async ({ page, request }) => {
  const broken = example('deployment');
  delete broken.deployment.sha;
  const id = await deliver(request, 'deployment', broken);
  await expect(async () => {
    await page.goto(`/admin/deliveries?q=${id}&status=dead`);
    await expect(rows(page.getByRole('table', { name: 'Deliveries' }))).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await page.getByRole('main').getByRole('rowheader').getByRole('link').click();
  await awake(page);
  const address = page.url();
  await expect(page.getByText('Nothing of it is stored.')).toBeVisible();
  await expect(page.getByText(/sha/).first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Replay' }).click();
  // It is as broken as before: it ends dead again, with another try counted.
  await expect(async () => {
    await page.goto(address);
    await expect(page.getByRole('main').getByText('Nothing of it is stored.')).toBeVisible({ timeout: 500 });
  }).toPass();
});

test('the demo has deliveries of the last days, and one that nobody could read', async ({ page }) => {
  await page.goto('/admin/deliveries');
  await awake(page);
  const states = page.getByRole('navigation', { name: 'State' }).getByRole('link');
  expect(number(await states.filter({ hasText: 'processed' }).innerText())).toBeGreaterThan(100);
  await page.goto('/admin/deliveries?status=dead&q=saltmarsh/storefront');
  await page.getByRole('main').getByRole('rowheader').getByRole('link').first().click();
  await expect(page.getByText('deployment.sha').first()).toBeVisible();
  await expect(page.getByText('Sent by release-bot 0.3')).toBeVisible();
  const address = page.url();
  await page.getByRole('button', { name: 'Replay' }).click();
  await expect(async () => {
    await page.goto(address);
    await expect(page.getByRole('main').getByText('Nothing of it is stored.')).toBeVisible({ timeout: 500 });
  }).toPass();
});
