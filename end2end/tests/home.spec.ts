// Home shows a member what is their team's, with everything at an address of its own; whoever is in no team is told how to get into one.
import type { APIRequestContext } from '@playwright/test';
import type { State } from '../door.js';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';
import { expectAt, rows } from '../table.js';

const port = freePort();
const own = new OwnFairway('home', port);
test.use({ baseURL: `http://localhost:${port}`, storageState: { cookies: [], origins: [] } });
test.describe.configure({ mode: 'serial', timeout: 120_000 });

let api: APIRequestContext;
let cookies: State['cookies'] = [];

async function deploy(service: string, version: string, state: string): Promise<void> {
  const answer = await api.post('/api/v1/deploys', { data: { service, environment: 'production', version, phases: [{ state }] } });
  expect(answer.status(), await answer.text()).toBe(201);
}

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(90_000);
  api = await own.begin(playwright);
  for (const [name, owner] of [['harbour', 'payments'], ['lantern', 'growth']] as const) {
    const answer = await api.post('/api/v1/services', { data: { name, owner } });
    expect(answer.status(), await answer.text()).toBe(201);
    await deploy(name, '1.0.0', 'succeeded');
    await deploy(name, '1.1.0', 'deploy');
  }
  ({ cookies } = await own.signIn(playwright));
});

test.beforeEach(({ context }) => context.addCookies(cookies));

test.afterAll(async () => {
  await api?.dispose();
  await own.end();
});

test('whoever is in no team sees everything, and how to get into one', async ({ page }) => {
  await page.goto('/');
  const main = page.getByRole('main');
  await expect(main).toContainText('You belong to no team');
  await expect(main).toContainText('lantern');
  await expect(page.getByRole('navigation', { name: 'Whose' })).toHaveCount(0);
  await awake(page);
  await expectAccessible(page);
  await main.getByRole('link', { name: 'See the teams' }).click();
  await expect(page).toHaveURL('/teams');
});

test('a member sees what is theirs, and everything at its own address', async ({ page }) => {
  await page.goto('/admin/teams/payments');
  await page.getByLabel('Person').selectOption({ index: 1 });
  await page.getByLabel('Role').selectOption('developer');
  await page.getByRole('button', { name: 'Give the role' }).click();
  await expect(page.getByRole('row', { name: /Olga Admin/ })).toBeVisible();

  await page.goto('/');
  const main = page.getByRole('main');
  const whose = page.getByRole('navigation', { name: 'Whose' });
  await expect(main).toContainText('1 service of payments');
  await expect(whose.getByRole('link', { name: 'Mine' })).toHaveAttribute('aria-current', 'true');
  await expect(rows(page.getByRole('table', { name: 'Deploys in flight' }))).toHaveCount(1);
  await expect(rows(page.getByRole('table', { name: 'Latest deploys to production' }))).toHaveCount(1);
  await expect(main).not.toContainText('lantern');
  await awake(page);
  await expectAccessible(page);

  await whose.getByRole('link', { name: 'Everything' }).click();
  await expectAt(page, '/', { of: 'everything' });
  await expect(whose.getByRole('link', { name: 'Everything' })).toHaveAttribute('aria-current', 'true');
  await expect(rows(page.getByRole('table', { name: 'Deploys in flight' }))).toHaveCount(2);
  await expect(main).toContainText('lantern');
  await whose.getByRole('link', { name: 'Mine' }).click();
  await expect(page).toHaveURL('/');
});

test('its counts lead to the lists of the team', async ({ page }) => {
  const now = page.getByRole('region', { name: 'Now' });
  for (const [count, path, query] of [
    ['Services', '/services', { owner: 'payments' }],
    ['Deploys in flight', '/deploys', { team: 'payments', outcome: 'in_flight' }],
    ['Open incidents', '/services', { owner: 'payments', sort: 'incidents' }],
  ] as const) {
    await page.goto('/');
    await now.getByRole('link', { name: count }).click();
    await expectAt(page, path, query);
    await expect(page.getByRole('main')).toContainText('harbour');
    // The filter of the list names every team, so the rows are what is looked at.
    await expect(rows(page.getByRole('main')).filter({ hasText: 'lantern' })).toHaveCount(0);
  }
});

test('what moves in the team comes to its open Home, and nothing else does', async ({ page }) => {
  test.skip(!scripts(), 'without scripts the page is reloaded');
  await page.goto('/');
  await awake(page);
  await expect(page.locator('.live-switch')).toHaveAttribute('data-state', 'live');
  await deploy('lantern', '2.0.0', 'deploy');
  await deploy('harbour', '2.0.0', 'deploy');
  const pill = page.locator('[data-region="in-flight"] .live-pill button');
  await expect(pill).toHaveText('1 new deploy', { timeout: 30_000 });
  await pill.click();
  await expect(page.locator('[data-region="in-flight"] tbody tr').first()).toContainText('harbour 2.0.0');
  await expect(page.getByRole('main')).not.toContainText('lantern');
});
