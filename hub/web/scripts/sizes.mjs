// What a first visit downloads, compressed; the build fails when the promises of the design are broken.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const gzip = path => gzipSync(readFileSync(path)).length;
const all = dir =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(f => f.isFile())
    .map(f => join(f.parentPath ?? f.path, f.name));
const kb = n => `${(n / 1024).toFixed(1)} KB`;
let failed = false;

function check(what, bytes, limit) {
  const fits = bytes <= limit * 1024;
  console.log(`${fits ? 'ok  ' : 'FAIL'} ${what}: ${kb(bytes)} gzip of ${limit} KB`);
  failed ||= !fits;
}

check(
  'panel, everything',
  all('dist/panel').reduce((sum, path) => sum + gzip(path), 0),
  60,
);

// Scripts and styles; icons are fetched when it is installed.
const reader = path => /decoder-[^/]+\.js$|\.wasm$/.test(path);
const field = all('dist/field/assets');
check(
  'field, page and survey',
  field.filter(path => !reader(path)).reduce((sum, path) => sum + gzip(path), 0),
  60,
);
// Kept behind the page that is open already, once for each version of it.
check(
  'field, the camera’s reader',
  field.filter(reader).reduce((sum, path) => sum + gzip(path), 0),
  450,
);

// A page is the entry, what it preloads, and its own chunk with the chunks that names.
const manifest = JSON.parse(readFileSync('dist/desk/.vite/manifest.json', 'utf8'));
const needs = (key, seen = new Set()) => {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const more of manifest[key].imports ?? []) needs(more, seen);
  return seen;
};
const entry = Object.keys(manifest).find(key => manifest[key].isEntry);
const cost = keys => {
  const files = new Set([...keys].flatMap(key => [manifest[key].file, ...(manifest[key].css ?? [])]));
  return [...files].reduce((sum, file) => sum + gzip(join('dist/desk', file)), 0);
};
check('desk, sign in', cost(needs(entry)), 600);
for (const key of manifest[entry].dynamicImports ?? [])
  check(`desk, ${manifest[key].name}`, cost(new Set([...needs(entry), ...needs(key)])), 600);
process.exit(failed ? 1 : 0);
