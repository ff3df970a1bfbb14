// On a telephone a table leaves columns out, and says the most important of them under the first.
import { awake, expect, test } from '../fixtures.js';
import { rows } from '../table.js';

test.use({ viewport: { width: 390, height: 844 } });

test('a deploy says where it went and of which kind it is', async ({ page }) => {
  await page.goto('/deploys?kind=rollback&environment=production');
  await awake(page);
  const first = rows(page.getByRole('main')).first();
  const name = first.getByRole('rowheader');
  await expect(name).toContainText('production');
  await expect(first.getByText('rollback', { exact: true })).toBeInViewport();
  const box = (await name.getByText('production').boundingBox())!;
  expect(box.x + box.width).toBeLessThanOrEqual(390);
});

for (const [address, words] of [
  ['/services', /Payments/],
  ['/services/payments-api', /production|staging/],
  ['/catalog?kind=component', /Payments|Checkout/],
  ['/teams', /members/],
  ['/admin/deliveries', /saltmarsh\//],
  ['/admin/environments', /services?, known by/],
  ['/admin/teams', /nobody|\d (viewer|developer|approver|operator|admin)/],
  ['/dora', /failed/],
  ['/dora/rows?metric=frequency', /normal|hotfix/],
] as const) {
  test(`${address} says under the first column what it leaves out`, async ({ page }) => {
    await page.goto(address);
    await awake(page);
    const under = page.getByRole('main').locator('.row-under').filter({ hasText: words });
    await expect(under.first()).toBeVisible();
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect(under.first()).toBeHidden();
  });
}

test('the labels under a chart keep apart', async ({ page }) => {
  for (const address of ['/dora', '/dev/gallery']) {
    await page.goto(address);
    await awake(page);
    const gaps = await page.locator('.chart-labels').evaluateAll((groups) =>
      groups.flatMap((group) => {
        const boxes = [...group.children].map((label) => label.getBoundingClientRect()).filter((box) => box.width > 0);
        return boxes.slice(1).map((box, index) => box.left - boxes[index]!.right);
      }),
    );
    expect(gaps.length, address).toBeGreaterThan(0);
    expect(Math.min(...gaps), address).toBeGreaterThan(12);
  }
});
