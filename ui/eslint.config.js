import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** Text from telemetry is only ever a text node: everything that turns text into markup is out. */
const htmlSinks = [
  "innerHTML",
  "outerHTML",
  "insertAdjacentHTML",
  "setHTMLUnsafe",
  "createContextualFragment",
  "srcdoc",
];

const noHtml = htmlSinks.map((name) => ({
  selector: `MemberExpression[property.name="${name}"], SvelteAttribute[key.name="${name}"]`,
  message: "text from telemetry is only ever a text node",
}));

/** The page's policy blocks style attributes; `style:name={...}` goes through CSSOM and is allowed. */
const noStyleAttribute = {
  selector: 'SvelteAttribute[key.name="style"]',
  message: "a style attribute is blocked by the page's policy: use style:name={value}",
};

const noTauri = {
  group: ["@tauri-apps/*"],
  message: "only src/rpc talks to the shell",
};

export default ts.config(
  { ignores: ["dist", "node_modules", "src/rpc/bindings"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js"] },
        extraFileExtensions: [".svelte"],
      },
    },
    rules: {
      // Reading a signal for its own sake is how an effect says what it depends on.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // Sets here are replaced, never changed: they are held in `$state.raw`.
      "svelte/prefer-svelte-reactivity": "off",
      "no-restricted-syntax": ["error", ...noHtml, noStyleAttribute],
      "no-restricted-imports": ["error", { patterns: [noTauri] }],
      "svelte/no-at-html-tags": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/restrict-plus-operands": ["error", { allowNumberAndString: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    // The linter does not know the types of other components' props; svelte-check does, and looks at the same lines.
    files: ["**/*.svelte"],
    rules: Object.fromEntries(
      ["argument", "assignment", "call", "member-access", "return"].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        "off",
      ]),
    ),
  },
  {
    files: ["src/rpc/**"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    files: ["src/base/**", "src/paint/**", "src/lang/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            noTauri,
            { group: ["svelte", "svelte/*", "*.svelte", "*.svelte.ts", "**/*.svelte"], message: "no framework here" },
          ],
        },
      ],
    },
  },
  {
    files: ["**/*.js"],
    ...ts.configs.disableTypeChecked,
  },
);
