// Approvals in the browser: a lead decides by keyboard and without script, a developer reads why they cannot, and the page fits a telephone.
import { demoLink, signIn, type State } from '../door.js';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { csv, expectAt, rows } from '../table.js';
import type { BrowserContext, Page } from '@playwright/test';

// Each project decides about requests of its own, since both run against one server.
const mine = () => (scripts() ? 'pool24' : 'model7');

let lead: State['cookies'];
let developer: State['cookies'];

test.beforeAll(async ({ playwright }) => {
  ({ cookies: lead } = await signIn(playwright, demoLink('lead')));
  ({ cookies: developer } = await signIn(playwright, demoLink('developer')));
});

async function become(context: BrowserContext, cookies: State['cookies']): Promise<void> {
  await context.clearCookies();
  await context.addCookies(cookies);
}

const inbox = (page: Page) => page.getByRole('table', { name: 'Requests that wait for me' });

/** The demo may have been tested before; then the request is over. */
async function isOver(page: Page): Promise<boolean> {
  await page.goto('/approvals?show=decided');
  return (await page.getByRole('main').getByRole('rowheader').filter({ hasText: mine() }).count()) > 0;
}

test('a lead finds what waits, looks and approves by keyboard alone', async ({ page, context }) => {
  test.skip(!scripts(), 'keys are an island');
  await become(context, lead);
  test.skip(await isOver(page), 'it was approved before');
  await page.goto('/');
  await awake(page);
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page).toHaveURL('/approvals');
  await awake(page);
  const link = inbox(page).getByRole('rowheader').filter({ hasText: mine() }).getByRole('link');
  await expect(link).toBeVisible();
  for (let row = 0; row < 20 && !(await link.evaluate((element) => element === document.activeElement)); row++) {
    await page.keyboard.press('j');
  }
  await expect(link).toBeFocused();
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/\/approvals\/[0-9a-f-]{36}$/);
  await awake(page);

  // What is approved, what is known of it and what is not, and what happens then.
  const main = page.getByRole('main');
  await expect(main.getByRole('heading', { level: 1 })).toContainText('to production');
  const evidence = page.getByRole('table', { name: 'Evidence' });
  await expect(evidence.getByRole('row', { name: /Error budget/ })).toContainText('no service level objective is set');
  await expect(evidence.getByRole('row', { name: /Signature/ })).toContainText('signed');
  await expect(main).toContainText('1 of 2');
  await expect(main).toContainText('Your approval is the last that is needed');

  await page.keyboard.press('a');
  const reason = main.getByRole('textbox', { name: 'Reason', exact: true });
  await expect(reason).toBeFocused();
  await expect(reason).toHaveValue('');
  await page.keyboard.type('The pool was too small all week.');
  await page.keyboard.press('Tab');
  await expect(main.getByRole('button', { name: 'Approve', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#decisions$/);
  await expect(main).toContainText('What waits for it may go on until');
  const said = page.getByRole('listitem').filter({ hasText: 'The pool was too small all week.' });
  await expect(said).toContainText('Lena Fischer');
  await expect(said).toContainText('Saw the evidence above');
  await expect(main.getByRole('button', { name: 'Approve', exact: true })).toHaveCount(0);
  await page.goto('/approvals');
  await expect(inbox(page).getByRole('rowheader').filter({ hasText: mine() })).toHaveCount(0);
});

test.describe('without script', () => {
  test.use({ expectedStatuses: [400] });

  test('a decision is a form: what is wrong stands at its field, what was typed stays', async ({ page, context }) => {
    test.skip(scripts(), 'the other project does it by keyboard');
    await become(context, lead);
    test.skip(await isOver(page), 'it was approved before');
    await page.goto('/approvals');
    await inbox(page).getByRole('link', { name: mine() }).click();
    const main = page.getByRole('main');
    await main.getByRole('button', { name: 'Reject' }).click();
    const reason = main.getByRole('textbox', { name: 'Reason', exact: true });
    await expect(reason).toHaveAccessibleDescription(/Say why/);
    await reason.fill('no');
    await main.getByRole('button', { name: 'Approve', exact: true }).click();
    await expect(reason).toHaveValue('no');
    await expect(reason).toHaveAccessibleDescription(/Say why in 3 to 2,000 characters/);
    await reason.fill('The new model was right on every case of last week.');
    await main.getByRole('button', { name: 'Approve', exact: true }).click();
    await expect(page).toHaveURL(/#decisions$/);
    await expect(main).toContainText('The new model was right on every case of last week.');
    await expect(main).toContainText('What waits for it may go on until');
  });
});

test('a developer reads why they cannot decide, at the form that they cannot use', async ({ page, context }) => {
  await become(context, developer);
  await page.goto('/approvals');
  await expect(page.getByText('You decide about no release')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'All open requests' }).click();
  await expectAt(page, '/approvals', { show: 'open' });
  await page.getByRole('link', { name: 'ttl15' }).click();
  const main = page.getByRole('main');
  await expect(main).toContainText('You asked for this deploy; another approver must decide.');
  await expect(main.getByRole('button', { name: 'Approve', exact: true })).toBeDisabled();
  await expect(main.getByRole('button', { name: 'Reject' })).toBeDisabled();
  await expect(main.getByRole('textbox', { name: 'Reason', exact: true })).toBeDisabled();
  await main.getByText('Break the glass').first().click();
  await expect(main).toContainText('This needs the role admin. An admin can grant it.');
  await awake(page);
  await expectAccessible(page);
});

test('each tab is an address, filters keep it, and the file has the same rows', async ({ page }) => {
  await page.goto('/approvals');
  const tabs = page.getByRole('navigation', { name: 'Which requests' });
  await tabs.getByRole('link', { name: 'Decided' }).click();
  await expectAt(page, '/approvals', { show: 'decided' });
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('rejected');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expectAt(page, '/approvals', { show: 'decided', state: 'rejected' });
  const listed = rows(page.getByRole('table', { name: 'Requests that are over' }));
  await expect(listed.filter({ hasText: 'batch500' })).toHaveCount(1);
  const href = await page.getByRole('main').getByRole('link', { name: 'CSV' }).getAttribute('href');
  const file = await csv(await page.request.get(href!));
  expect(file.length).toBe(await listed.count());
  expect(new Set(file.map((row) => row.state))).toEqual(new Set(['rejected']));
  await page.getByRole('main').getByRole('link', { name: 'Clear' }).click();
  await expectAt(page, '/approvals', { show: 'decided' });
  await awake(page);
  await expectAccessible(page);
});

for (const [release, words] of [
  ['fonts2', 'What waits for it may go on until'],
  ['batch500', 'The month closes tonight. Ask again on the second.'],
  ['ttl30', 'Nobody decided in time.'],
  ['retry9', 'it went on without the decision that the policy asks for'],
] as const) {
  test(`what is over says how: ${release}`, async ({ page }) => {
    await page.goto('/approvals?show=decided');
    await page.getByRole('main').getByRole('link', { name: release }).click();
    await expect(page.getByRole('main')).toContainText(words);
    await expect(page.getByRole('button', { name: 'Approve', exact: true })).toHaveCount(0);
    await awake(page);
    await expectAccessible(page);
  });
}

test('what was done without a decision waits for the review of somebody else', async ({ page, context }) => {
  await become(context, lead);
  await page.goto('/approvals');
  await page.getByRole('table', { name: 'To review' }).getByRole('link', { name: 'retry9' }).click();
  const main = page.getByRole('main');
  await expect(main).toContainText('Ravi Shah');
  await expect(main.getByRole('combobox', { name: 'Did it have to be?' })).toBeEnabled();
  await expect(main.getByRole('button', { name: 'Save the review' })).toBeEnabled();
});

test('a deploy that waits leads to its request, and Home to what waits for whoever looks', async ({ page }) => {
  await page.goto('/deploys?service=orders&outcome=in_flight');
  await rows(page.getByRole('main')).first().getByRole('rowheader').getByRole('link').click();
  await page.getByRole('main').getByRole('link', { name: /waits 0 of 2/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('orders');
  await page.goto('/');
  await page.getByRole('table', { name: 'Requests that wait for you' }).getByRole('link').first().click();
  await expect(page).toHaveURL(/\/approvals\/[0-9a-f-]{36}$/);
});

for (const service of ['orders', 'payments-api', 'accounts', 'cart-api']) {
  test(`what waits of ${service} can be approved by people who are there`, async ({ page }) => {
    await page.goto(`/approvals?show=open&service=${service}`);
    await rows(page.getByRole('main')).first().getByRole('rowheader').getByRole('link').first().click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(service);
    const main = page.getByRole('main');
    await expect(main.getByRole('heading', { name: 'Who can still decide' })).toBeVisible();
    await expect(main).toContainText('Emma Berg');
    await expect(main).not.toContainText('can never be approved');
    await expect(main).not.toContainText('Nobody can');
  });
}

test('a telephone shows what is asked and leads to the decision', async ({ page, context }) => {
  test.skip(!scripts(), 'measuring needs scripts');
  await page.setViewportSize({ width: 390, height: 844 });
  await become(context, developer);
  await page.goto('/approvals?show=open');
  await awake(page);
  const first = rows(page.getByRole('main')).first();
  await expect(first.locator('.row-under')).toBeVisible();
  await expect(first.getByText(/\d of \d/)).toBeInViewport();
  await page.getByRole('link', { name: 'ttl15' }).click();
  await awake(page);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over).toBeLessThanOrEqual(0);
  await page.getByRole('main').getByRole('link', { name: 'Decide' }).click();
  await expect(page.getByRole('main').getByRole('button', { name: 'Approve', exact: true })).toBeInViewport();
});
