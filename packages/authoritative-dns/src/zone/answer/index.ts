export { answerAndFollow, answerQuestion } from './answer-question.ts';
export type { AnswerOptions } from './answer-question.ts';
