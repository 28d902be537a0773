import { subject, subjectRequest } from './session.js';

/// The tokens of the text that is looked at, through a `newest` so that only the last question counts.
export async function subjectTokens(newest) {
  const request = subjectRequest();
  if (!request.tokens) return (await newest.ask('/api/tokens', request))?.tokens ?? null;
  return request.tokens.map((id, index) => ({ id, text: subject.get().texts?.[index] ?? `#${id}` }));
}

export const hasSubject = () => subject.get().text !== '' || subject.get().tokens?.length > 0;
