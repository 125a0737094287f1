// Faults, not style: what is unused, undefined, shadowed or compared loosely.
import js from "@eslint/js";
import globals from "globals";

const RULES = {
  eqeqeq: "error",
  "no-implicit-globals": "error",
  "no-shadow": "error",
  "no-var": "error",
  "prefer-const": ["error", { destructuring: "all" }],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-throw-literal": "error",
  "no-promise-executor-return": "off",
  "require-atomic-updates": "off",
  "no-useless-rename": "error",
  "object-shorthand": "error",
  "array-callback-return": "error",
  "no-self-compare": "error",
  "no-unmodified-loop-condition": "error",
  "no-restricted-properties": ["error", { object: "document", property: "write" }],
};

export default [
  { ignores: ["**/node_modules/"] },
  js.configs.recommended,
  { rules: RULES, linterOptions: { reportUnusedDisableDirectives: "error" } },
  { files: ["src/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["src/service-worker.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["*.js", "tests/*.js"], languageOptions: { globals: globals.node } },
];
