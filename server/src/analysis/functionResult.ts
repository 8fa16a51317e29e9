/** Results about one function that hang on its analysis alone, kept from one reading of a file to the next. */

import type { FunctionAnalysis } from './functionAnalysis.js';
import { memosOf, readingOf } from './functionMemo.js';

/** Begins a question that the maker of the result answers, not the analysis. */
const OWN = '?';

/** One kind of result: plain data (objects, arrays, maps and sets) with spans of the function itself in it. */
export class FunctionResult<T> {
  readonly #memoOf = memosOf<T>();

  /**
   * The result for a function: that of an earlier reading while its text is the same, and what its analysis was told of
   * the rest of the file; moved to where the function is now.
   *
   * @param make may ask this analysis, except for its rows, which hang on what the file installs; of the rest of the file
   *   only what it asks by `ask`
   * @param answer what `ask` is answered
   */
  of(
    fn: FunctionAnalysis,
    make: (ask: (question: string) => string) => T,
    answer: (question: string) => string = () => '',
  ): T {
    const { file, item, profile } = fn;
    const { parser, scope } = fn.environment;
    return this.#memoOf(parser).of(
      file,
      item,
      readingOf(file, profile),
      question => (question.startsWith(OWN) ? answer(question.slice(1)) : scope.answer(question, item)),
      () => {
        const asked = new Map<string, string>();
        const value = make(question => {
          const answered = asked.get(OWN + question) ?? answer(question);
          asked.set(OWN + question, answered);
          return answered;
        });
        return { value, dependencies: new Map([...scope.dependenciesOf(item), ...asked]) };
      },
    );
  }
}
