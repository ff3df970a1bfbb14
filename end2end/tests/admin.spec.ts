// Those who run Fairway: one index, what environments are for, who changed what.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { csv, expectAt, rows } from '../table.js';
import { deliver, example } from '../webhook.js';

const from: Record<string, string> = {
  '/admin/teams': '/admin/people',
  '/admin/sign-in': '/admin/people',
  '/admin/rollback': '/admin',
  '/admin/notifications': '/admin',
};

test('the index leads to every page of administration, and the rail has the same', async ({ page }) => {
  await page.goto('/admin');
  await awake(page);
  await expectAccessible(page);
  const index = page.getByRole('table', { name: 'Pages of administration' });
  const rail = page.getByRole('navigation', { name: 'Main' });
  for (const link of await rows(index).getByRole('rowheader').getByRole('link').all()) {
    const href = (await link.getAttribute('href'))!;
    // What belongs to people is reached from their page, what is set once from the index.
    const inRail = from[href] ?? href;
    await expect(rail.locator(`a[href="${inRail}"]`)).toHaveCount(1);
  }
  await index.getByRole('link', { name: 'Environments' }).click();
  await expect(page).toHaveURL(/\/admin\/environments$/);
});

test('an environment is given another class with a reason, and the trail says so', async ({ page, request }) => {
  // A name of its own, since both projects run against one server, which may have been tested before.
  const own = Date.now() * 2 + (scripts() ? 1 : 0);
  const name = `theatre-${own}`;
  const sent = example('deployment');
  Object.assign(sent.repository, { id: own, name: `house-${own}`, full_name: `saltmarsh-house/house-${own}` });
  Object.assign(sent.deployment, { id: own, environment: name, original_environment: name });
  await deliver(request, 'deployment', sent);
  const row = rows(page.getByRole('table', { name: 'Environments' }));
  await expect(async () => {
    await page.goto(`/admin/environments?q=${name}`);
    await expect(row).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await awake(page);
  await expectAccessible(page);
  await expect(row.getByRole('cell').first()).toHaveText('development');
  await row.locator('summary').click();
  await expect(row.getByText('is derived again')).toBeVisible();
  await row.getByRole('combobox').selectOption('staging');
  await row.getByRole('textbox').fill(`The dress rehearsal of ${own}`);
  await row.getByRole('button', { name: 'Set the class' }).click();
  await expectAt(page, '/admin/environments', { q: name });
  await expect(row.getByRole('cell').first()).toHaveText('staging');

  await page.goto('/admin/audit');
  await awake(page);
  await page.getByRole('combobox', { name: 'Action' }).selectOption('environment.set_class');
  await page.getByRole('textbox', { name: 'Subject' }).fill(`environment:${name}`);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/admin/audit', { action: 'environment.set_class', subject: `environment:${name}` });
  const trail = rows(page.getByRole('table', { name: 'Audit trail' }));
  await expect(trail).toHaveCount(1);
  await expect(trail).toContainText('development → staging');
  await expect(trail).toContainText(`The dress rehearsal of ${own}`);
  await awake(page);
  await expectAccessible(page);
  const href = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  const records = await csv(await request.get(href!));
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({ action: 'environment.set_class', reason: `The dress rehearsal of ${own}` });
});

test('the trail of the demo is read page by page and by who did it', async ({ page }) => {
  await page.goto('/admin/audit');
  await awake(page);
  const trail = rows(page.getByRole('table', { name: 'Audit trail' }));
  expect(await trail.count()).toBeGreaterThan(10);
  await page.getByRole('combobox', { name: 'Who' }).fill('demo');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/admin/audit', { actor: 'demo' });
  expect(await trail.count()).toBeGreaterThan(5);
  await page.goto('/admin/audit?actor=nobody-is-called-so');
  await expect(page.getByText('No change fits these filters')).toBeVisible();
});

test.describe('a day that is none', () => {
  test.use({ expectedStatuses: [400] });

  test('answers 400 and says what to write', async ({ page }) => {
    const answer = await page.goto('/admin/audit?from=soon');
    expect(answer?.status()).toBe(400);
    await expect(page.getByRole('main').getByText(/write a day such as/)).toBeVisible();
  });
});
