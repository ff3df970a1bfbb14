// A deployment that no rule gives to a service waits for a person, and counts from then on.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { rows } from '../table.js';
import { deliver, example } from '../webhook.js';

test('a person gives a waiting deployment to a service', async ({ page, request }) => {
  // Numbers and names of its own, since both projects run against one server, which may have been tested before.
  const own = Date.now() * 2 + (scripts() ? 1 : 0);
  const environment = `rehearsal-${own}`;
  const sent = example('deployment');
  Object.assign(sent.repository, { id: own, name: `stage-${own}`, full_name: `saltmarsh-stage/stage-${own}` });
  Object.assign(sent.deployment, { id: own, environment, original_environment: environment });
  await deliver(request, 'deployment', sent);
  const waiting = rows(page.getByRole('table', { name: 'Waiting deployments' })).filter({ hasText: environment });
  await expect(async () => {
    await page.goto('/admin/unmatched');
    await expect(waiting).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await awake(page);
  await expectAccessible(page);
  await waiting.getByRole('combobox', { name: /^Service of / }).fill('email-templates');
  await waiting.getByRole('combobox', { name: 'Which others belong there too' }).selectOption('');
  await waiting.getByRole('button', { name: 'Match' }).click();
  await expect(page).toHaveURL(/\/admin\/unmatched/);
  await expect(waiting).toHaveCount(0);
  await expect(async () => {
    await page.goto(`/deploys?service=email-templates&environment=${environment}`);
    await expect(rows(page.getByRole('main'))).toHaveCount(1, { timeout: 500 });
  }).toPass();
});
