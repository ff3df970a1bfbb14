const whenIdle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 1));
async function wake(node, wasm, parents) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const tag = node.tagName.toLowerCase();
  if (tag === "leptos-island") {
    const island = wasm[node.dataset.component];
    parents.at(-1)?.();
    if (island) await island(node);
  }
  if (tag === "leptos-children") parents.push(node.$$on_hydrate);
  for (const child of node.children) await wake(child, wasm, parents);
  if (tag === "leptos-children") parents.pop();
}
whenIdle(() => {
  import("__JS__")
    .then(async (wasm) => {
      await wasm.default({ module_or_path: "__WASM__" });
      wasm.hydrate();
      await wake(document.body, wasm, []);
      // What a live page brings later, one after the other.
      let last = Promise.resolve();
      document.addEventListener("fairway-added", (added) => (last = last.then(() => wake(added.detail, wasm, []))));
      document.documentElement.dataset.awake = "";
    })
    .catch((problem) => console.warn("Live parts of this page are off; everything else works.", problem));
});
