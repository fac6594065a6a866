import assert from "node:assert/strict";
import { test } from "node:test";
import { languageOf, sentencesOf, wholeSentences } from "../../chat/static/chat/js/core/speech.js";

test("a text is read in the language of its letters", () => {
  for (const [text, page, language] of [
    ["안녕하세요, API 서버입니다.", "en", "ko"],
    ["これは日本語の文章です。", "ko", "ja"],
    ["这是一个中文句子。", "en", "zh"],
    ["Привет, мир", "en", "ru"],
    ["A sentence that names 서울 once, in English.", "de", "de"],
    ["Plain English on a Korean page.", "ko", "en"],
    ["Ein deutscher Satz.", "de", "de"],
    ["42", "fr", "fr"],
    ["", "en", "en"],
  ]) assert.equal(languageOf(text, page), language, text);
});

test("sentences end where they end in print", () => {
  assert.deepEqual(sentencesOf("It costs 3.5 dollars. Is it? \"Yes!\" 끝났습니다. 次です。はい。\nA line"), [
    "It costs 3.5 dollars.", "Is it?", '"Yes!"', "끝났습니다.", "次です。", "はい。", "A line",
  ]);
});

test("a long sentence is read in pieces, and none of it is lost", () => {
  const words = Array.from({ length: 200 }, (_, index) => `word${index}`).join(" ");

  const pieces = sentencesOf(words);

  assert.ok(pieces.every((piece) => piece.length <= 200));
  assert.equal(pieces.join(" "), words);
  assert.equal(sentencesOf("가".repeat(450)).join(""), "가".repeat(450));
});

test("of a growing text what has ended is told once, however it was cut", () => {
  const text = "One. Two is 2.5 long! 세 번째입니다. 四。Five";
  const whole = wholeSentences(`${text}\n`).sentences;
  for (let step = 1; step <= text.length; step += 1) {
    const told = [];
    let length = 0;
    for (let end = step; end < text.length + step; end += step) {
      const more = wholeSentences(text.slice(length, end));
      told.push(...more.sentences);
      length += more.length;
    }
    told.push(...wholeSentences(`${text.slice(length)}\n`).sentences);
    assert.deepEqual(told, whole, `in steps of ${step}`);
  }
});
