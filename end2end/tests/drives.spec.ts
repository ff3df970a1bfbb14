// Deploys that Fairway drives, in the browser: an admin says who carries them out, asks for one, reads what it waits for and calls it
// off in two clicks. Both projects press the same buttons, so that nothing here needs a script.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { remember } from '../canaries.js';
import { demoLink, signIn, type State } from '../door.js';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { rows } from '../table.js';
import type { BrowserContext } from '@playwright/test';

// Each project has a service of its own, since both run against one server.
const mine = () => (scripts() ? 'consent' : 'tax-calculator');

let viewer: State['cookies'];
/** Takes every order and says nothing of it: what is driven there waits. */
const silent = createServer((_, response) => response.writeHead(202).end());

test.beforeAll(async ({ playwright }) => {
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  ({ cookies: viewer } = await signIn(playwright, demoLink('manager')));
});

test.afterAll(() => {
  silent.close();
  silent.closeAllConnections();
});

async function become(context: BrowserContext, cookies: State['cookies']): Promise<void> {
  await context.clearCookies();
  await context.addCookies(cookies);
}

test.describe('with a form that is refused once', () => {
  test.use({ expectedStatuses: [400] });

  test('a deploy is asked for, waits for its executor, and is called off in two clicks', async ({ page }) => {
    test.skip(Boolean(process.env.FAIRWAY_URL), 'a running server may call nothing inside, such as the executor');
    const slug = mine();
    await page.goto(`/services/${slug}`);
    await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
    await expect(page).toHaveURL(`/services/${slug}/settings`);
    await rows(page.getByRole('table', { name: 'Executors by environment' })).getByRole('link', { name: 'staging', exact: true }).click();
    await expect(page).toHaveURL(/environment=staging/);
    await awake(page);
    await expectAccessible(page);
    const executor = page.locator('#executor');
    await executor.getByLabel('Deploys to staging are carried out by').selectOption('github_actions');
    await executor.getByLabel('Repository').fill(`saltmarsh/${slug}`);
    await executor.getByLabel('Workflow file').fill('deploy.yml');
    // What a workflow has to be told stands there already; without it nothing is stored.
    await expect(executor.getByLabel('Inputs')).toHaveValue(/commit=\{commit\}/);
    await executor.getByLabel('Inputs').fill('version={version}');
    await executor.getByRole('button', { name: 'Save the executor' }).click();
    await expect(executor.getByRole('alert').first()).toContainText('has to hold {act}');
    await executor.getByLabel('Deploys to staging are carried out by').selectOption('webhook');
    const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/orders`;
    const secret = randomBytes(32).toString('hex');
    remember('the secret of an executor', secret);
    await executor.getByLabel('Address').fill(address);
    await executor.getByLabel('Secret').fill(secret);
    await executor.getByRole('button', { name: 'Save the executor' }).click();
    await expect(executor).toContainText(`a signed webhook to ${address}`);

    await page.getByRole('main').getByRole('link', { name: 'Deploy…' }).click();
    await expect(page.getByRole('heading', { level: 1, name: /^Deploy / })).toBeVisible();
    await page.getByLabel('Environment', { exact: true }).selectOption('staging');
    await page.getByRole('button', { name: 'See what would happen' }).click();
    await expect(page).toHaveURL(/environment=staging&release=/);
    const outlook = page.locator('#outlook');
    await expect(outlook).toContainText('nobody is asked');
    await expect(rows(outlook.getByRole('table', { name: 'What is known of the release' }))).toHaveCount(6);
    await awake(page);
    await expectAccessible(page);

    const ask = page.locator('#ask');
    await ask.getByLabel('Strategy').selectOption('canary');
    // What is not good in the demo's data is gone on without; the backup is not waived, so that it waits for the executor.
    for (const item of ['Checks', 'Way back']) {
      const field = ask.getByLabel(`${item}, because`);
      if (await field.count()) await field.fill('A rehearsal on staging.');
    }
    await ask.getByRole('button', { name: /^Deploy .* to staging$/ }).click();
    await expect(page).toHaveURL(/\/deploys\/[0-9a-f-]{36}$/);
    await expect(rows(page.getByRole('table', { name: 'Steps of the traffic' }))).toHaveCount(4);
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole('main')).toContainText('The executor backs up', { timeout: 1_000 });
    }).toPass({ timeout: 60_000 });
    await awake(page);
    await expectAccessible(page);

    // The first click says what follows, the second does it.
    const act = page.locator('#act');
    await expect(act.getByRole('button', { name: 'Roll back', exact: true })).toBeDisabled();
    await expect(act).toContainText('Users do not see this deploy yet; call it off instead.');
    await act.getByText('Call off…').click();
    await expect(act).toContainText('Nothing reaches users');
    await act.getByLabel('Reason').fill(`It was a rehearsal. ${'0123456789'.repeat(150)}`);
    await act.getByRole('button', { name: 'Call it off' }).click();
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole('main')).toContainText('It was called off: It was a rehearsal.', { timeout: 1_000 });
    }).toPass({ timeout: 60_000 });

    // A word that no line holds goes on in the next.
    await page.setViewportSize({ width: 390, height: 844 });
    if (scripts()) {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(over).toBeLessThanOrEqual(0);
    }
  });
});

test('the rules of every tier are read in words, and whoever may not set them reads why', async ({ page, context }) => {
  await become(context, viewer);
  await page.goto('/admin/rollback?tier=1');
  const matrix = rows(page.getByRole('table', { name: 'Rollback rules by tier' }));
  await expect(matrix.filter({ hasText: 'Error rate' })).toContainText('roll back');
  await expect(page.getByRole('button', { name: 'Save the rules' })).toBeDisabled();
  await expect(page.getByRole('main')).toContainText('This needs the role admin');
  await awake(page);
  await expectAccessible(page);
});

test('everybody chooses what they are told where', async ({ page }) => {
  const name = `#own-${Date.now() * 2 + (scripts() ? 1 : 0)}`;
  await page.goto('/account');
  await page.getByRole('link', { name: 'Notifications' }).last().click();
  await expect(page).toHaveURL('/account/notifications');
  const add = page.locator('#add');
  await add.getByLabel('Name').fill(name);
  await add.getByLabel('Address').fill('https://hooks.example.com/services/own');
  await add.getByRole('button', { name: 'Add it' }).click();
  await expect(page).toHaveURL(/place=/);
  const place = page.locator('#place');
  await awake(page);
  await expectAccessible(page);
  await place.getByLabel('Deploy rolled back').check();
  await place.getByRole('button', { name: 'Save what is told' }).click();
  const row = rows(page.getByRole('table', { name: 'Places where news go' })).filter({ hasText: name });
  await expect(row).toContainText('Deploy rolled back');
  await row.getByRole('link').click();
  await page.locator('#place').getByText('Remove this place').click();
  await page.locator('#place').getByRole('button', { name: 'Remove it' }).click();
  await expect(page.getByRole('main')).not.toContainText(name);
});
