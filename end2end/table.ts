// Reading tables as people do, and CSV as spreadsheets do.
import { expect, type APIResponse, type Locator, type Page } from '@playwright/test';

/** The rows of a table, its head left out. */
export function rows(table: Locator): Locator {
  return table.getByRole('row').filter({ has: table.page().getByRole('rowheader') });
}

/** The number in a text such as "Failed deployments 1 058": thin spaces part its thousands. */
export function number(text: string): number {
  const found = text.match(/(\d[\d\u2009\u202f\u00a0 ]*)\s*$/)?.[1];
  if (!found) throw new Error(`no number at the end of "${text}"`);
  return Number(found.replace(/\D/g, ''));
}

/** Counts the rows of a list over all of its pages, following `word` to the last. */
export async function countAll(page: Page, table: Locator, word: string): Promise<number> {
  const next = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: word, exact: true });
  let count = await rows(table).count();
  while ((await next.count()) > 0) {
    const before = page.url();
    await next.click();
    await expect(page).not.toHaveURL(before);
    count += await rows(table).count();
  }
  return count;
}

/** A CSV's records by the names of its head; of a file with several tables, the first. */
export async function csv(answer: APIResponse): Promise<Record<string, string>[]> {
  expect(answer.status()).toBe(200);
  expect(answer.headers()['content-type']).toBe('text/csv; charset=utf-8');
  const [head = [], ...records] = parse((await answer.text()).split('\r\n\r\n', 1)[0]!.replace(/(\r\n)?$/, '\r\n'));
  return records.map((record) => {
    expect(record.length, 'cells of a record').toBe(head.length);
    return Object.fromEntries(head.map((name, index) => [name, record[index] ?? '']));
  });
}

/** RFC 4180: quoted cells may hold commas, breaks and doubled quotes. */
function parse(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    cells.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') {
      records.push(cells);
      cells = [];
    }
  }
  return records;
}

/** Waits for an address of this path and exactly these query values: what is empty or a default is left out of it. */
export async function expectAt(page: Page, path: string, query: Record<string, string>): Promise<void> {
  await expect(page).toHaveURL((url) => {
    return url.pathname === path && JSON.stringify(Object.fromEntries(url.searchParams)) === JSON.stringify(query);
  });
}
