// What a first visit downloads, compressed as the server would, and the limit that wasm must keep.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const limit = 130_000; // bytes of wasm after brotli; promises.md, speed

const folder = process.argv[2] ?? 'target/site/pkg';
const sizes = { wasm: 0, js: 0, css: 0 };
for (const name of readdirSync(folder, { recursive: true }).map(String)) {
  const kind = name.split('.').pop();
  if (!(kind in sizes)) continue;
  const size = brotliCompressSync(readFileSync(join(folder, name))).length;
  sizes[kind] += size;
  console.log(`   ${(size / 1000).toFixed(1).padStart(7)} KB  ${name}`);
}
if (sizes.wasm === 0) {
  console.error(`failed: no wasm in ${folder}; make build`);
  process.exit(1);
}
console.log(`   wasm ${(sizes.wasm / 1000).toFixed(1)} KB of ${limit / 1000} KB allowed`);
if (sizes.wasm > limit) {
  console.error('failed: the wasm is over its budget. Something of the server reached it: look for a mod line without cfg(feature = "ssr").');
  process.exit(1);
}
