// Nobody sees anything without being someone: the way in and out, what a role may, and one's own account.
import type { BrowserContext, Page } from '@playwright/test';
import { admin, demoLink, setUpLink, signIn, type State } from '../door.js';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';
import { rows } from '../table.js';

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
    await expect(page.getByRole('alert')).toContainText('The e-mail or the password is not right');
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
    await expect(page.getByRole('main')).toContainText('ask for a new one.');
    await expect(page.getByRole('search')).toHaveCount(0);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await expect(page).toHaveURL('/sign-in');
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
    await expect(page.getByRole('button', { name: 'Take it away' })).toBeDisabled();
    await expect(page.getByRole('button', { name: 'Disable the account' })).toBeDisabled();
    await expect(page.locator('#roles')).toContainText('is the last admin');
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

test.describe('an admin and a developer', () => {
  const port = freePort();
  const own = new OwnFairway('people', port);
  const ben = { name: 'Ben Developer', email: 'ben@fairway.example', password: 'seven quiet lanterns adrift' };
  test.use({ baseURL: `http://localhost:${port}`, storageState: { cookies: [], origins: [] }, expectedStatuses: [400] });
  test.describe.configure({ mode: 'serial', timeout: 120_000 });
  let admins: State['cookies'] = [];
  let bens: State['cookies'] = [];
  const deploys = { staging: '', production: '' };

  test.beforeAll(async ({ playwright }) => {
    test.setTimeout(90_000);
    const api = await own.begin(playwright);
    const service = await api.post('/api/v1/services', { data: { name: 'harbour', owner: 'payments' } });
    expect(service.status(), await service.text()).toBe(201);
    for (const environment of ['staging', 'production'] as const) {
      const data = { service: 'harbour', environment, version: '1.0.0', phases: [{ state: 'succeeded' }] };
      const answer = await api.post('/api/v1/deploys', { data });
      expect(answer.status(), await answer.text()).toBe(201);
      deploys[environment] = ((await answer.json()) as { id: string }).id;
    }
    await api.dispose();
    ({ cookies: admins } = await own.signIn(playwright));
  });

  test.afterAll(() => own.end());

  /** From here on the browser is somebody else's, or nobody's. */
  async function become(context: BrowserContext, cookies: State['cookies'] = []): Promise<void> {
    await context.clearCookies();
    if (cookies.length > 0) await context.addCookies(cookies);
  }

  /** Presses a button, and waits until the server has done what it says. */
  async function press(page: Page, name: string): Promise<void> {
    const done = page.waitForResponse((answer) => answer.request().method() === 'POST');
    await page.getByRole('button', { name, exact: true }).click();
    expect((await done).status(), name).toBe(303);
  }

  async function enter(page: Page, password: string): Promise<void> {
    await page.getByLabel('E-mail').fill(ben.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  test('a role narrowed to staging lets one act there, and says why not in production', async ({ page, context, playwright }) => {
    await become(context, admins);
    await page.goto('/admin/people');
    const invitation = page.locator('#invite');
    await invitation.getByLabel('Name').fill(ben.name);
    await invitation.getByLabel('E-mail').fill(ben.email);
    await invitation.getByLabel('Role').selectOption('developer');
    await invitation.getByLabel('staging', { exact: true }).check();
    await invitation.getByRole('button', { name: 'Make the invitation' }).click();
    const link = (await page.getByRole('note').locator('code').textContent()) ?? '';
    await expect(page.getByRole('table', { name: 'Roles' })).toContainText('developer, in staging');
    ({ cookies: bens } = await signIn(playwright, link, { password: ben.password }));

    await become(context, bens);
    const correct = page.getByRole('button', { name: 'Correct', exact: true });
    await page.goto(`/deploys/${deploys.production}`);
    await page.getByText('Correct this deploy').click();
    await expect(correct).toBeDisabled();
    await expect(page.locator('#corrections .button-reason')).toHaveText(
      'This needs the role developer for the team, tier and environment that this is about. An admin can grant it.',
    );
    await awake(page);
    await expectAccessible(page);

    await page.goto(`/deploys/${deploys.staging}`);
    await page.getByText('Correct this deploy').click();
    await expect(correct).toBeEnabled();
    await page.getByRole('combobox', { name: 'What is different' }).selectOption('exclude');
    await page.getByRole('textbox', { name: 'Reason' }).fill('It only tried the pipeline out.');
    await correct.click();
    await expect(page).toHaveURL(`/deploys/${deploys.staging}#corrections`);
    const said = page.getByRole('listitem').filter({ hasText: 'It only tried the pipeline out.' });
    await expect(said).toContainText(`by ${ben.name}`);
  });

  test('an admin signs somebody out everywhere, who may come back', async ({ page, context }) => {
    await become(context, bens);
    await page.goto('/services');
    await expect(page.getByRole('heading', { level: 1, name: 'Services' })).toBeVisible();

    await become(context, admins);
    await page.goto('/admin/people');
    await page.getByRole('main').getByRole('link', { name: ben.name }).click();
    await expect(page.getByRole('heading', { level: 1, name: ben.name })).toBeVisible();
    await press(page, 'Sign them out everywhere');
    await page.goto('/admin/audit?action=session.end');
    await expect(rows(page.getByRole('main')).first()).toContainText(admin.name);

    await become(context, bens);
    await page.goto('/services');
    await expect(page).toHaveURL(/\/sign-in\?to=/);
    await enter(page, ben.password);
    await expect(page).toHaveURL('/services');
    bens = await context.cookies();
  });

  test('who changes the password is alone with the account', async ({ page, context }) => {
    const password = 'granite harbours 7 softly humming';
    await become(context);
    await page.goto('/sign-in');
    await enter(page, ben.password);
    await expect(page).toHaveURL('/');
    await page.goto('/account');
    const sessions = rows(page.getByRole('table', { name: 'Your sessions' }));
    await expect(sessions).toHaveCount(2);
    await page.getByLabel('Password now').fill(ben.password);
    await page.getByLabel('New password').fill(password);
    await press(page, 'Change it');
    await expect(page).toHaveURL(/\/account#password$/);
    await expect(sessions).toHaveCount(1);

    await become(context, bens);
    await page.goto('/services');
    await expect(page).toHaveURL(/\/sign-in\?to=/);
    await enter(page, ben.password);
    await expect(page.getByRole('alert')).toContainText('The e-mail or the password is not right');
    await enter(page, password);
    await expect(page).toHaveURL('/services');
  });
});
