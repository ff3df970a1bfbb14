// Texts that others write (titles, branches, labels, names of environments, catalog files) are shown and never run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awake, expect, scripts, test } from '../fixtures.js';
import type { State } from '../door.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';
import { crawl } from '../site.js';
import { deliver, example } from '../webhook.js';

/** Each sets `window.ran` where it runs, whatever it stands in: text, an attribute, a script, an address, a style. */
const corpus = [
  '<script>window.ran=1</script>',
  '"><script>window.ran=1</script>',
  "'><img src=x onerror=window.ran=1>",
  '<img src=x onerror="window.ran=1">',
  '<svg onload=window.ran=1>',
  '<svg><animate onbegin=window.ran=1 attributeName=x dur=1s>',
  '<details open ontoggle=window.ran=1>',
  '<iframe srcdoc="<script>parent.ran=1</script>">',
  '<math><mtext><table><mglyph><style><img src=x onerror=window.ran=1>',
  '</title><script>window.ran=1</script>',
  '</textarea><script>window.ran=1</script>',
  '</script><script>window.ran=1</script>',
  '--><script>window.ran=1</script>',
  '" onmouseover="window.ran=1" autofocus onfocus="window.ran=1',
  "' autofocus onfocus='window.ran=1",
  'javascript:window.ran=1',
  'java\tscript:window.ran=1',
  'data:text/html,<script>opener.ran=1</script>',
  '{{constructor.constructor("window.ran=1")()}}',
  '${window.ran=1}',
  '<a href="javascript:window.ran=1">press</a>',
  '<form action="javascript:window.ran=1"><button>press</button></form>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=javascript:window.ran=1">',
  '<link rel=stylesheet href="data:text/css,*{color:red}">',
  '\u202e<script>window.ran=1</script>',
  '<scr<script>ipt>window.ran=1</scr</script>ipt>',
  '<ScRiPt/x>window.ran=1</ScRiPt>',
];

const port = freePort();
const own = new OwnFairway('stored', port);
test.use({ baseURL: `http://localhost:${port}`, expectedStatuses: [404] });
test.describe.configure({ mode: 'serial', timeout: 240_000 });
let cookies: State['cookies'] = [];

/** A catalog whose every text is one of the corpus; files with characters that cannot be seen are refused. */
function catalog(): string {
  const texts = corpus.filter((text) => !/[\t\u202e]/.test(text));
  const text = (number: number) => JSON.stringify(texts[number % texts.length]);
  return corpus
    .map((_, number) =>
      [
        'apiVersion: backstage.io/v1alpha1',
        'kind: Component',
        `metadata: {name: house-${number}, title: ${text(number)}, description: ${text(number + 1)}, tags: [plain],`,
        `  annotations: {github.com/project-slug: saltmarsh-house/house-${number}},`,
        `  links: [{url: 'https://example.com/?q=${encodeURIComponent(corpus[number]!).replaceAll("'", '%27')}', title: ${text(number + 2)}}]}`,
        'spec: {type: service, lifecycle: production, owner: team-house}',
      ].join('\n'),
    )
    .join('\n---\n');
}

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(120_000);
  const api = await own.begin(playwright);
  ({ cookies } = await own.signIn(playwright));
  const folder = mkdtempSync(join(tmpdir(), 'fairway-stored-'));
  const file = join(folder, 'catalog-info.yaml');
  writeFileSync(file, catalog());
  own.command('catalog', 'import', file);
  rmSync(folder, { recursive: true });
  for (const [number, text] of corpus.entries()) {
    const repository = { id: 7_000 + number, name: `house-${number}`, full_name: `saltmarsh-house/house-${number}` };
    const pull = example('pull_request');
    Object.assign(pull.repository, repository);
    Object.assign(pull.pull_request, { id: 8_000 + number, number: number + 1, title: text, body: text });
    Object.assign(pull, { number: number + 1 });
    Object.assign(pull.pull_request.head, { ref: text, label: text });
    Object.assign(pull.pull_request.user, { id: 9_000 + number, login: text });
    pull.pull_request.labels = [{ ...(pull.pull_request.labels?.[0] ?? { id: 1, color: 'ffffff' }), name: text, description: text }];
    await deliver(api, 'pull_request', pull);
    const deployment = example('deployment');
    Object.assign(deployment.repository, repository);
    Object.assign(deployment.deployment, { id: 8_500 + number, environment: text, original_environment: text, ref: text, description: text });
    await deliver(api, 'deployment', deployment);
  }
  await expect(async () => {
    const answer = await api.get('/api/v1/environments');
    expect(JSON.stringify(await answer.json())).toContain('window.ran');
  }).toPass({ timeout: 60_000 });
  await api.dispose();
});

test.beforeEach(async ({ context }) => {
  await context.clearCookies();
  await context.addCookies(cookies);
});

test.afterAll(() => own.end());

test('what others write is shown on every page and runs on none', async ({ page, context }) => {
  const pages = await crawl(context.request, 12, 160);
  const shown = pages.filter(({ html }) => html.includes('window.ran'));
  expect(shown.length, 'the texts are on many pages').toBeGreaterThan(10);
  for (const { address, html } of pages) {
    // With or without scripts: no text becomes an element or an address.
    expect.soft(html, address).not.toMatch(/<(script|iframe|base|meta)\b[^>]*window\.ran|<script[^>]*>\s*window\.ran/i);
    expect.soft(html, address).not.toMatch(/<[a-z][^<>]*\s(href|src|action)="\s*(javascript|data:text)/i);
  }
  for (const { address } of shown) {
    await page.goto(address);
    await awake(page);
    if (scripts()) expect.soft(await page.evaluate(() => 'ran' in window), address).toBe(false);
    await expect(page.locator('base, iframe, math, [onerror], [onload], [onfocus], [onmouseover], [ontoggle], [onbegin]')).toHaveCount(0);
  }
});

test('what is searched for is shown and does not run', async ({ page }) => {
  for (const text of corpus) {
    for (const path of ['/search', '/services', '/catalog']) {
      const answer = await page.goto(`${path}?q=${encodeURIComponent(text)}`);
      expect.soft(answer?.status(), `${path} ${text}`).toBeLessThan(500);
      if (scripts()) expect.soft(await page.evaluate(() => 'ran' in window), `${path} ${text}`).toBe(false);
    }
  }
});
