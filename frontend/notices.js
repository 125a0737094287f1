// The licences of what was bundled, one chapter for each package.
import fs from "node:fs";
import path from "node:path";

const ALWAYS = ["node_modules/@tabler/core", "node_modules/@tabler/icons"];

export function notices(metafile) {
  const homes = new Set(ALWAYS);
  for (const input of Object.keys(metafile.inputs)) {
    const home = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/);
    if (home) homes.add(home[1]);
  }
  const intro = "Huitoukan carries these works of others in its pages.\n";
  return [intro, ...[...homes].sort().map(chapter)].join("\n" + "=".repeat(80) + "\n");
}

function chapter(home) {
  const about = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
  const file = fs.readdirSync(home).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? fs.readFileSync(path.join(home, file), "utf8") : plain(about);
  return `${about.name} ${about.version}\nLicence: ${about.license}\n\n${text.trim()}\n`;
}

// Some packages name their licence and ship no text of it.
function plain(about) {
  const author = typeof about.author === "string" ? about.author : about.author?.name ?? "its authors";
  return `Copyright (c) ${author}\nReleased under the ${about.license} licence, as its package states.`;
}
