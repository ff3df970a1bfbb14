// Signing in at a real OpenID provider: in by a button, a role by a group, and out when the group or the identity is gone.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { awake, expect, expectAccessible, test } from '../fixtures.js';
import type { State } from '../door.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';

const port = freePort();
const provider = freePort();
const issuer = `http://localhost:${provider}`;
const own = new OwnFairway('oidc', port, {
  FAIRWAY_OIDC_ISSUER: issuer,
  FAIRWAY_OIDC_CLIENT_ID: 'fairway',
  FAIRWAY_OIDC_CLIENT_SECRET: 'browser-tests-know-this',
  FAIRWAY_OIDC_NAME: 'Harbour ID',
  FAIRWAY_OIDC_SCOPES: 'profile email groups',
  FAIRWAY_OIDC_RECHECK_MINUTES: '1',
});

test.use({ baseURL: `http://localhost:${port}`, storageState: { cookies: [], origins: [] }, expectedStatuses: [403] });
test.describe.configure({ mode: 'serial', timeout: 240_000 });

let server: ChildProcess;
let admin: State;

async function groups(people: Record<string, string[]>): Promise<void> {
  const answer = await fetch(`${issuer}/people`, { method: 'PUT', body: JSON.stringify(people) });
  expect(answer.ok).toBe(true);
}

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(90_000);
  const program = fileURLToPath(new URL('../provider.mjs', import.meta.url));
  server = spawn(process.execPath, [program, provider, `http://localhost:${port}/sign-in/oidc/return`], { stdio: 'ignore' });
  await expect(async () => expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(200)).toPass({ timeout: 30_000 });
  await groups({ ada: ['platform'], eve: [] });
  await (await own.begin(playwright)).dispose();
  admin = await own.signIn(playwright);
});

test.afterAll(async () => {
  server?.kill('SIGTERM');
  await own.end();
});

test('an admin gives a group a role', async ({ page, context }) => {
  await context.addCookies(admin.cookies);
  await page.goto('/admin/people');
  await page.getByRole('link', { name: 'Ways in and groups' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ways in' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`http://localhost:${port}/sign-in/oidc/return`);
  await page.getByLabel('Group', { exact: true }).fill('platform');
  await page.getByLabel('Role', { exact: true }).selectOption('operator');
  await page.getByRole('button', { name: 'Give it' }).click();
  await expect(page.getByRole('table', { name: 'Groups with a role' })).toContainText('operator');
  await awake(page);
  await expectAccessible(page);
});

test('somebody without a group is told so and stays outside', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Sign in with Harbour ID' }).click();
  await page.getByLabel('Name').fill('eve');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('alert')).toContainText('none of your groups has a role here');
  await page.goto('/services');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('a group gives the role, and leaving it ends the session', async ({ page }) => {
  await groups({ ada: ['platform'], eve: [] });
  await page.goto('/services');
  await page.getByRole('link', { name: 'Sign in with Harbour ID' }).click();
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page).toHaveURL('/services');
  await page.goto('/admin/audit');
  await expect(page.getByRole('main')).toContainText('person.follow_groups');
  await page.goto('/account');
  await expect(page.getByRole('main')).toContainText('ada@harbour.example, in platform');
  await awake(page);
  await expectAccessible(page);

  await groups({ ada: [], eve: [] });
  await expect(async () => {
    await page.goto('/services');
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  }).toPass({ timeout: 120_000, intervals: [5_000] });
  await page.goto('/account');
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByRole('link', { name: 'Sign in with Harbour ID' }).click();
  await expect(page.getByRole('alert')).toContainText('none of your groups has a role here');
});

test('an identity that an admin ends lets nobody in', async ({ page, context }) => {
  const why = 'left the company on Friday';
  await groups({ ada: ['platform'], eve: [] });
  await page.goto('/services');
  await page.getByRole('link', { name: 'Sign in with Harbour ID' }).click();
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page).toHaveURL('/services');
  // Without the provider's own, which would spare her the form below.
  const hers = (await context.cookies()).filter((cookie) => cookie.name === 'fairway');

  await context.clearCookies();
  await context.addCookies(admin.cookies);
  await page.goto('/admin/people');
  await page.getByRole('main').getByRole('link', { name: 'ada', exact: true }).click();
  const ending = page.locator('#no-longer');
  await expect(ending.getByLabel('Identity')).toContainText('ada@harbour.example, OpenID provider');
  await awake(page);
  await expectAccessible(page);
  await ending.getByLabel('Why').fill(why);
  await ending.getByRole('button', { name: 'End this identity' }).click();
  await expect(ending).toHaveCount(0);
  await page.goto('/admin/audit?action=person.unlink');
  await expect(page.getByRole('main')).toContainText(why);

  await context.clearCookies();
  await context.addCookies(hers);
  await page.goto('/services');
  await expect(page).toHaveURL(/\/sign-in\?to=/);
  await page.getByRole('link', { name: 'Sign in with Harbour ID' }).click();
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('alert')).toContainText('has an account already');
});
