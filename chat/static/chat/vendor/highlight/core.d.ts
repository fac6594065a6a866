/** The part of highlight.js that the page uses. */
declare const highlighter: {
  getLanguage(name: string): unknown;
  registerLanguage(name: string, grammar: any): void;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): any;
};
export default highlighter;
