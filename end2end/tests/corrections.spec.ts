// A person says what the events do not, with a reason, and takes it back; figures follow and say so.
import { randomUUID } from 'node:crypto';
import { expect, scripts, test } from '../fixtures.js';
import { number } from '../table.js';

// Each project corrects a service of its own, since both run against one server.
const service = () => (scripts() ? 'media-resizer' : 'feature-flags');

test('a deploy is excluded with a reason, the figure loses it, and undoing brings it back', async ({ page }) => {
  const counted = `/dora/rows?service=${service()}&metric=frequency`;
  const count = async () => {
    await page.goto(counted);
    return number(await page.getByRole('navigation', { name: 'Which rows' }).getByRole('link').first().innerText());
  };
  // A reason of its own, so that it is found on a server that was tested before.
  const reason = `It went to a copy of production that nobody uses (${randomUUID()}).`;
  const said = page.getByRole('listitem').filter({ hasText: reason });
  const before = await count();
  await page.getByRole('table', { name: 'Counted deployments' }).getByRole('rowheader').nth(1).getByRole('link').click();
  await expect(page.getByText('Counted in the DORA figures.')).toBeVisible();
  const deploy = page.url();

  await page.getByText('Correct this deploy').click();
  await page.getByRole('combobox', { name: 'What is different' }).selectOption('exclude');
  await page.getByRole('textbox', { name: 'Reason' }).fill(reason);
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await expect(page).toHaveURL(`${deploy}#corrections`);
  await expect(said.getByText('excluded from every figure').first()).toBeVisible();
  await expect(async () => {
    await page.goto(deploy);
    await expect(page.getByText('Not counted: excluded by a person.')).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(async () => expect(await count()).toBe(before - 1)).toPass();
  await page.goto(`/dora?service=${service()}`);
  await expect(page.getByText(/[1-9]\d* deploys? corrected by people/)).toBeVisible();

  await page.goto(deploy);
  await said.getByText('Take it back').first().click();
  await said.getByRole('textbox', { name: /^Why take back/ }).fill('The copy is used after all.');
  await said.getByRole('button', { name: 'Take it back' }).click();
  await expect(said.getByText(/^Taken back by/)).toBeVisible();
  await expect(async () => {
    await page.goto(deploy);
    await expect(page.getByText('Counted in the DORA figures.')).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(async () => expect(await count()).toBe(before)).toPass();
});

test.describe('a correction that says too little', () => {
  test.use({ expectedStatuses: [400] });

  test('is refused beside the field, and keeps what was typed', async ({ page }) => {
    await page.goto(`/deploys?service=${service()}&class=production`);
    await page.getByRole('main').getByRole('rowheader').last().getByRole('link').click();
    await page.getByText('Correct this deploy').click();
    await page.getByRole('combobox', { name: 'What is different' }).selectOption('kind');
    await page.getByRole('textbox', { name: 'Value' }).fill('sideways');
    await page.getByRole('textbox', { name: 'Reason' }).fill('no');
    await page.getByRole('button', { name: 'Correct', exact: true }).click();
    const value = page.getByRole('textbox', { name: 'Value' });
    await expect(value).toHaveValue('sideways');
    await expect(value).toHaveAttribute('aria-invalid', 'true');
    await expect(value).toHaveAccessibleDescription(/Choose one of normal, hotfix, rollback, config, retry/);
    await expect(page.getByRole('textbox', { name: 'Reason' })).toHaveAccessibleDescription(/Say why in 3 to 2,000 characters/);
    await expect(page.getByRole('combobox', { name: 'What is different' })).toHaveValue('kind');
  });
});
