// Puts a compressed form beside every built text: the node sends it as it lies there. Part of `npm run build`.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

const FORMS = [
  [".br", promisify(brotliCompress)],
  [".gz", promisify(gzip)],
];

const built = await readdir("dist/assets");
for (const name of built.filter((name) => /\.(js|css|svg)$/.test(name))) {
  const body = await readFile(`dist/assets/${name}`);
  for (const [ending, compress] of FORMS)
    await writeFile(`dist/assets/${name}${ending}`, await compress(body));
}
