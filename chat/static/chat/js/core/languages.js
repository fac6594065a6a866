/**
 * Which languages can be coloured, by the names that models give them; each is loaded by itself.
 * @module
 */

const KNOWN = new Set([
  "bash", "c", "cpp", "csharp", "css", "dart", "diff", "dockerfile", "elixir", "go", "graphql", "haskell",
  "ini", "java", "javascript", "json", "julia", "kotlin", "latex", "lua", "makefile", "markdown", "matlab",
  "nginx", "objectivec", "perl", "php", "powershell", "python", "r", "ruby", "rust", "scala", "scss", "sql",
  "swift", "typescript", "vbnet", "xml", "yaml",
]);

const ALIASES = /** @type {Record<string, string>} */ ({
  "c#": "csharp", "c++": "cpp", cc: "cpp", conf: "ini", console: "bash", cs: "csharp", docker: "dockerfile",
  ex: "elixir", exs: "elixir", golang: "go", gql: "graphql", h: "c", hpp: "cpp", hs: "haskell", htm: "xml",
  html: "xml", js: "javascript", json5: "json", jsonc: "json", jsx: "javascript", kt: "kotlin",
  make: "makefile", md: "markdown", mjs: "javascript", mysql: "sql", objc: "objectivec", patch: "diff",
  pl: "perl", plpgsql: "sql", postgresql: "sql", ps1: "powershell", pwsh: "powershell", py: "python",
  python3: "python", rb: "ruby", rs: "rust", sass: "scss", sh: "bash", shell: "bash", sqlite: "sql",
  svg: "xml", tex: "latex", toml: "ini", ts: "typescript", tsx: "typescript", vb: "vbnet", vue: "xml",
  xhtml: "xml", yml: "yaml", zsh: "bash",
});

/**
 * Return the name of a language that is known here, or nothing.
 * @param {string} name as it stands after the fence
 */
export function languageOf(name) {
  const known = name.toLowerCase();
  const language = Object.hasOwn(ALIASES, known) ? ALIASES[known] : known;
  return KNOWN.has(language) ? language : "";
}

/** @param {string} language of languageOf */
export async function grammarOf(language) {
  const { href } = new URL(`../../vendor/highlight/${language}.js`, import.meta.url);
  return (await import(href)).default;
}
