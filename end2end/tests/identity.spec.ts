// Nobody sees anything without being someone: the way in and out, what a role may, and one's own account.
import { admin, demoLink, setUpLink, type State } from '../door.js';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';

test.describe('nobody', () => {
  test.use({ storageState: { cookies: [], origins: [] }, expectedStatuses: [400, 401, 404] });

  test('is sent to sign in and nowhere else', async ({ page, request }) => {
    await page.goto('/services?q=payments');
    await expect(page).toHaveURL(/\/sign-in\?to=.+payments$/);
    await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Main' })).toHaveCount(0);
    await awake(page);
    await expectAccessible(page);
    const table = await request.get('/services.csv', { headers: { accept: 'text/csv' }, maxRedirects: 0 });
    expect(table.status()).toBe(401);
    expect(await table.text()).not.toContain('payments');
  });

  test('does not get in with a password that is not right', async ({ page }) => {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail').fill('ravi@saltmarsh.example');
    await page.getByLabel('Password').fill('harbour lights 5 quietly');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('the e-mail or the password is not right');
    await expect(page.getByLabel('Password')).toHaveValue('');
    await expectAccessible(page);
  });

  test('comes in by a link that works once, and out again', async ({ page }) => {
    const link = demoLink('manager');
    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in as Clara Jensen' }).click();
    await expect(page).toHaveURL('/');
    const rail = page.getByRole('navigation', { name: 'Main' });
    await expect(rail.getByRole('link', { name: 'Clara Jensen' })).toBeVisible();
    await rail.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL('/sign-in');
    await page.goto('/services');
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto(link);
    await expect(page.getByRole('heading', { level: 1, name: 'Nothing here' })).toBeVisible();
  });
});

test.describe('who only looks', () => {
  test.use({ storageState: { cookies: [], origins: [] }, expectedStatuses: [403] });

  test('sees the services, not the platform, and is told why', async ({ page }) => {
    await page.goto(demoLink('manager'));
    await page.getByRole('button', { name: 'Sign in as Clara Jensen' }).click();
    await page.goto('/services');
    await expect(page.getByRole('heading', { level: 1, name: 'Services' })).toBeVisible();
    const answer = await page.goto('/admin/jobs');
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole('main')).toContainText('This needs the role developer. An admin can grant it.');
    await expectAccessible(page);
    await page.goto('/deploys');
    await page.getByRole('main').getByRole('rowheader').getByRole('link').first().click();
    await page.getByText('Correct this deploy').click();
    await expect(page.getByRole('button', { name: 'Correct', exact: true })).toBeDisabled();
    await expect(page.locator('.button-reason').first()).toContainText('This needs the role developer');
  });
});

test.describe('a first start', () => {
  const port = freePort();
  const own = new OwnFairway('first', port);
  test.use({ baseURL: `http://localhost:${port}`, expectedStatuses: [400, 404, 409] });
  test.describe.configure({ mode: 'serial', timeout: 120_000 });
  let cookies: State['cookies'] = [];

  test.beforeAll(async ({ playwright }) => {
    test.setTimeout(90_000);
    await (await own.begin(playwright)).dispose();
  });

  test.beforeEach(async ({ context }) => {
    await context.clearCookies();
    await context.addCookies(cookies);
  });

  test.afterAll(() => own.end());

  test('a link makes the first admin, with a password that is not easily guessed', async ({ page, context }) => {
    const link = setUpLink(own.settings());
    await page.goto(link);
    await awake(page);
    await expectAccessible(page);
    await page.getByLabel('Name').fill(admin.name);
    await page.getByLabel('E-mail').fill(admin.email);
    await page.getByLabel('Password').fill('passwordpassword');
    await page.getByRole('button', { name: 'Become the admin' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByLabel('Name')).toHaveValue(admin.name);
    await page.getByLabel('Password').fill(admin.password);
    await page.getByRole('button', { name: 'Become the admin' }).click();
    await expect(page).toHaveURL('/');
    cookies = await context.cookies();
    const session = cookies.find((cookie) => cookie.name === 'fairway');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  });

  test('the admin invites somebody, who has only the role that was given', async ({ page, context }) => {
    await page.goto('/admin/people');
    await page.getByLabel('Name').fill('Ben Viewer');
    await page.getByLabel('E-mail').fill('ben@fairway.example');
    await page.getByLabel('Role').selectOption('viewer');
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    const link = (await page.getByRole('note').locator('code').textContent()) ?? '';
    expect(link).toContain('/link?code=');
    await awake(page);
    await context.clearCookies();
    await page.goto(link);
    await page.getByLabel('Password').fill('seven quiet lanterns adrift');
    await page.getByRole('button', { name: 'Choose it and sign in' }).click();
    await expect(page.getByRole('link', { name: 'Ben Viewer' }).first()).toBeVisible();
    await page.getByRole('button', { name: 'Sign out' }).filter({ visible: true }).first().click();
    await page.getByLabel('E-mail').fill('ben@fairway.example');
    await page.getByLabel('Password').fill('seven quiet lanterns adrift');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL('/');
  });

  test('the last admin stays one, and the trail says what was done', async ({ page }) => {
    await page.goto('/admin/people');
    await page.getByRole('main').getByRole('link', { name: admin.name }).click();
    await page.getByRole('button', { name: 'Take it away' }).click();
    await expect(page.getByRole('alert')).toContainText('is the last admin');
    await page.goto('/admin/audit?action=person.invite');
    await expect(page.getByRole('main')).toContainText('ben@fairway.example');
  });

  test('one ends all of one’s sessions', async ({ page }) => {
    test.skip(!scripts(), 'the same form in both projects');
    await page.goto('/account');
    await awake(page);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await expect(page).toHaveURL('/sign-in');
    await page.goto('/services');
    await expect(page).toHaveURL(/\/sign-in/);
  });
});
