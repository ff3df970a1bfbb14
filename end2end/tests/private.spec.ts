// A private service is its team's: made so on its page, seen by those whom an admin makes members, and by nobody else.
import { signIn, type State } from '../door.js';
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';

const port = freePort();
const own = new OwnFairway('private', port);
test.use({ baseURL: `http://localhost:${port}`, storageState: { cookies: [], origins: [] }, expectedStatuses: [404] });
test.describe.configure({ mode: 'serial', timeout: 120_000 });

let ours: State['cookies'] = [];
let bens: State['cookies'] = [];

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(90_000);
  const api = await own.begin(playwright);
  for (const [name, owner] of [['harbour', 'payments'], ['lantern', 'growth']]) {
    const answer = await api.post('/api/v1/services', { data: { name, owner } });
    expect(answer.status(), await answer.text()).toBe(201);
  }
  await api.dispose();
  ({ cookies: ours } = await own.signIn(playwright));
});

test.beforeEach(async ({ context }) => {
  await context.clearCookies();
  await context.addCookies(ours);
});

test.afterAll(() => own.end());

test('a service becomes private on its page, with a reason', async ({ page }) => {
  await page.goto('/services/harbour');
  await expect(page.getByRole('main')).toContainText('everybody who may look');
  await page.getByText('Change who sees it').click();
  await page.getByLabel('Reason').fill('not announced yet');
  await page.getByRole('button', { name: 'Make it private' }).click();
  await expect(page.getByRole('main')).toContainText('its team and admins only, says a person');
  await awake(page);
  await expectAccessible(page);
  await page.goto('/admin/audit?action=service.set_visibility');
  await expect(page.getByRole('main')).toContainText('not announced yet');
});

test('whoever is not of the team is told what they would be told of nothing', async ({ page, playwright }) => {
  await page.goto('/admin/people');
  await page.getByLabel('Name').fill('Ben Viewer');
  await page.getByLabel('E-mail').fill('ben@fairway.example');
  await page.getByLabel('Role').selectOption('viewer');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  const link = (await page.getByRole('note').locator('code').textContent()) ?? '';
  ({ cookies: bens } = await signIn(playwright, link, { password: 'seven quiet lanterns adrift' }));
  await page.context().clearCookies();
  await page.context().addCookies(bens);
  const answer = await page.goto('/services/harbour');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1, name: 'Nothing here' })).toBeVisible();
  await page.goto('/services');
  await expect(page.getByRole('main')).toContainText('lantern');
  await expect(page.getByRole('main')).not.toContainText('harbour');
});

test('an admin makes somebody a member, narrowed to a tier, and takes it back', async ({ page }) => {
  await page.goto('/admin/teams');
  await awake(page);
  await expectAccessible(page);
  await page.getByRole('main').getByRole('link', { name: 'payments' }).click();
  await expect(page.getByText('Nobody yet')).toBeVisible();
  await page.getByLabel('Person').selectOption({ label: 'Ben Viewer (ben@fairway.example)' });
  await page.getByLabel('Role').selectOption('developer');
  await page.getByLabel('Tier 1').check();
  await page.getByRole('button', { name: 'Give the role' }).click();
  const member = page.getByRole('row', { name: /Ben Viewer/ });
  await expect(member).toContainText('developer, tier 1');
  await awake(page);
  await expectAccessible(page);

  const here = page.url();
  await page.context().clearCookies();
  await page.context().addCookies(bens);
  expect((await page.goto('/services/harbour'))?.status()).toBe(200);
  await expect(page.getByRole('main')).toContainText('its team and admins only');

  await page.context().clearCookies();
  await page.context().addCookies(ours);
  await page.goto(here);
  await member.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('Nobody yet')).toBeVisible();
  await page.goto('/admin/audit?action=team.remove_member');
  await expect(page.getByRole('main')).toContainText('team.remove_member');

  await page.context().clearCookies();
  await page.context().addCookies(bens);
  expect((await page.goto('/services/harbour'))?.status()).toBe(404);
});
