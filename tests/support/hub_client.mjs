// What a person does with @huggingface/hub: node hub_client.mjs PACKAGES FOLDER
// lists someone/digits, downloads it, and uploads it to someone/again.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, folder] = process.argv.slice(2);
const hub = createRequire(join(packages, "/"))("@huggingface/hub");
const common = { hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN };
const found = { models: [], others: [], files: {} };

found.user = (await hub.whoAmI(common)).name;
const lists = { models: ["kerasgan", "gan"], others: ["none", "gan"] };
for (const [list, tags] of Object.entries(lists)) {
  const search = { owner: "someone", tags };
  for await (const model of hub.listModels({ ...common, search })) {
    found[list].push(model.name);
  }
}

const repo = "someone/digits";
for await (const { path, size } of hub.listFiles({ ...common, repo, recursive: true })) {
  const blob = await hub.downloadFile({ ...common, repo, path, xet: false });
  const bytes = Buffer.from(await blob.arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  found.files[path] = { size, sha256 };
}
found.missing = await hub.downloadFile({ ...common, repo, path: "none.json" });
found.refused = await hub
  .listFiles({ ...common, repo: "someone/none" })
  .next()
  .catch((error) => error.statusCode);

const again = { ...common, repo: "someone/again" };
await hub.createRepo(again);
const files = readdirSync(folder).map((path) => {
  return { path, content: new Blob([readFileSync(join(folder, path))]) };
});
found.uploaded = (await hub.uploadFiles({ ...again, files })).commit.oid;
const stale = { ...again, parentCommit: "0".repeat(40), files: files.slice(0, 1) };
found.stale = await hub.uploadFiles(stale).catch((error) => error.statusCode);
const path = "notes.txt";
await hub.uploadFile({ ...again, file: { path, content: new Blob(["mine"]) } });
await hub.deleteFile({ ...again, path });
console.log(JSON.stringify(found));
