// lighthouse.mjs DOCUMENT REPORT…: prints the scores of Lighthouse's reports with the audits that cost something, and puts the
// scores into the document in place of the ones before.
import { readFileSync, writeFileSync } from 'node:fs';

const wanted = 98; // promises.md, speed
const [document, ...files] = process.argv.slice(2);
const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const score = (part) => Math.round(part.score * 100);

const rows = [];
for (const report of reports) {
  const page = new URL(report.finalDisplayedUrl).pathname;
  const { performance, accessibility, 'best-practices': practices } = report.categories;
  const scores = [performance, accessibility, practices].map(score);
  const measured = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'];
  const values = measured.map((id) => report.audits[id].displayValue.replace('\u00a0', ' '));
  rows.push([`\`${page}\``, ...scores, ...values]);
  console.log(`${page.padEnd(28)} performance ${scores[0]}  accessibility ${scores[1]}  best practices ${scores[2]}  ${scores.every((of) => of >= wanted) ? 'kept' : 'MISSED'}`);
  for (const category of [performance, accessibility, practices]) {
    for (const { id, weight } of category.auditRefs) {
      const audit = report.audits[id];
      if (weight > 0 && audit.score !== null && audit.score < 1) console.log(`   ${category.title}: ${audit.title} ${audit.displayValue ?? ''}`);
    }
  }
}

const [open, close] = ['<!-- lighthouse -->\n', '<!-- /lighthouse -->\n'];
const text = readFileSync(document, 'utf8');
const [before, after] = [text.split(open)[0], text.split(close)[1]];
if (after === undefined) throw new Error(`${document} has no marks for the scores`);
const head = ['page', 'performance', 'accessibility', 'best practices', 'FCP', 'LCP', 'blocking', 'layout shift'];
const line = (cells) => `| ${cells.join(' | ')} |\n`;
const version = `Lighthouse ${reports[0].lighthouseVersion}, desktop preset, on ${reports[0].fetchTime.slice(0, 10)}; each must be at least ${wanted}.\n\n`;
const table = line(head) + line(head.map((_, index) => (index ? '---:' : '---'))) + rows.map(line).join('');
writeFileSync(document, before + open + version + table + close + after);
