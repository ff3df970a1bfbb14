// Policies: read in words, tried out on what was, saved by a form, changed as YAML, and taken away. Both projects press the same
// buttons, so that nothing here needs a script.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { rows } from '../table.js';
import type { Page } from '@playwright/test';

/** A name of its own, since both projects run against one server, which may have been tested before. */
const own = (word: string) => `${word} ${Date.now() * 2 + (scripts() ? 1 : 0)}`;

const form = (page: Page) => page.getByRole('form', { name: 'Policy', exact: true });
const yaml = (page: Page) => page.getByRole('form', { name: 'Policy as YAML' });
const list = (page: Page) => rows(page.getByRole('table', { name: 'Policies', exact: true }));

test('policies are read in words, and say what would be asked', async ({ page }) => {
  await page.goto('/admin/policies');
  await awake(page);
  await expectAccessible(page);
  await expect(list(page).filter({ hasText: 'Critical services in production' })).toContainText(
    'Production, tier 1 and 2: two approvals, not from who asked nor from commit authors, expires after 24 h',
  );
  const asked = page.locator('#asked');
  await asked.getByLabel('Of the service').fill('email-templates');
  await asked.getByLabel('In', { exact: true }).selectOption('staging');
  await asked.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/\/admin\/policies\?service=email-templates&environment=staging$/);
  await expect(rows(page.getByRole('table', { name: 'What would be asked' }))).toContainText('nobody is asked');
  await asked.getByRole('link', { name: 'Clear', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/policies$/);
  await expect(asked.getByLabel('Of the service')).toHaveValue('');
});

