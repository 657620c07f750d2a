/**
 * Builds the portal into the service's static files: `jlpm build:portal`, or with `--watch`.
 *
 * Names carry a hash of their content, so that the service may let browsers keep them for ever; all paths are relative, so
 * that the portal works under any prefix; nothing is inline, so that a strict content security policy holds.
 */

import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', '..', 'maia_hub', 'service', 'static', 'portal');
const watch = process.argv.includes('--watch');

/** Put the hashed names into the page. */
async function writePage(metafile) {
  const files = Object.keys(metafile.outputs).map(file => relative(out, join(process.cwd(), file)));
  const styles = files.filter(file => file.endsWith('.css')).map(file => `<link rel="stylesheet" href="${file}" />`);
  const scripts = files.filter(file => file.endsWith('.js')).map(file => `<script type="module" src="${file}"></script>`);
  const page = await readFile(join(here, 'index.html'), 'utf8');
  const filled = page.replace('<!-- styles -->', styles.join('\n    ')).replace('<!-- scripts -->', scripts.join('\n    '));
  await writeFile(join(out, 'index.html'), filled);
}

const page = {
  name: 'page',
  setup(build) {
    build.onStart(async () => {
      await rm(out, { recursive: true, force: true });
      await mkdir(out, { recursive: true });
    });
    build.onEnd(async result => {
      if (result.metafile) {
        await writePage(result.metafile);
        await copyFile(join(here, 'icon.svg'), join(out, 'icon.svg'));
        console.log(`Portal built into ${basename(dirname(out))}/${basename(out)}`);
      }
    });
  }
};

const options = {
  entryPoints: [join(here, 'src', 'main.tsx')],
  outdir: out,
  entryNames: 'assets/[name]-[hash]',
  bundle: true,
  minify: !watch,
  sourcemap: watch ? 'inline' : false,
  format: 'esm',
  target: ['es2021', 'chrome109', 'firefox115', 'safari16'],
  define: { 'process.env.NODE_ENV': watch ? '"development"' : '"production"' },
  legalComments: 'eof',
  metafile: true,
  plugins: [page]
};

if (watch) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
