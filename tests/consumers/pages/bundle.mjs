/**
 * Makes a page's script of a component that docs/state.md shows, with the compiler of its framework.
 *
 * @module
 */
import { transformAsync } from "@babel/core";
import { build, transform } from "esbuild";
import { readFileSync } from "node:fs";

/** How each framework shows its component: what a user's own main program says. */
const MAINS = {
  react: `
    import { createElement } from "react";
    import { createRoot } from "react-dom/client";
    import { Conversation } from "./conversation.tsx";
    export const mount = (store, into) => {
      const root = createRoot(into);
      root.render(createElement(Conversation, { store }));
      return () => root.unmount();
    };`,
  svelte: `
    import * as svelte from "svelte";
    import Conversation from "./Conversation.svelte";
    export const mount = (store, target) => {
      const component = svelte.mount(Conversation, { target, props: { store } });
      return () => svelte.unmount(component);
    };`,
  vue: `
    import { createApp } from "vue";
    import Conversation from "./Conversation.vue";
    export const mount = (store, into) => {
      const app = createApp(Conversation, { store });
      app.mount(into);
      return () => app.unmount();
    };`,
  solid: `
    import { createComponent, render } from "solid-js/web";
    import { Conversation } from "./conversation.solid.tsx";
    export const mount = (store, into) => render(() => createComponent(Conversation, { store }), into);`,
  none: `
    import { draw } from "./conversation.ts";
    export const mount = draw;`,
};

const COMPILERS = {
  name: "compilers",
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { compile } = await import("svelte/compiler");
      const { js } = compile(readFileSync(path, "utf8"), { filename: path, generate: "client", css: "injected" });
      return { contents: js.code };
    });
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { compileScript, parse } = await import("vue/compiler-sfc");
      const { descriptor } = parse(readFileSync(path, "utf8"), { filename: path });
      return { contents: compileScript(descriptor, { id: "page", inlineTemplate: true }).content, loader: "ts" };
    });
    onLoad({ filter: /\.solid\.tsx$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "tsx", jsx: "preserve" });
      const compiled = await transformAsync(code, { filename: path, configFile: false, presets: ["solid"] });
      return { contents: compiled.code };
    });
  },
};

/** The bundle of one framework's page: a module that exports `mount` and `connect`. */
export async function bundle(framework, folder, outfile) {
  await build({
    stdin: { contents: `${MAINS[framework]}\nexport { connect } from "./connect.ts";`, resolveDir: folder },
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["browser", "production"],
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
    jsx: "automatic",
    plugins: [COMPILERS],
    logLevel: "error",
  });
}
