import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { asTree, drawFrame, makeContainer } from "./dom.js";
import { BlockSplitter } from "../../chat/static/chat/js/core/blocks.js";
import { MarkdownStream } from "../../chat/static/chat/js/dom/markdown.js";

const corpus = JSON.parse(readFileSync(new URL("../golden/markdown/corpus.json", import.meta.url), "utf8"));

/** Attributes in one order: only their values count. */
const sorted = (tree) => tree.map((node) => typeof node === "string" ? node
  : [node[0], Object.fromEntries(Object.entries(node[1]).sort()), sorted(node[2])]);

function rendered(parts) {
  const container = makeContainer();
  const stream = new MarkdownStream(container);
  for (const part of parts) {
    stream.append(part);
    drawFrame();
  }
  stream.finish();
  while (drawFrame());
  return sorted(asTree(container));
}

for (const { name, markdown, dom } of corpus) {
  test(`${name}: the page draws what the server draws`, () => {
    assert.deepEqual(rendered([markdown]), sorted(dom));
  });
  test(`${name}: character by character it becomes the same`, () => {
    assert.deepEqual(rendered([...markdown]), sorted(dom));
  });
}

test("however a text is cut, it becomes the same", () => {
  const { markdown, dom } = corpus.find((one) => one.name === "mixed");
  for (let size = 2; size < 40; size += 3) {
    const parts = markdown.match(new RegExp(`[\\s\\S]{1,${size}}`, "g"));
    assert.deepEqual(rendered(parts), sorted(dom));
  }
});

test("a finished block stays the same node while the answer grows", () => {
  const container = makeContainer();
  const stream = new MarkdownStream(container);
  stream.append("First.\n\nSecond.\n\nThi");
  stream.finish();
  const [first] = container.childNodes;
  stream.append("rd.");
  stream.finish();
  assert.equal(container.childNodes[0], first);
});

test("a mark that waits for its words makes nothing of the line before it", () => {
  const splitter = new BlockSplitter();
  const kinds = new Set();
  const look = ({ type, items = [], tokens = [] }) => {
    kinds.add(type);
    [...items, ...tokens].forEach(look);
  };
  for (const letter of "Fruits:\n- apple\n- pear\n\n1. One\n   - more\n2. Two\n\nTable:\n\n| A | B |\n|---|---|\n| 1 | 2 |") {
    splitter.append(letter);
    const { finished, open } = splitter.take();
    [...finished, ...open].forEach(look);
    for (const { type, text } of open) assert.doesNotMatch(type === "paragraph" ? text : "", /\n[-|\d]/);
  }
  assert.deepEqual([...kinds].sort(), ["list", "list_item", "paragraph", "space", "table", "text"]);
});

test("what replaces a text stands alone", () => {
  const container = makeContainer();
  const stream = new MarkdownStream(container);
  stream.append("old");
  drawFrame();
  stream.replace("new");
  stream.append(" text");
  stream.finish();
  assert.deepEqual(asTree(container), [["p", { dir: "auto" }, ["new text"]]]);
});

for (const piece of ["[", "*", "> ", "**a", "`", "- ", "![", "<", "&", "|", "~~", "1. ", "$", "$a", "\\(", "\\[", "[^1]", "$$\n"]) {
  test(`ten thousand times ${JSON.stringify(piece)} is drawn without trouble`, { timeout: 20_000 }, () => {
    assert.ok(rendered([piece.repeat(10_000)]).length >= 0);
  });
}

