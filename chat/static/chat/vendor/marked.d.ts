/** The part of marked that the page uses. */
export class Lexer {
  constructor(options: { gfm: boolean; tokenizer: Tokenizer });
  lex(text: string): any[];
}
export class Tokenizer {
  [method: string]: any;
}
