// What was deployed, and what each deploy brought.
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { csv, expectAt, rows } from '../table.js';

test('the timeline is filtered by what stands in its address', async ({ page }) => {
  await page.goto('/deploys');
  await awake(page);
  await page.getByRole('textbox', { name: 'Service' }).fill('ledger');
  await page.getByRole('combobox', { name: 'Class' }).selectOption('production');
  await page.getByRole('combobox', { name: 'Kind' }).selectOption('rollback');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/deploys', { service: 'ledger', class: 'production', kind: 'rollback' });
  const found = rows(page.getByRole('main'));
  const count = await found.count();
  expect(count).toBeGreaterThan(0);
  await expect(found.filter({ hasText: 'ledger' }).filter({ hasText: 'production' }).filter({ hasText: 'rollback' })).toHaveCount(count);
});

test('older pages follow without a gap and lead back', async ({ page }) => {
  await page.goto('/deploys');
  await awake(page);
  const heads = page.getByRole('main').getByRole('rowheader').getByRole('link');
  const addresses = () => heads.evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const first = await addresses();
  expect(first).toHaveLength(50);
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page).toHaveURL(/after=/);
  const second = await addresses();
  expect(second).toHaveLength(50);
  expect(second.filter((address) => first.includes(address))).toEqual([]);
  await page.getByRole('link', { name: 'Newer' }).click();
  await expect(page).toHaveURL(/before=/);
  expect(await addresses()).toEqual(first);
});

test('a deploy shows its changes, and the stages of each sum to its lead time', async ({ page, request }) => {
  const [change] = await csv(await request.get('/dora/rows.csv?team=discovery&metric=lead_time'));
  await page.goto(`/deploys/${change!.deploy}`);
  await awake(page);
  const table = page.getByRole('table', { name: 'Changes' });
  for (const head of ['Lead time', 'Coding', 'Review', 'Queue', 'Approval', 'Rollout']) {
    await expect(table.getByRole('columnheader', { name: head })).toBeVisible();
  }
  // A change that an earlier deploy took to production has no lead time in this one.
  const row = rows(table).filter({ has: page.getByRole('time') }).first();
  await expect(row.getByRole('rowheader').getByRole('link')).toHaveAttribute('href', /^https:\/\/github\.com\/saltmarsh\//);
  const seconds = await row.getByRole('time').evaluateAll((times) =>
    times.map((time) => {
      const [, days, hours, minutes, seconds] = time.getAttribute('datetime')?.match(/^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/) ?? [];
      return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
    }),
  );
  expect(seconds).toHaveLength(6);
  const [lead = 0, ...stages] = seconds;
  expect(lead).toBeGreaterThan(0);
  // Each is written in whole seconds.
  expect(Math.abs(stages.reduce((sum, stage) => sum + stage, 0) - lead)).toBeLessThanOrEqual(3);
});

test('a rollback names what it undid, and that deploy says that it failed', async ({ page }) => {
  await page.goto('/deploys?service=recommendations&kind=rollback');
  await awake(page);
  await page.getByRole('main').getByRole('rowheader').first().getByRole('link').click();
  const main = page.getByRole('main');
  await expect(main.getByText('A rollback of')).toBeVisible();
  await expectAccessible(page);
  await main.getByText('A rollback of').getByRole('link').click();
  await expect(main.getByText('A failed deployment')).toBeVisible();
  await expect(main.getByText('Undone by').first()).toBeVisible();
  await expectAccessible(page);
});

test('the CSV has the timeline with its filters', async ({ page, request }) => {
  await page.goto('/deploys?service=tracking&class=production');
  await awake(page);
  const href = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  const records = await csv(await request.get(href!));
  expect(records.length).toBeGreaterThan(5);
  expect(records.every((record) => record.service === 'tracking' && record.class === 'production')).toBe(true);
  const first = await page.getByRole('main').getByRole('rowheader').first().getByRole('link').getAttribute('href');
  expect(first).toBe(`/deploys/${records[0]!.id}`);
});

test.describe('an address that names nothing', () => {
  test.use({ expectedStatuses: [400, 404] });

  test('an unknown deploy answers 404, an unknown filter 400, both with ways on', async ({ page }) => {
    for (const [address, status] of [['/deploys/01900000-0000-7000-8000-000000000000', 404], ['/deploys?kind=sideways', 400]] as const) {
      const answer = await page.goto(address);
      expect(answer?.status(), address).toBe(status);
      await expect(page.getByRole('main').getByRole('link', { name: 'Home' })).toBeVisible();
      await expectAccessible(page);
    }
  });
});
