// What does not exist says so, with its status and a way on.
import { awake, expect, expectAccessible, test } from '../fixtures.js';

test.use({ expectedStatuses: [404] });

const addresses = [
  '/nothing',
  '/services/nothing',
  '/deploys/nothing',
  '/catalog/api/default/nothing',
  '/admin/deliveries/nothing',
  '/dora?team=nothing',
];

for (const address of addresses) {
  test(`${address} answers 404 with links that lead on`, async ({ page }) => {
    const answer = await page.goto(address);
    expect(answer?.status()).toBe(404);
    await awake(page);
    const main = page.getByRole('main');
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(main.getByRole('link', { name: 'All services' })).toBeVisible();
    await expect(main.getByRole('search')).toBeVisible();
    await expectAccessible(page);
    await main.getByRole('link', { name: 'Home' }).click();
    await expect(page).toHaveURL('/');
  });
}
