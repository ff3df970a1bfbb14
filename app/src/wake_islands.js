const whenIdle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 1));
async function wake(root, wasm) {
  const inside = root.querySelectorAll("leptos-island");
  for (const island of root.matches("leptos-island") ? [root, ...inside] : inside) {
    // An island among another's children belongs to what that one provides.
    island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
    await wasm[island.dataset.component]?.(island);
    // Clicks and keys go between two islands.
    await globalThis.scheduler?.yield?.();
  }
}
whenIdle(() => {
  import("__JS__")
    .then(async (wasm) => {
      await wasm.default({ module_or_path: "__WASM__" });
      wasm.hydrate();
      await wake(document.body, wasm);
      // What a live page brings later, one after the other.
      let last = Promise.resolve();
      document.addEventListener("fairway-added", (added) => (last = last.then(() => wake(added.detail, wasm))));
      document.documentElement.dataset.awake = "";
    })
    .catch((problem) => console.warn("Live parts of this page are off; everything else works.", problem));
});
