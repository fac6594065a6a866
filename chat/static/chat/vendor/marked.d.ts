/** The part of marked that the page uses. */
export class Lexer {
  constructor(options: { gfm: boolean; tokenizer: Tokenizer; extensions: any; hooks: any });
  tokens: any[];
  inlineQueue: { src: string; tokens: any[] }[];
  blockTokens(text: string, tokens: any[]): any[];
  inlineTokens(text: string, tokens: any[]): any[];
}
export class Tokenizer {
  [method: string]: any;
}