test('an admin tries a policy out, saves it, changes it as YAML and takes it away', async ({ page }) => {
  const name = own('Careful');
  await page.goto('/admin/policies');
  await page.getByRole('link', { name: 'New policy' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New policy' })).toBeVisible();
  await awake(page);
  await expectAccessible(page);

  // Before all others, and nobody is asked about production: as the deploys of the demo were, that is less.
  await form(page).getByLabel('Name').first().fill(name);
  await form(page).getByLabel('Place among the others').fill('1');
  await form(page).getByLabel('Approvals', { exact: true }).fill('0');
  await form(page).getByRole('button', { name: 'Try it out' }).click();
  const said = page.locator('#tried').getByRole('status');
  await expect(said).toHaveText(
    /^Over the last 90 days it would have asked \d+ fewer times, for \d+ fewer approvals on \d+ deploys, would have stopped 0 of \d+ failed deploys and 0 of \d+ that did not fail/,
  );
  const fewer = Number((await said.textContent())?.match(/asked (\d+) fewer/)?.[1]);
  expect(fewer).toBeGreaterThan(1);
  // What stands behind the figures does not push the form away.
  const behind = rows(page.getByRole('table', { name: 'Deploys that the figures are made of' }).first());
  await expect(behind.first()).toBeHidden();
  await page.locator('#tried').getByText(/^Deploys 1 to \d+ of \d+/).click();
  await expect(behind.first()).toBeVisible();
  expect(await behind.count()).toBeGreaterThan(1);
  expect(await behind.count()).toBeLessThanOrEqual(50);
  await expect(form(page).getByLabel('Name').first()).toHaveValue(name);
  await awake(page);
  await expectAccessible(page);

  // Saved where it disturbs nobody.
  await form(page).getByLabel('Place among the others').fill('9000');
  await form(page).getByLabel('production', { exact: true }).uncheck();
  await form(page).getByLabel('preview', { exact: true }).check();
  await form(page).getByText('Freezes', { exact: true }).click();
  const freeze = form(page).getByRole('group', { name: 'Freeze 1' });
  await freeze.getByLabel('Name').fill('Weekend');
  await freeze.getByLabel('Time zone').fill('Europe/Berlin');
  await freeze.getByLabel('Sat').check();
  await freeze.getByLabel('From').fill('00:00');
  await freeze.getByLabel('To', { exact: true }).fill('00:00');
  await form(page).getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/admin\/policies\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.locator('.page-header-about')).toHaveText('Preview: nobody is asked, nothing during Weekend');
  await awake(page);
  await expectAccessible(page);

  const document = yaml(page).getByLabel('Document');
  await document.fill((await document.inputValue()).replace('minApprovals: 0', 'minApprovals: 2'));
  await yaml(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.page-header-about')).toContainText('two approvals');
  await page.goto('/admin/policies');
  await expect(list(page).filter({ hasText: name })).toContainText('Preview: two approvals');
  await expect(rows(page.getByRole('table', { name: 'Freezes' })).filter({ hasText: name })).toHaveCount(3);

  await page.getByRole('table', { name: 'Policies', exact: true }).getByRole('link', { name }).click();
  const removal = page.getByRole('form', { name: 'Take it away' });
  await removal.getByLabel('Reason').fill('It was for a rehearsal');
  await removal.getByRole('button', { name: 'Take it away' }).click();
  await expect(page).toHaveURL(/\/admin\/policies$/);
  await expect(list(page).filter({ hasText: name })).toHaveCount(0);
});

test.describe('what is not right', () => {
  test.use({ expectedStatuses: [400, 409] });

  test('is said at its field, and what was typed stays', async ({ page }) => {
    await page.goto('/admin/policies/new');
    await awake(page);
    await form(page).getByLabel('Approvals', { exact: true }).fill('a few');
    await form(page).getByText('Who may approve', { exact: true }).click();
    const rule = form(page).getByRole('group', { name: 'Rule 1' });
    await rule.getByLabel('Any of these').fill('the leads');
    await form(page).getByRole('button', { name: 'Save' }).click();
    const summary = page.getByRole('alert');
    await expect(summary).toContainText('write how many approvals', { ignoreCase: true });
    await expect(summary).toContainText('“the leads” names nobody');
    await expect(form(page).getByLabel('Approvals', { exact: true })).toHaveValue('a few');
    await expect(rule.getByLabel('Any of these')).toHaveAttribute('aria-invalid', 'true');
    await summary.getByRole('link', { name: /names nobody/ }).click();
    await expect(rule.getByLabel('Any of these')).toBeInViewport();
    await awake(page);
    await expectAccessible(page);
  });

  test('somebody’s change is not lost', async ({ page, context }) => {
    const name = own('Contested');
    await page.goto('/admin/policies/new');
    await form(page).getByLabel('Name').first().fill(name);
    await form(page).getByLabel('Place among the others').fill('9001');
    await form(page).getByLabel('production', { exact: true }).uncheck();
    await form(page).getByLabel('preview', { exact: true }).check();
    await form(page).getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

    const theirs = await context.newPage();
    await theirs.goto(page.url());
    await form(theirs).getByLabel('Approvals', { exact: true }).fill('3');
    await form(theirs).getByRole('button', { name: 'Save' }).click();
    await expect(theirs.locator('.page-header-about')).toContainText('three approvals');
    await theirs.close();

    await form(page).getByLabel('Approvals', { exact: true }).fill('5');
    await form(page).getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert')).toContainText('Somebody wrote this policy meanwhile');
    const differs = rows(page.getByRole('table', { name: 'What differs' }));
    await expect(differs).toHaveCount(1);
    await expect(differs.first()).toContainText(/spec\.minApprovals\s*3\s*5/);
    await awake(page);
    await expectAccessible(page);
    // Theirs is still what holds, and is shown where one asks for the page as it is.
    const now = await context.newPage();
    await now.goto(page.url());
    await expect(form(now).getByLabel('Approvals', { exact: true })).toHaveValue('3');
    await now.close();
    await form(page).getByRole('button', { name: 'Save' }).click();
    await expect(page.locator('.page-header-about')).toContainText('five approvals');
    const removal = page.getByRole('form', { name: 'Take it away' });
    await removal.getByLabel('Reason').fill('It was for a rehearsal');
    await removal.getByRole('button', { name: 'Take it away' }).click();
    await expect(page).toHaveURL(/\/admin\/policies$/);
  });
});
