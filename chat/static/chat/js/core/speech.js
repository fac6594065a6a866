/**
 * Texts for a voice.
 * @module
 */

// Browsers' voices fall silent in the middle of longer ones.
const MOST_CHARACTERS = 200;
/** @type {[RegExp, string][]} */
const SCRIPTS = [
  [/\p{Script=Hangul}/gu, "ko"],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, "ja"],
  [/\p{Script=Han}/gu, "zh"],
  [/\p{Script=Cyrillic}/gu, "ru"],
  [/\p{Script=Arabic}/gu, "ar"],
  [/\p{Script=Hebrew}/gu, "he"],
  [/\p{Script=Greek}/gu, "el"],
  [/\p{Script=Thai}/gu, "th"],
  [/\p{Script=Devanagari}/gu, "hi"],
];
// Their languages are not written in Latin letters: a Latin text on such a page is more likely English.
const NOT_LATIN = new Set(SCRIPTS.map(([, language]) => language));

/**
 * Guess a text's language by its letters.
 * @param {string} text
 * @param {string} fallback the page's language, for scripts that many languages share
 */
export function languageOf(text, fallback) {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  for (const [script, language] of SCRIPTS) {
    // A word in another script does not change a text's language; Japanese has many Chinese letters.
    if ((text.match(script)?.length ?? 0) > letters / 5) return language;
  }
  return NOT_LATIN.has(fallback.slice(0, 2)) ? "en" : fallback;
}

/**
 * Split a text into sentences, and those that are long at their spaces.
 * @param {string} text
 */
export function sentencesOf(text) {
  return wholeSentences(`${text}\n`).sentences.flatMap(piecesOf);
}

/**
 * Return the sentences of a growing text that have ended, and how much of it they are.
 * @param {string} text
 * @returns {{ sentences: string[], length: number }}
 */
export function wholeSentences(text) {
  const sentences = [];
  let length = 0;
  // Latin marks end a sentence before a space only: "3.5" goes on.
  for (const { 0: found, index } of text.matchAll(/[^\n]*?(?:[.!?…]["'”’)\]]*(?=\s)|[。！？]["'”’」』）]*|\n)/g)) {
    length = index + found.length;
    if (found.trim()) sentences.push(found.trim());
  }
  return { sentences, length };
}

/** @param {string} sentence */
function piecesOf(sentence) {
  const pieces = [];
  let rest = sentence;
  while (rest.length > MOST_CHARACTERS) {
    const space = rest.lastIndexOf(" ", MOST_CHARACTERS);
    const end = space > 0 ? space : MOST_CHARACTERS;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}
