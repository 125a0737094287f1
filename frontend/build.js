// Bundles the browser's part into the directory given as the first argument.
import { build } from "esbuild";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { notices } from "./notices.js";

const out = path.resolve(process.argv[2] ?? "../web/static/dist");
fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });

const result = await build({
  entryPoints: {
    app: "src/app.js",
    diagram: "src/diagram.js",
    compare: "src/compare.js",
    rehearsal: "src/rehearsal.js",
    "service-worker": "src/service-worker.js",
    modeller: "src/workshop/modeller.js",
    table: "src/workshop/table.js",
    look: "src/look.css",
    "diagram-look": "src/diagram.css",
    "workshop-look": "src/workshop/look.css",
  },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2021",
  outdir: out,
  metafile: true,
  legalComments: "none",
  loader: { ".woff2": "file", ".woff": "file", ".svg": "empty", ".ttf": "empty", ".eot": "empty" },
  assetNames: "[name]-[hash]",
  logLevel: "warning",
});

fs.writeFileSync(path.join(out, "icons.svg"), sprite());
await initWasm(fs.readFileSync("node_modules/@resvg/resvg-wasm/index_bg.wasm"));
const mark = fs.readFileSync("src/favicon.svg", "utf8");
for (const size of [192, 512]) draw(mark, size, `icon-${size}.png`);
draw(silhouette(mark), 96, "badge-96.png");
for (const name of ["favicon.svg", "manifest.webmanifest"]) fs.copyFileSync(`src/${name}`, path.join(out, name));
fs.writeFileSync(path.join(out, "THIRD-PARTY-NOTICES.txt"), notices(result.metafile));
for (const name of fs.readdirSync(out)) squeeze(path.join(out, name));

// Notifications and home screens show no SVG.
function draw(svg, width, name) {
  fs.writeFileSync(path.join(out, name), new Resvg(svg, { fitTo: { mode: "width", value: width } }).render().asPng());
}

// Android's status bar shows the shape alone.
function silhouette(svg) {
  return svg.replace(/<rect[^>]*>/, "").replace(/stroke="#\w+"/g, 'stroke="#fff"');
}

// One file with a <symbol> for each icon that the pages use.
function sprite() {
  const names = fs.readFileSync("icons.txt", "utf8").split("\n").filter(Boolean);
  const symbols = names.map((name) => {
    const svg = fs.readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
    const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s+/g, " ").trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

// Villages have thin lines: what is large stands ready compressed.
function squeeze(file) {
  const raw = fs.readFileSync(file);
  if (raw.length > 1024 && !file.endsWith(".png")) fs.writeFileSync(`${file}.gz`, zlib.gzipSync(raw, { level: 9 }));
}
