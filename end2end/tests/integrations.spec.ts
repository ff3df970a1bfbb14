// GitHub, its repositories and the jobs that ask it: before anything is set up, and with a GitHub that answers or does not.
import type { State } from '../door.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';
import { awake, expect, expectAccessible, test } from '../fixtures.js';

test('nothing is set up: each page says so and what to do', async ({ page }) => {
  await page.goto('/admin/integrations/github');
  await awake(page);
  await expect(page.getByRole('heading', { level: 1, name: 'GitHub' })).toBeVisible();
  await expect(page.getByText('not set up').first()).toBeVisible();
  await expectAccessible(page);
  await page.goto('/admin/integrations/github/repositories');
  await awake(page);
  await expect(page.getByText('No repositories yet')).toBeVisible();
  await expect(page.getByText('FAIRWAY_GITHUB_TOKEN').first()).toBeVisible();
  await expectAccessible(page);
});

test.describe('a GitHub that does not answer', () => {
  const port = freePort();
  const own = new OwnFairway('silent', port, {
    FAIRWAY_GITHUB_TOKEN: 'ghp_fake0000000000000000000000000000canary',
    FAIRWAY_GITHUB_API_URL: `http://127.0.0.1:${freePort()}`,
  });
  test.use({ baseURL: `http://localhost:${port}` });
  test.describe.configure({ mode: 'serial', timeout: 90_000 });

  let cookies: State['cookies'];

  test.beforeAll(async ({ playwright }) => {
    test.setTimeout(90_000);
    const api = await own.begin(playwright);
    await api.dispose();
    ({ cookies } = await own.signIn(playwright));
  });

  test.beforeEach(({ context }) => context.addCookies(cookies));

  test.afterAll(() => own.end());

  test('no job failed yet, and the page says what would stand there', async ({ page }) => {
    await page.goto('/admin/jobs?state=dead');
    await awake(page);
    await expect(page.getByText('No job failed')).toBeVisible();
    await expectAccessible(page);
  });
});
