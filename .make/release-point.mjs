// The statements and the migrations of a tree as one JSON document, a statement on each line, so that a diff says which changed.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [tree, commit, date] = process.argv.slice(2)
const read = (folder, end) =>
  readdirSync(join(tree, folder))
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => [name, readFileSync(join(tree, folder, name))])

// PostgreSQL's own names, in lower case: TextArray is text[].
const type = (info) => (typeof info === 'string' ? info.replace(/Array$/, '[]').toLowerCase() : info.Custom.name)

const statements = read('.sqlx', '.json')
  .map(([, text]) => JSON.parse(text))
  .map(({ query, describe }) => ({
    sql: query.replace(/\s+/g, ' '),
    parameters: describe.parameters.Left.map(type),
    columns: describe.columns.map((column) => [column.name, type(column.type_info)]),
  }))
  .sort((one, other) => (one.sql < other.sql ? -1 : 1))

// The checksum that sqlx keeps in the database of each migration that it ran.
const migrations = Object.fromEntries(
  read('migrations', '.sql').map(([name, sql]) => [parseInt(name), createHash('sha384').update(sql).digest('hex')]),
)

const lines = (values) => values.map((value) => `    ${value}`).join(',\n')
console.log(`{
  "commit": ${JSON.stringify(commit)},
  "date": ${JSON.stringify(date)},
  "migrations": {
${lines(Object.entries(migrations).map(([version, sum]) => `"${version}": "${sum}"`))}
  },
  "statements": [
${lines(statements.map((statement) => JSON.stringify(statement)))}
  ]
}`)
