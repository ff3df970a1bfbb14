// Adds up what the test runners wrote and prints one line: N passed, N failed, N skipped.
// Exits 1 when anything failed or when nothing ran. A stage that failed without a failed test counts as one failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
const total = { passed: 0, failed: 0, skipped: 0 };
const failedIn = {};

function nextest() {
  const head = read('nextest.xml').match(/<testsuites\b[^>]*>/)?.[0];
  if (!head) return;
  const count = (name) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  total.passed += count('tests') - failed;
  total.failed += failed;
  failedIn.tests = failed;
  const list = read('nextest-list.json');
  if (!list) return;
  for (const suite of Object.values(JSON.parse(list)['rust-suites'])) {
    for (const test of Object.values(suite.testcases)) {
      if (test.ignored || test['filter-match']?.status === 'mismatch') total.skipped += 1;
    }
  }
}

function playwright() {
  const text = read('playwright.json');
  if (!text) return;
  const { stats } = JSON.parse(text);
  total.passed += stats.expected + stats.flaky;
  total.failed += stats.unexpected;
  total.skipped += stats.skipped;
  failedIn['browser tests'] = stats.unexpected;
}

nextest();
playwright();
for (const stage of read('failed-stages').split('\n').filter(Boolean)) {
  console.log(`failed: ${stage}`);
  if (!failedIn[stage]) total.failed += 1;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