const LONG = {
  list: `${numbered(120, (n) => `${n}. Item **${n}** with words\n   - nested \`${n}\``)}\n\nAfter.`,
  "loose list": `${numbered(90, (n) => `- Item ${n} ${"words ".repeat(6)}\n`)}\n\nAfter.`,
  table: `Intro\n\n| N | Square |\n|--:|:-------|\n${numbered(220, (n) => `| ${n} | **${n * n}** |`)}\n\nAfter.`,
  "table at the end": `| N | Square |\n|---|---|\n${numbered(220, (n) => `| ${n} | ${n * n} |`)}`,
  code: `\`\`\`python\n${numbered(120, (n) => `def f${n}():\n    return ${n} < 3\n`)}\n\n\`\`\`\nAfter *it*.`,
  "code between tildes": `~~~~\n${numbered(600, (n) => `~~~ ${n}`)}\n~~~~\n- a\n- b`,
  "unclosed code": `\`\`\`\n${numbered(400, (n) => `line ${n}  `)}\n\n\n`,
  paragraph: `Begin **bold** ${"word *em* `code` [l](https://a.example) 가**나(다)**라 😀 ".repeat(300)}**never closed`,
  "paragraph of lines": numbered(900, (n) => `line ${n} of **many** with $x_${n}$ and a price of $${n}`),
  quote: numbered(200, (n) => `> line ${n} of a *long* quote`),
  "spaces before a list": `\n\n \n${numbered(90, (n) => `- Item ${n} and a few more words to make it long`)}`,
};

function numbered(count, line) {
  return Array.from({ length: count }, (_, index) => line(index + 1)).join("\n");
}

for (const [name, markdown] of Object.entries(LONG)) {
  test(`a long ${name} given in parts becomes what it is as a whole`, () => {
    const whole = rendered([markdown]);
    for (const size of [7, 61, 1900]) {
      assert.deepEqual(rendered(markdown.match(new RegExp(`[\\s\\S]{1,${size}}`, "g"))), whole);
    }
  });
}

test("what may still change takes over new words, so that a selection in it stays", () => {
  const container = makeContainer();
  const stream = new MarkdownStream(container);
  stream.append("Some **bold");
  drawFrame();
  const [paragraph] = container.childNodes;
  const [word] = paragraph.childNodes;
  stream.append("** words\nand");
  stream.finish();
  assert.equal(container.childNodes[0], paragraph);
  assert.equal(paragraph.childNodes[0], word);
  assert.equal(paragraph.textContent, "Some bold words\nand");
});

for (const name of ["list", "table", "code", "paragraph"]) {
  test(`what is finished of a long ${name} stays the same nodes`, () => {
    const container = makeContainer();
    const stream = new MarkdownStream(container);
    const parts = LONG[name].match(/[\s\S]{1,97}/g);
    const inside = () => container.querySelector({ list: "ol", table: "tbody", code: "code", paragraph: "p" }[name]);
    const half = Math.floor(parts.length / 2);
    parts.slice(0, half).forEach((part) => { stream.append(part); drawFrame(); });
    while (drawFrame());
    const block = inside();
    const early = name === "code" ? block.childNodes.slice(0, 1) : block.childNodes.slice(0, 3);
    parts.slice(half).forEach((part) => { stream.append(part); drawFrame(); });
    stream.finish();
    while (drawFrame());
    assert.equal(inside(), block);
    assert.deepEqual(block.childNodes.slice(0, early.length).map((node, index) => node === early[index]), early.map(() => true));
  });
}

for (const [name, text] of Object.entries({
  list: (count) => numbered(count, (n) => `- Item ${n} with some words in it`),
  table: (count) => `| N | Square |\n|---|---|\n${numbered(count, (n) => `| ${n} | ${n * n} and more |`)}`,
  code: (count) => `\`\`\`text\n${numbered(count, (n) => `line ${n} of some code that is long`)}`,
  paragraph: (count) => numbered(count, (n) => `line ${n} of a paragraph, all *one*`),
})) {
  test(`one ${name} of five times the length is five times the work, not twenty-five`, () => {
    const lexed = (count) => {
      const splitter = new BlockSplitter();
      let characters = 0;
      for (const part of text(count).match(/[\s\S]{1,400}/g)) {
        splitter.append(part);
        splitter.take();
        characters += splitter.openLength;
      }
      return characters;
    };
    assert.ok(lexed(2500) / lexed(500) < 7);
  });
}
